import type { Pending } from "./types";

// What survives a reload: the session's token, and each message until the server has it, under a key of its own so
// that two tabs never write over each other. Pages that forbid storage (private windows) get a memory of the moment.
const fallback = new Map<string, string>();
const PREFIX = "copilot-chat:";

function get(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return fallback.get(key) ?? null;
  }
}

function set(key: string, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    if (value === null) fallback.delete(key);
    else fallback.set(key, value);
  }
}

function keys(): string[] {
  try {
    return Object.keys(localStorage);
  } catch {
    return [...fallback.keys()];
  }
}

/** `who`: the signed-in customer's id, or "" for a guest. One shopper's memory is never another's. */
export class Memory {
  private readonly root: string;

  constructor(account: string, who: string) {
    this.root = `${PREFIX}${account}:${who ? `v:${encodeURIComponent(who)}` : "g"}:`;
    // A customer who signed out leaves nothing behind for the next one at this computer.
    for (const key of keys()) {
      if (key.startsWith(`${PREFIX}${account}:v:`) && !key.startsWith(this.root)) set(key, null);
    }
  }

  get token(): string | null {
    return get(`${this.root}token`);
  }

  set token(value: string | null) {
    set(`${this.root}token`, value);
  }

  get opened(): boolean {
    return get(`${this.root}open`) === "1";
  }

  set opened(value: boolean) {
    set(`${this.root}open`, value ? "1" : null);
  }

  /** Id of the newest message that was on the screen. */
  get seen(): number {
    return Number(get(`${this.root}seen`)) || 0;
  }

  set seen(value: number) {
    set(`${this.root}seen`, String(value));
  }

  /** What is being written. */
  get draft(): string {
    return get(`${this.root}draft`) ?? "";
  }

  set draft(value: string) {
    set(`${this.root}draft`, value || null);
  }

  pending(): Pending[] {
    const found: Pending[] = [];
    for (const key of keys()) {
      if (!key.startsWith(`${this.root}out:`)) continue;
      try {
        found.push(JSON.parse(get(key) ?? "") as Pending);
      } catch {
        set(key, null);
      }
    }
    return found.sort((a, b) => a.at - b.at);
  }

  keep(message: Pending): void {
    set(`${this.root}out:${message.clientId}`, JSON.stringify(message));
  }

  forget(clientId: string): void {
    set(`${this.root}out:${clientId}`, null);
  }

  /** True for what another tab changed in this memory. */
  owns(key: string | null): boolean {
    return key?.startsWith(this.root) ?? false;
  }
}

/** The subject of an identity token, only to tell shoppers apart here: the server alone verifies it. */
export function subjectOf(identity: string | null): string {
  try {
    const [, claims = ""] = (identity ?? "").split(".");
    const text = atob(claims.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const { sub } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown };
    return typeof sub === "string" ? sub : "";
  } catch {
    return "";
  }
}

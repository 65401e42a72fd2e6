import { Refused } from "./api";
import type { Chat } from "./chat";
import type { Attachment, Pending } from "./types";

interface Draft {
  text: string;
  attachments: Attachment[];
  human: boolean;
}

/** Messages until the server has them: kept through a reload, sent in order, and never twice (by their own ids). */
export class Outbox {
  private running = false;
  private wait = 1000;
  private timer = 0;

  constructor(private readonly chat: Chat) {}

  get pending(): Pending[] {
    return this.chat.memory.pending();
  }

  add(draft: Draft): void {
    const at = Date.now();
    this.chat.memory.keep({ ...draft, clientId: newId(), at });
    this.chat.notify();
    void this.flush();
  }

  retry(message: Pending): void {
    const { failed: _, ...fresh } = message;
    this.chat.memory.keep(fresh);
    this.chat.notify();
    void this.flush();
  }

  discard(message: Pending): void {
    this.chat.memory.forget(message.clientId);
    this.chat.notify();
  }

  arrived(clientId: string): void {
    this.chat.memory.forget(clientId);
  }

  async flush(): Promise<void> {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    try {
      for (let next = this.next(); next; next = this.next()) {
        if (!(await this.send(next))) break;
      }
    } finally {
      this.running = false;
    }
  }

  private next(): Pending | undefined {
    return this.pending.find((message) => message.failed === undefined);
  }

  /** True when the next one may be tried. */
  private async send(message: Pending, retried = false): Promise<boolean> {
    const { api, memory, options } = this.chat;
    try {
      await this.chat.ensureSession();
      if (message.human) {
        this.chat.take(await api.human(message.clientId, message.text, options.language));
      } else {
        const ids = message.attachments.map((file) => file.id);
        const { message: taken } = await api.send(message.clientId, message.text, ids);
        this.chat.messages.set(taken.id, taken);
      }
      memory.forget(message.clientId);
      this.wait = 1000;
      this.chat.setConnection("online");
      void this.chat.read();
      return true;
    } catch (error) {
      if (error instanceof Refused && error.status === 401 && error.code !== "identity_refused" && !retried) {
        api.token = memory.token = null;
        return this.send(message, true);
      }
      if (error instanceof Refused && !error.retry) {
        if (error.code === "identity_refused") await this.chat.guarded(() => Promise.reject(error));
        else memory.keep({ ...message, failed: error.message || error.code });
        this.chat.notify();
        return error.code !== "identity_refused";
      }
      this.chat.setConnection("waiting");
      const wait = error instanceof Refused && error.wait ? error.wait * 1000 : this.wait;
      this.wait = Math.min(30_000, this.wait * 2);
      this.timer = window.setTimeout(() => void this.flush(), wait);
      return false;
    }
  }
}

function newId(): string {
  if ("randomUUID" in crypto) return crypto.randomUUID();
  // pages without TLS have no randomUUID
  return [...(crypto as Crypto).getRandomValues(new Uint8Array(16))].map((n) => n.toString(16).padStart(2, "0")).join("");
}

import type { Attachment, ChatInfo, Conversation, Language, Sent, Session } from "./types";

/** What the server answered when it did not do it. `retry`: the same may work later. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly wait = 0,
  ) {
    super(message);
  }

  get retry(): boolean {
    return this.status >= 500 || this.status === 429 || this.status === 408;
  }
}

export class Api {
  token: string | null = null;

  constructor(private readonly root: string) {}

  info = (): Promise<ChatInfo> => this.ask("GET", "");

  async open(identity: string | null, language: Language): Promise<Session> {
    return this.ask("POST", "/sessions", { identity, language });
  }

  read = (before?: number): Promise<Conversation> =>
    this.ask("GET", `/conversation${before === undefined ? "" : `?before=${String(before)}`}`);

  send = (clientId: string, text: string, attachmentIds: number[]): Promise<Sent> =>
    this.ask("POST", "/messages", { client_id: clientId, text, attachment_ids: attachmentIds });

  human = (clientId: string, text: string, language: Language): Promise<Conversation> =>
    this.ask("POST", "/human", { client_id: clientId, text, language });

  typing = (typing: boolean): Promise<void> => this.ask("PUT", "/typing", { typing });

  seen = (ticketId: number, seq: number): Promise<void> => this.ask("PUT", "/seen", { ticket_id: ticketId, seq });

  rate = (ticketId: number, score: number, comment: string): Promise<void> =>
    this.ask("PUT", "/satisfaction", { ticket_id: ticketId, score, comment });

  async upload(file: File): Promise<Attachment> {
    const form = new FormData();
    form.append("file", file);
    return (await this.call("POST", "/attachments", form)).json() as Promise<Attachment>;
  }

  async file(id: number): Promise<Blob> {
    return (await this.call("GET", `/attachments/${String(id)}`)).blob();
  }

  events = (lastId: string | null, signal: AbortSignal): Promise<Response> =>
    this.call("GET", "/events", undefined, signal, lastId === null ? {} : { "Last-Event-ID": lastId });

  private async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const answer = await this.call(method, path, body === undefined ? undefined : JSON.stringify(body));
    return (answer.status === 204 ? undefined : await answer.json()) as T;
  }

  private async call(
    method: string,
    path: string,
    body?: BodyInit,
    signal: AbortSignal = AbortSignal.timeout(30_000),
    more: Record<string, string> = {},
  ): Promise<Response> {
    const headers: Record<string, string> = { ...more };
    if (this.token !== null) headers["Authorization"] = `Bearer ${this.token}`;
    if (typeof body === "string") headers["Content-Type"] = "application/json";
    const answer = await fetch(this.root + path, {
      method, headers, signal, body: body ?? null, credentials: "omit", cache: "no-store",
    });
    if (answer.ok) return answer;
    const told = (await answer.json().catch(() => ({}))) as { code?: string; detail?: string };
    const wait = Number(answer.headers.get("Retry-After")) || 0;
    throw new Refused(answer.status, told.code ?? "", told.detail ?? "", wait);
  }
}

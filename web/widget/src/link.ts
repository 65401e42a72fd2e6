import type { Chat } from "./chat";
import { events } from "./stream";
import type { Sentence } from "./types";

const FIRST_WAIT = 1000; // ms, doubled with each failure
const LONGEST_WAIT = 30_000;

/** Keeps the stream of a conversation open, through lost networks and restarted servers. */
export class Link {
  private running = false;
  private lastId: string | null = null;
  private abort: AbortController | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly chat: Chat) {
    addEventListener("online", () => this.wake?.());
    addEventListener("offline", () => {
      if (this.running) chat.setConnection("waiting");
    });
  }

  follow(): void {
    if (this.running) return;
    this.running = true;
    void this.run();
  }

  stop(): void {
    this.running = false;
    this.lastId = null;
    this.abort?.abort();
    this.wake?.();
  }

  private async run(): Promise<void> {
    let wait = FIRST_WAIT;
    while (this.running) {
      const abort = (this.abort = new AbortController());
      try {
        if (this.chat.api.token === null) await this.chat.ensureSession();
        const answer = await this.chat.api.events(this.lastId, abort.signal);
        for await (const event of events(answer, abort)) {
          if (abort !== this.abort || !this.running) return;
          if (event.id !== null) this.lastId = event.id;
          wait = FIRST_WAIT;
          this.take(event.name, event.data);
        }
      } catch {
        // the reason does not matter here: reading the conversation tells whether the session has ended
      }
      if (!this.running) return;
      await this.pause(wait);
      wait = Math.min(LONGEST_WAIT, wait * 2);
      // A stream that ended by itself is no trouble; only a server that does not answer is.
      await this.chat.read();
      if (this.chat.trouble === "expired") return void (this.running = false);
    }
  }

  private take(name: string, data: unknown): void {
    if (name === "sentence") {
      const told = data as Sentence & { message_id: number };
      this.chat.hear(told.message_id, told);
    } else {
      void this.chat.read(); // ready, changed, answered
    }
  }

  private pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const spread = ms * (0.75 + Math.random() / 2); // a restarted server is not asked by everybody at once
      const timer = setTimeout(resolve, spread);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

import { Api, Refused } from "./api";
import { Link } from "./link";
import { Memory, subjectOf } from "./memory";
import { Outbox } from "./outbox";
import type { Attachment, ChatInfo, Connection, Conversation, Message, Options, Sentence } from "./types";

export type Trouble = "none" | "expired" | "closed";

/** All that is known of the conversation, and everything that can be done in it. Views are told when it changes. */
export class Chat {
  readonly api: Api;
  memory: Memory;
  outbox: Outbox;
  info: ChatInfo | null = null;
  conversation: Conversation | null = null;
  messages = new Map<number, Message>();
  /** Sentences of answers that are being shown, by message. */
  arriving = new Map<number, Sentence[]>();
  connection: Connection = "idle";
  trouble: Trouble = "none";
  more = false;
  /** It is known whether something was said before. */
  settled = false;
  private identity: string | null;
  private readonly link: Link;
  private opening: Promise<void> | null = null;
  private reading: Promise<void> | null = null;
  private again = false;
  private typedAt = 0;
  private seen = 0;

  constructor(
    readonly options: Options,
    identity: string | null,
    private readonly changed: () => void,
    private readonly expired: () => void,
  ) {
    this.api = new Api(`${options.base}/api/v1/chat/${encodeURIComponent(options.account)}`);
    this.identity = identity;
    this.memory = new Memory(options.account, subjectOf(identity));
    this.outbox = new Outbox(this);
    this.link = new Link(this);
    this.api.token = this.memory.token;
  }

  /** Whether somebody was here before: only then anything is asked of the server before the chat is opened. */
  get known(): boolean {
    return this.api.token !== null || this.memory.pending().length > 0;
  }

  get unread(): number {
    return [...this.messages.values()].filter((m) => m.author !== "customer" && m.id > this.memory.seen).length;
  }

  /** The panel was opened, or the page came back to a conversation. */
  async start(withInfo: boolean): Promise<void> {
    if (withInfo && !this.info) {
      await this.guarded(async () => {
        this.info = await this.api.info();
      });
    }
    // Who is signed in at the shop sees what was said before; a guest has a session with the first word.
    if (this.identity !== null && this.api.token === null) await this.guarded(() => this.ensureSession());
    if (this.api.token !== null) await this.read();
    this.settled = true;
    this.changed();
    void this.outbox.flush();
  }

  async ensureSession(): Promise<void> {
    if (this.api.token !== null) return;
    this.opening ??= (async () => {
      try {
        const session = await this.api.open(this.identity, this.options.language);
        this.api.token = this.memory.token = session.token;
        this.trouble = "none";
      } finally {
        this.opening = null;
      }
    })();
    await this.opening;
  }

  /** Read the conversation as it is now; calls that come meanwhile are answered by one more reading. */
  async read(): Promise<void> {
    if (this.reading) {
      this.again = true;
      return this.reading;
    }
    this.reading = this.guarded(async () => {
      do {
        this.again = false;
        this.take(await this.api.read());
      } while (this.again);
    }).finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  async readEarlier(): Promise<void> {
    const oldest = Math.min(...this.messages.keys());
    await this.guarded(async () => {
      const page = await this.api.read(oldest);
      for (const message of page.messages) this.messages.set(message.id, message);
      this.more = page.more;
      this.changed();
    });
  }

  take(conversation: Conversation): void {
    const first = this.messages.size === 0;
    this.conversation = conversation;
    if (first) this.more = conversation.more;
    for (const message of conversation.messages) {
      this.messages.set(message.id, message);
      this.arriving.delete(message.id);
      if (message.client_id) this.outbox.arrived(message.client_id);
    }
    if (conversation.ticket) this.link.follow();
    this.changed();
  }

  hear(messageId: number, sentence: Sentence): void {
    if (this.messages.has(messageId)) return;
    this.arriving.set(messageId, [...(this.arriving.get(messageId) ?? []), sentence]);
    this.changed();
  }

  write(text: string, attachments: Attachment[]): void {
    this.outbox.add({ text, attachments, human: false });
    this.typed(false);
  }

  askForHuman(text: string): void {
    this.outbox.add({ text, attachments: [], human: true });
  }

  async rate(score: number, comment: string): Promise<void> {
    const ticket = this.conversation?.ticket;
    if (!ticket) return;
    await this.api.rate(ticket.id, score, comment);
    await this.read();
  }

  typed(typing: boolean): void {
    if (!this.conversation?.ticket || this.conversation.ticket.status !== "open") return;
    const now = Date.now();
    if (typing && now - this.typedAt < 4000) return;
    if (!typing && this.typedAt === 0) return;
    this.typedAt = typing ? now : 0;
    this.api.typing(typing).catch(() => undefined);
  }

  /** What is on the screen has been read. */
  look(): void {
    const newest = Math.max(0, ...this.messages.keys());
    if (newest > this.memory.seen) this.memory.seen = newest;
    const ticket = this.conversation?.ticket;
    const last = [...this.messages.values()].filter((m) => m.ticket_id === ticket?.id && m.author !== "customer").at(-1);
    if (!ticket || !last || last.id <= this.seen) return;
    this.seen = last.id;
    this.api.seen(ticket.id, last.seq).catch(() => {
      this.seen = 0;
    });
  }

  setConnection(connection: Connection): void {
    if (connection === this.connection) return;
    this.connection = connection;
    this.changed();
    if (connection === "online") void this.outbox.flush();
  }

  /** Another shopper, or a fresh token of the same one. */
  identify(identity: string | null): void {
    const same = subjectOf(identity) === subjectOf(this.identity);
    this.identity = identity;
    if (same && this.trouble !== "expired") return;
    if (!same) {
      this.memory = new Memory(this.options.account, subjectOf(identity));
      this.conversation = null;
      this.settled = false;
      this.messages.clear();
      this.arriving.clear();
    }
    this.link.stop();
    this.trouble = "none";
    this.api.token = same ? null : this.memory.token;
    void this.start(true);
    this.changed();
  }

  /** Run it; a lost session is opened anew once, what the server refuses is shown, a lost network is waited out. */
  async guarded(what: () => Promise<void>, retried = false): Promise<void> {
    try {
      await what();
      this.setConnection("online");
    } catch (error) {
      if (!(error instanceof Refused) || error.retry) {
        this.setConnection("waiting");
        if (this.api.token !== null) this.link.follow();
        else setTimeout(() => void this.start(true), 5000);
      } else if (error.code === "identity_refused") {
        this.trouble = "expired";
        this.expired();
      } else if (error.status === 401 && !retried) {
        this.api.token = this.memory.token = null;
        return this.guarded(async () => {
          await this.ensureSession();
          await what();
        }, true);
      } else {
        this.trouble = "closed";
      }
      this.changed();
    }
  }

  notify(): void {
    this.changed();
  }
}

import type { Chat } from "./chat";
import { fill, h } from "./dom";
import { arrivingRow, face, messageRow, pendingRow } from "./message";
import { rating } from "./rating";
import type { Speech, Word } from "./texts";

/** The conversation. A message's node is made once and stays, so that screen readers hear only what is new. */
export class Log {
  readonly element: HTMLElement;
  private readonly list: HTMLElement;
  private readonly earlier: HTMLElement;
  private readonly hello: HTMLElement;
  private readonly below: HTMLElement;
  private readonly fresh: HTMLElement;
  private readonly rows = new Map<string, { mark: string; node: HTMLElement }>();
  private status = "";

  constructor(private readonly chat: Chat, private readonly speech: Speech) {
    this.list = h("div", { class: "log", role: "log", "aria-live": "polite" });
    this.earlier = h("button", { class: "more", type: "button", hidden: true, click: () => void this.showEarlier() }, speech.say("earlier"));
    this.hello = h("div", { class: "log" });
    this.below = h("div", { class: "log", "aria-live": "polite" });
    this.fresh = h("button", { class: "new", type: "button", hidden: true, click: () => this.toEnd() }, speech.say("newMessages"));
    this.element = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": speech.say("log"), scroll: () => {
      if (this.atEnd) this.fresh.hidden = true;
    } }, this.earlier, this.hello, this.list, this.below, this.fresh);
  }

  render(): void {
    const { chat, speech } = this;
    const stay = this.atEnd;
    this.earlier.hidden = !chat.more;
    this.greet();
    const wanted: { key: string; mark: string; make: () => HTMLElement }[] = [];
    let day = "";
    for (const message of [...chat.messages.values()].sort((a, b) => a.id - b.id)) {
      const on = speech.day(message.created_at);
      if (on !== day) wanted.push({ key: `day ${on}`, mark: on, make: () => h("div", { class: "day" }, on) });
      day = on;
      const mark = JSON.stringify([message.sources, message.orders, message.name]);
      wanted.push({ key: String(message.id), mark, make: () => messageRow(chat, speech, message) });
    }
    for (const [id, said] of chat.arriving) {
      wanted.push({ key: String(id), mark: `arriving ${String(said.length)}`, make: () => arrivingRow(speech, id, said) });
    }
    const connected = chat.connection !== "waiting" && navigator.onLine;
    for (const one of chat.outbox.pending) {
      const mark = JSON.stringify([one.failed, connected]);
      wanted.push({ key: one.clientId, mark, make: () => pendingRow(chat, speech, one, connected) });
    }
    const grew = this.place(wanted);
    this.tell();
    if (stay) this.toEnd();
    else if (grew) this.fresh.hidden = false;
  }

  toEnd(): void {
    this.element.scrollTop = this.element.scrollHeight;
    this.fresh.hidden = true;
  }

  private get atEnd(): boolean {
    const { scrollTop, clientHeight, scrollHeight } = this.element;
    return scrollHeight - scrollTop - clientHeight < 60;
  }

  /** Put the wanted rows in order; true when there is a new one. */
  private place(wanted: { key: string; mark: string; make: () => HTMLElement }[]): boolean {
    const keys = new Set(wanted.map((row) => row.key));
    for (const [key, row] of this.rows) {
      if (keys.has(key)) continue;
      row.node.remove();
      this.rows.delete(key);
    }
    let grew = false;
    wanted.forEach(({ key, mark, make }, at) => {
      let row = this.rows.get(key);
      if (row?.mark !== mark) {
        const node = make();
        if (row) row.node.replaceWith(node);
        else grew = true;
        row = { mark, node };
        this.rows.set(key, row);
      }
      if (this.list.children[at] !== row.node) this.list.insertBefore(row.node, this.list.children[at] ?? null);
    });
    return grew;
  }

  private async showEarlier(): Promise<void> {
    const from = this.element.scrollHeight - this.element.scrollTop;
    await this.chat.readEarlier();
    this.element.scrollTop = this.element.scrollHeight - from;
  }

  private greet(): void {
    const { chat, speech } = this;
    const empty = chat.settled && chat.messages.size === 0 && chat.outbox.pending.length === 0;
    const greeting = chat.info?.greeting[speech.language];
    const mark = JSON.stringify([empty, greeting]);
    if (this.hello.dataset["mark"] === mark) return;
    this.hello.dataset["mark"] = mark;
    if (!empty || !chat.info) return fill(this.hello);
    const author = h("span", { class: "name" }, speech.say(chat.info.bot ? "bot" : "agent"),
      chat.info.bot && h("span", { class: "mark" }, speech.say("botMark")));
    const replies = chat.info.quick_replies[speech.language] ?? [];
    fill(this.hello,
      greeting ? h("div", { class: "row" }, face(chat.info.bot), h("div", { class: "box" }, author, h("div", { class: "bubble" }, greeting))) : null,
      replies.length > 0 && h("ul", { class: "quick", "aria-label": speech.say("suggestions") }, ...replies.map((reply) =>
        h("li", {}, h("button", { type: "button", click: () => chat.write(reply, []) }, reply)))));
  }

  /** What is going on below the last message: read, typing, who answers and when, how it went. */
  private tell(): void {
    const { chat, speech } = this;
    const talk = chat.conversation;
    const ticket = talk?.ticket;
    const last = [...chat.messages.values()].sort((a, b) => a.id - b.id).at(-1);
    const own = last?.author === "customer";
    const sending = chat.outbox.pending.length > 0 || chat.arriving.size > 0;
    const typing = ticket?.status === "open" ? talk?.agent_typing : null;
    const answering = talk?.bot_answering === true && own;
    const seen = own && ticket && last.ticket_id === ticket.id && ticket.seen_seq >= last.seq;
    // a bot's answer to another question does not end the wait for a person
    const waits = ticket?.status === "open" && !answering && (own || (ticket.handed_over && last?.author === "bot"));
    const ended = ticket?.status === "resolved";
    const state = JSON.stringify([last?.id, own, sending, typing, answering, seen, waits && this.promise(), ended, ticket?.satisfaction]);
    if (state === this.status) return;
    this.status = state;
    fill(this.below,
      own && !sending && h("div", { class: "foot end" }, speech.say(seen ? "read" : "sent")),
      waits && !sending ? h("div", { class: "notice" }, this.promise()) : null,
      (answering || typing) && h("div", { class: "typing" }, face(!typing), h("span", { class: "dots", "aria-hidden": "true" }, h("i"), h("i"), h("i")),
        typing ? speech.say("typing", { name: typing }) : speech.say("answering")),
      ended && h("div", { class: "notice" }, speech.say(ticket.satisfaction ? "thanks" : "resolved")),
      ended && !ticket.satisfaction && rating(chat, speech));
  }

  /** Honest about who is there and when; never more than the server knows. */
  private promise(): string {
    const talk = this.chat.conversation;
    const people = talk?.people;
    const kind = talk?.ticket?.handed_over ? "handed" : "waiting";
    if (people?.present) return this.speech.say(`${kind}Present` as Word);
    if (people?.open !== false) return this.speech.say(`${kind}Open` as Word);
    if (!people.opens_at) return this.speech.say(`${kind}Away` as Word);
    return this.speech.say(`${kind}Closed` as Word, { time: this.speech.opening(people.opens_at) });
  }
}

import type { Chat } from "./chat";
import { Composer } from "./composer";
import { fill, h, icon } from "./dom";
import { Log } from "./log";
import type { Speech } from "./texts";

/** The open chat: who answers, the conversation, and where to write. */
export class Panel {
  readonly element: HTMLElement;
  private readonly log: Log;
  private readonly composer: Composer;
  private readonly bar: HTMLElement;
  private readonly heading: HTMLElement;
  private readonly human: HTMLButtonElement;

  constructor(private readonly chat: Chat, private readonly speech: Speech, close: () => void) {
    this.log = new Log(chat, speech);
    this.composer = new Composer(chat, speech);
    this.bar = h("div", { class: "bar", role: "status", hidden: true });
    this.heading = h("div", { class: "who" });
    this.human = h("button", { class: "person", type: "button", click: () => this.askForHuman() }, icon("person"), speech.say("human"));
    this.element = h("div", {
      class: "panel", role: "dialog", "aria-label": speech.say("title"),
      keydown: (event) => this.key(event as KeyboardEvent, close),
      dragover: (event) => event.preventDefault(),
      drop: (event) => {
        event.preventDefault();
        this.composer.take((event as DragEvent).dataTransfer?.files ?? null);
      },
    },
    h("header", {}, this.heading, this.human,
      h("button", { class: "round", type: "button", "aria-label": speech.say("close"), title: speech.say("close"), click: close }, icon("close"))),
    this.bar, this.log.element, this.composer.element);
  }

  restoreDraft(): void {
    this.composer.restore();
  }

  focus(): void {
    this.composer.input.focus();
    this.log.toEnd();
  }

  render(): void {
    const { chat, speech } = this;
    speech.shopZone = chat.info?.timezone;
    const ticket = chat.conversation?.ticket;
    const byPeople = ticket ? ticket.handled_by === "people" : chat.info?.bot === false;
    const hint = ticket?.agent && ticket.status === "open" ? speech.say("agentHint", { name: ticket.agent }) : speech.say(byPeople ? "peopleHint" : "botHint");
    fill(this.heading, h("h2", {}, chat.info?.shop ?? speech.say("title")),
      h("div", { class: "hint", title: hint }, chat.info || ticket ? hint : speech.say("loading")));
    const asked = chat.outbox.pending.some((one) => one.human && one.failed === undefined);
    this.human.disabled = asked || (ticket?.handed_over === true && ticket.status === "open");
    const bar = this.trouble();
    this.bar.textContent = bar;
    this.bar.hidden = !bar;
    this.log.render();
  }

  private trouble(): string {
    const { chat, speech } = this;
    if (chat.trouble !== "none") return speech.say(chat.trouble);
    if (!navigator.onLine) return speech.say("offline");
    return chat.connection === "waiting" ? speech.say("reconnecting") : "";
  }

  private askForHuman(): void {
    this.chat.askForHuman(this.speech.say("humanAsk"));
    this.composer.input.focus();
  }

  /** Escape closes; on a small screen, where nothing else can be seen, Tab stays inside. */
  private key(event: KeyboardEvent, close: () => void): void {
    event.stopPropagation(); // shortcuts of the shop's page are not for what is written here
    if (event.key === "Escape") close();
    if (event.key !== "Tab" || !matchMedia("(max-width: 480px)").matches) return;
    const stops = [...this.element.querySelectorAll<HTMLElement>("[tabindex='0'],button:not(:disabled),a[href],textarea,summary,input:not([tabindex='-1'])")]
      .filter((stop) => stop.offsetParent !== null);
    const active = (this.element.getRootNode() as ShadowRoot).activeElement;
    const edge = event.shiftKey ? stops[0] : stops.at(-1);
    if (active !== edge) return;
    event.preventDefault();
    (event.shiftKey ? stops.at(-1) : stops[0])?.focus();
  }
}

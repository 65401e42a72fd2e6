import { Chat } from "./chat";
import { h, icon, fill } from "./dom";
import { Panel } from "./panel";
import { sheet } from "./styles";
import { Speech } from "./texts";
import type { Language, Options } from "./types";

export const TAG = "copilot-chat";

/** The chat as an element of the page: a button, and the panel that it opens. */
export class CopilotChatElement extends HTMLElement {
  private readonly root = this.attachShadow({ mode: "open", delegatesFocus: false });
  private chat: Chat | null = null;
  private panel: Panel | null = null;
  private speech = new Speech("zh");
  private launch = h("button");
  private queued = false;

  start(options: Options, identity: string | null): void {
    if (this.chat) return;
    this.root.adoptedStyleSheets = [sheet()];
    this.lang = options.language === "zh" ? "zh-CN" : "en";
    this.speech = new Speech(options.language);
    this.chat = new Chat(options, identity, () => this.later(), () => this.dispatchEvent(
      new CustomEvent("copilot-identity-expired", { bubbles: true, composed: true }),
    ));
    this.launch = h("button", { class: "launch", type: "button", click: () => this.open() });
    this.root.append(this.launch);
    addEventListener("online", () => {
      void this.chat?.start(this.isOpen);
      this.later();
    });
    addEventListener("offline", () => this.later());
    addEventListener("storage", (event) => this.chat?.memory.owns(event.key) && this.later());
    document.addEventListener("visibilitychange", () => this.later());
    if (this.chat.memory.opened) this.open(false);
    else if (this.chat.known) void this.chat.start(false);
    this.render();
  }

  get isOpen(): boolean {
    return this.panel?.element.hidden === false;
  }

  /** `question` stands where the shopper writes, ready to be sent, unless something is being written there. */
  open(focus = true, question = ""): void {
    if (!this.chat) return;
    if (question && !this.chat.memory.draft) {
      this.chat.memory.draft = question;
      this.panel?.restoreDraft();
    }
    if (!this.panel) {
      this.panel = new Panel(this.chat, this.speech, () => this.close());
      this.root.append(this.panel.element);
    }
    this.panel.element.hidden = false;
    this.chat.memory.opened = true;
    void this.chat.start(true);
    this.render();
    if (focus) this.panel.focus();
  }

  close(): void {
    if (!this.panel || !this.chat) return;
    this.panel.element.hidden = true;
    this.chat.memory.opened = false;
    this.render();
    this.launch.focus();
  }

  /** The page has another shopper, or a fresh token of the same one; null: signed out. */
  identify(identity: string | null): void {
    this.chat?.identify(identity);
  }

  setLanguage(language: Language): void {
    if (this.speech.language === language || !this.chat) return;
    this.speech = new Speech(language);
    this.chat.options.language = language;
    this.lang = language === "zh" ? "zh-CN" : "en";
    const open = this.isOpen;
    this.panel?.element.remove();
    this.panel = null;
    if (open) this.open(false);
    this.render();
  }

  /** Several changes at once are one drawing. */
  private later(): void {
    if (this.queued) return;
    this.queued = true;
    queueMicrotask(() => {
      this.queued = false;
      this.render();
    });
  }

  private render(): void {
    const { chat, speech } = this;
    if (!chat) return;
    this.launch.hidden = this.isOpen;
    this.launch.setAttribute("aria-expanded", String(this.isOpen));
    const unread = chat.unread;
    fill(this.launch, icon("chat"), speech.say("open"), unread > 0 && !this.isOpen &&
      h("span", { class: "badge" }, String(unread), h("span", { class: "hide" }, ` ${speech.say("newMessages")}`)));
    if (!this.isOpen) return;
    this.panel?.render();
    if (document.visibilityState === "visible") chat.look();
  }
}

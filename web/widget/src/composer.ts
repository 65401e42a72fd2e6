import { Refused } from "./api";
import type { Chat } from "./chat";
import { fill, h, icon } from "./dom";
import type { Speech } from "./texts";
import type { Attachment } from "./types";

/** What the server takes; more can be written and pasted, and is said to be too much: cutting it would lose it silently. */
const MAX = 4000;
const NEAR = MAX - 400;

/** Where the shopper writes: Enter sends, Shift+Enter is a new line, what is written survives a reload. */
export class Composer {
  readonly element: HTMLElement;
  readonly input: HTMLTextAreaElement;
  private readonly chips: HTMLElement;
  private readonly error: HTMLElement;
  private readonly count: HTMLElement;
  private readonly go: HTMLButtonElement;
  private files: Attachment[] = [];
  private uploading = new Set<string>();

  constructor(private readonly chat: Chat, private readonly speech: Speech) {
    const say = speech.say.bind(speech);
    const picker = h("input", { type: "file", multiple: true, hidden: true, tabindex: -1, change: () => this.take(picker.files, picker) });
    this.input = h("textarea", {
      rows: 1, placeholder: say("placeholder"), "aria-label": say("placeholder"),
      input: () => this.typed(), keydown: (event) => this.key(event as KeyboardEvent), paste: (event) => this.pasted(event as ClipboardEvent),
    });
    this.input.value = chat.memory.draft;
    this.go = h("button", { class: "round go", type: "button", "aria-label": say("send"), title: say("send"), click: () => this.send() }, icon("send"));
    this.chips = h("div", { class: "files", hidden: true });
    this.error = h("div", { class: "error", role: "alert", hidden: true });
    this.count = h("div", { class: "count", role: "status", hidden: true });
    this.element = h("div", { class: "compose" }, this.chips, this.error, this.count, h("div", { class: "line" },
      h("button", { class: "round", type: "button", "aria-label": say("attach"), title: say("attach"), click: () => picker.click() }, icon("clip")),
      picker, this.input, this.go));
    this.show();
  }

  /** Shows what is kept as being written. */
  restore(): void {
    this.input.value = this.chat.memory.draft;
    this.show();
  }

  private typed(): void {
    this.chat.memory.draft = this.input.value;
    this.chat.typed(this.input.value !== "");
    this.show();
  }

  private show(): void {
    this.input.style.height = "auto";
    this.input.style.height = `${String(Math.min(132, Math.max(36, this.input.scrollHeight)))}px`;
    const length = [...this.input.value.trim()].length; // characters, as the server counts them
    this.go.disabled = (length === 0 && this.files.length === 0) || length > MAX || this.uploading.size > 0;
    this.measure(length);
    this.chips.hidden = this.files.length + this.uploading.size === 0;
    fill(this.chips,
      ...this.files.map((file) => h("div", { class: "chip" }, icon("file"), h("span", {}, file.name),
        h("button", { type: "button", "aria-label": this.speech.say("remove", { name: file.name }), click: () => this.remove(file) }, icon("cross")))),
      ...[...this.uploading].map((name) => h("div", { class: "chip", role: "status" }, h("span", {}, this.speech.say("uploading", { name })))));
  }

  private measure(length: number): void {
    const n = Math.abs(MAX - length);
    this.count.hidden = length < NEAR;
    this.count.classList.toggle("over", length > MAX);
    this.count.textContent = length < NEAR ? "" : this.speech.say(length > MAX ? "tooLong" : length === MAX ? "full" : "left", { n, max: MAX });
  }

  private key(event: KeyboardEvent): void {
    // While an input method composes (Chinese), Enter takes its suggestion and sends nothing.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.send();
  }

  private send(): void {
    const text = this.input.value.trim();
    if (this.go.disabled || (!text && this.files.length === 0)) return;
    this.chat.write(text, this.files);
    this.files = [];
    this.input.value = this.chat.memory.draft = "";
    this.complain("");
    this.show();
    this.input.focus();
  }

  private remove(file: Attachment): void {
    this.files = this.files.filter((one) => one !== file);
    this.show();
    this.input.focus();
  }

  private pasted(event: ClipboardEvent): void {
    if (event.clipboardData?.files.length) {
      event.preventDefault();
      this.take(event.clipboardData.files);
    }
  }

  take(files: FileList | null, picker?: HTMLInputElement): void {
    for (const file of [...(files ?? [])].slice(0, 10 - this.files.length)) void this.upload(file);
    if (picker) picker.value = "";
  }

  private async upload(file: File): Promise<void> {
    const limit = this.chat.info?.attachment_max_bytes ?? Infinity;
    if (file.size > limit) {
      this.complain(this.speech.say("tooLarge", { name: file.name, size: this.speech.size(limit) }));
      return;
    }
    this.complain("");
    this.uploading.add(file.name);
    this.show();
    try {
      await this.chat.ensureSession();
      this.files.push(await this.chat.api.upload(file));
    } catch (error) {
      const wrong = error instanceof Refused && error.status === 422;
      this.complain(this.speech.say(wrong ? "wrongType" : "uploadFailed", { name: file.name }));
    } finally {
      this.uploading.delete(file.name);
      this.show();
    }
  }

  private complain(text: string): void {
    this.error.textContent = text;
    this.error.hidden = !text;
  }
}

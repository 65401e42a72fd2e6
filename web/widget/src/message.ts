import type { Chat } from "./chat";
import { h, icon } from "./dom";
import { filesOf } from "./files";
import { orderCard } from "./order";
import type { Speech } from "./texts";
import type { Message, Pending, Sentence, Source } from "./types";

/** One message with its sources, order cards and files. Every text is set as text: markup shows as it was written. */
export function messageRow(chat: Chat, speech: Speech, message: Message): HTMLElement {
  const own = message.author === "customer";
  const text = message.text
    ? h("div", { class: "bubble", title: `${speech.day(message.created_at)} ${speech.clock(message.created_at)}` }, ...sentences(chat, message))
    : null;
  const box = h("div", { class: "box" },
    own ? h("span", { class: "hide" }, `${speech.say("you")}: `) : author(speech, message.author === "bot", message.name),
    text,
    filesOf(chat, speech, message.attachments),
    ...message.orders.map((order) => orderCard(speech, order)),
    sourceList(chat, speech, message.sources));
  return h("div", { class: own ? "row own" : "row", "data-id": message.id },
    own ? null : face(message.author === "bot"), box);
}

/** An answer while its sentences come. */
export function arrivingRow(speech: Speech, id: number, said: Sentence[]): HTMLElement {
  const glue = speech.language === "zh" ? "" : " ";
  const parts = said.map((one, at) => {
    const part = h("span", { class: "say" }, at ? glue + one.text : one.text);
    part.style.animationDelay = `${String(at * 120)}ms`;
    return part;
  });
  return h("div", { class: "row", "data-id": id }, face(true),
    h("div", { class: "box" }, author(speech, true, ""), h("div", { class: "bubble" }, ...parts)));
}

/** A message that is still on its way, or that could not be sent. */
export function pendingRow(chat: Chat, speech: Speech, message: Pending, connected: boolean): HTMLElement {
  const foot = message.failed === undefined
    ? h("div", { class: "foot" }, speech.say(connected ? "sending" : "unsent"))
    : h("div", { class: "foot", role: "alert" }, h("span", { class: "bad" }, speech.say("failed", { reason: message.failed })),
      h("button", { type: "button", click: () => chat.outbox.retry(message) }, speech.say("retry")),
      h("button", { type: "button", click: () => chat.outbox.discard(message) }, speech.say("discard")));
  return h("div", { class: "row own", "data-id": message.clientId },
    h("div", { class: "box" }, message.text ? h("div", { class: "bubble unsent" }, message.text) : null,
      ...message.attachments.map((file) => h("div", { class: "chip" }, icon("file"), h("span", {}, file.name))), foot));
}

export function face(bot: boolean): HTMLElement {
  return h("span", { class: "face small", "aria-hidden": "true" }, icon(bot ? "bot" : "person"));
}

function author(speech: Speech, bot: boolean, name: string): HTMLElement {
  if (!bot) return h("span", { class: "name" }, name || speech.say("agent"));
  return h("span", { class: "name" }, speech.say("bot"), h("span", { class: "mark" }, speech.say("botMark")));
}

function sentences(chat: Chat, message: Message): Node[] {
  if (message.sentences.length === 0) return [document.createTextNode(message.text)];
  const byNumber = new Map(message.sources.map((source) => [source.number, source]));
  let rest = message.text;
  return message.sentences.flatMap((one) => {
    const end = rest.indexOf(one.text) + one.text.length; // with what stands before it: a space in English
    const text = document.createTextNode(rest.slice(0, end));
    rest = rest.slice(end);
    return [text, ...one.sources.map((number) => numberMark(chat, number, byNumber.get(number)))];
  });
}

function numberMark(chat: Chat, number: number, source: Source | undefined): HTMLElement {
  const text = `[${String(number)}]`;
  if (!source?.url) return h("sup", { title: source?.title }, text);
  const values = { href: chat.options.base + source.url, target: "_blank", rel: "noopener", title: source.title };
  return h("sup", {}, h("a", values, text));
}

function sourceList(chat: Chat, speech: Speech, sources: Source[]): HTMLElement | null {
  if (sources.length === 0) return null;
  return h("ul", { class: "sources", "aria-label": speech.say("sources") }, ...sources.map((source) => h("li", {},
    h("span", { class: "n" }, `[${String(source.number)}]`), h("span", {}, title(chat, speech, source), about(speech, source)))));
}

function title(chat: Chat, speech: Speech, source: Source): HTMLElement {
  if (!source.url) return h("span", {}, source.title);
  const values = { href: chat.options.base + source.url, target: "_blank", rel: "noopener" };
  return h("a", values, source.title, h("span", { class: "hide" }, speech.say("opensNew")));
}

function about(speech: Speech, source: Source): string {
  if (source.kind === "record") return ` · ${speech.say("record")}`;
  const parts = [
    source.kind === "case" ? speech.say("caseSource") : source.version !== null && speech.say("version", { n: source.version }),
    source.published_at !== null && speech.date(source.published_at),
  ];
  return parts.filter(Boolean).map((part) => ` · ${String(part)}`).join("");
}

import type { Chat } from "./chat";
import { h, icon } from "./dom";
import type { Speech } from "./texts";
import type { Attachment } from "./types";

const PREVIEW = 440; // pixels, twice what is shown

/** Files of a message. A picture is drawn on a canvas: that needs no `img-src` in the page's policy. */
export function filesOf(chat: Chat, speech: Speech, files: Attachment[]): HTMLElement | null {
  if (files.length === 0) return null;
  return h("div", { class: "files" }, ...files.map((file) => one(chat, speech, file)));
}

function one(chat: Chat, speech: Speech, file: Attachment): HTMLElement {
  const label = speech.say("download", { name: file.name });
  const open = () => void save(chat, file);
  const chip = h("button", { class: "chip", type: "button", "aria-label": label, click: open }, icon("file"),
    h("span", {}, file.name), h("span", { class: "dim" }, speech.size(file.size)));
  if (!file.media_type.startsWith("image/")) return chip;
  const canvas = h("canvas", { role: "img", "aria-label": file.name, width: 220, height: 140 });
  const picture = h("button", { class: "pic", type: "button", "aria-label": label, click: open }, canvas);
  void draw(chat, file, canvas).catch(() => picture.replaceWith(chip));
  return picture;
}

async function draw(chat: Chat, file: Attachment, canvas: HTMLCanvasElement): Promise<void> {
  const whole = await createImageBitmap(await chat.api.file(file.id));
  const scale = Math.min(1, PREVIEW / Math.max(whole.width, whole.height));
  canvas.width = Math.max(1, Math.round(whole.width * scale));
  canvas.height = Math.max(1, Math.round(whole.height * scale));
  canvas.style.width = `${String(Math.min(220, canvas.width))}px`;
  canvas.getContext("2d")?.drawImage(whole, 0, 0, canvas.width, canvas.height);
  whole.close();
}

async function save(chat: Chat, file: Attachment): Promise<void> {
  const url = URL.createObjectURL(await chat.api.file(file.id));
  const link = h("a", { href: url, download: file.name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

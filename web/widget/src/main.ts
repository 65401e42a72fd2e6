import { CopilotChatElement, TAG } from "./element";
import type { Language } from "./types";

// <script src="https://support.example/widget.js" data-account="chat_…" [data-identity="JWT"] [data-lang="zh|en"] async>
const script = document.currentScript as HTMLScriptElement | null;

function languageOf(text: string | null | undefined): Language {
  const told = text ?? (document.documentElement.lang || navigator.language);
  return told.toLowerCase().startsWith("zh") ? "zh" : "en";
}

function mount(tag: HTMLScriptElement): void {
  const account = tag.dataset["account"];
  if (!account) {
    console.error("copilot-chat: the script tag needs data-account, the chat's public key");
    return;
  }
  if (document.querySelector(TAG)) return;
  const element = document.createElement(TAG) as CopilotChatElement;
  document.body.append(element);
  const base = (tag.dataset["base"] ?? new URL(tag.src).href.replace(/\/widget\.js.*$/, "")).replace(/\/$/, "");
  element.start({ base, account, language: languageOf(tag.dataset["lang"]) }, tag.dataset["identity"] || null);
  if (!tag.dataset["lang"]) {
    new MutationObserver(() => element.setLanguage(languageOf(null)))
      .observe(document.documentElement, { attributes: true, attributeFilter: ["lang"] });
  }
  Object.assign(window, {
    CopilotChat: {
      open: (question?: string) => element.open(true, question),
      close: () => element.close(),
      identify: (identity: string | null) => element.identify(identity),
    },
  });
}

if (!customElements.get(TAG)) customElements.define(TAG, CopilotChatElement);
if (script) {
  if (document.body) mount(script);
  else document.addEventListener("DOMContentLoaded", () => mount(script), { once: true });
}

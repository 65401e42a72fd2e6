import type { Chat } from "./chat";
import { h } from "./dom";
import type { Speech } from "./texts";

/** How it went, asked once the conversation has ended. */
export function rating(chat: Chat, speech: Speech): HTMLElement {
  const comment = h("textarea", { maxlength: 1000, placeholder: speech.say("comment"), "aria-label": speech.say("comment") });
  const submit = h("button", { class: "primary", type: "submit", disabled: true }, speech.say("submit"));
  let score = 0;
  const choices = speech.texts.scores.map((label, at) =>
    h("label", {}, h("input", { class: "hide", type: "radio", name: "score", value: at + 1, change: () => {
      score = at + 1;
      submit.disabled = false;
    } }), h("span", { "aria-hidden": "true" }, String(at + 1)), label));
  const form = h("form", { class: "rate", submit: (event) => {
    event.preventDefault();
    submit.disabled = true;
    chat.rate(score, comment.value.trim()).then(
      () => undefined, // the conversation, read again, says thanks
      () => {
        submit.disabled = false;
      },
    );
  } }, h("fieldset", {}, h("legend", {}, speech.say("rate")), ...choices), comment, submit);
  return form;
}

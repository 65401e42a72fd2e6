// The help centre without a page load: questions stream, votes stay where they are. All of it works without this file.
const say = (name, value) => (document.body.dataset[name] ?? "").replace("%s", value ?? "");

function panel() {
  const live = document.querySelector("[data-answer]");
  live.innerHTML = "";
  const box = document.createElement("section");
  box.className = "answer";
  const asked = document.createElement("p");
  asked.className = "asked";
  const said = document.createElement("p");
  said.className = "said waiting";
  said.textContent = say("reading");
  box.append(asked, said);
  live.append(box);
  return { live, box, asked, said };
}

/** Server-sent events of a response to a POST, which EventSource cannot make. */
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const blocks = (rest + value).split(/\r?\n\r?\n/);
    rest = blocks.pop();
    for (const block of blocks) {
      const lines = block.split(/\r?\n/);
      const field = (name) => lines.filter((l) => l.startsWith(name)).map((l) => l.slice(name.length).trim()).join("\n");
      if (field("event:")) yield { name: field("event:"), data: JSON.parse(field("data:") || "{}") };
    }
  }
}

let asking = null;

async function ask(form) {
  asking?.abort();
  const mine = (asking = new AbortController());
  const values = new URLSearchParams(new FormData(form));
  const { live, box, asked, said } = panel();
  asked.textContent = values.get("q");
  box.scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  const fail = (text) => {
    said.classList.remove("waiting");
    said.textContent = text;
  };
  try {
    const response = await fetch("/help/ask/stream", { method: "POST", body: values, signal: mine.signal });
    if (!response.ok) {
      fail(response.status === 429 ? say("many", response.headers.get("retry-after")) : say("broken"));
      return;
    }
    let begun = false;
    for await (const { name, data } of events(response)) {
      if (name === "sentence") {
        if (!begun) said.textContent = "";
        begun = true;
        said.classList.remove("waiting");
        said.append(data.text + " ");
        for (const number of data.citations) {
          const mark = document.createElement("span");
          mark.className = "cite";
          mark.textContent = number;
          said.append(mark);
        }
      } else if (name === "taken_back") {
        begun = false;
        said.textContent = say("reading");
      } else if (name === "answer") {
        live.innerHTML = data.html;
        live.querySelector(".answer").prepend(asked);
        offerChat(live);
        return;
      } else if (name === "failed") {
        fail(say("down"));
        return;
      }
    }
    fail(say("broken"));
  } catch (error) {
    if (error.name !== "AbortError") fail(say("broken"));
  }
}

async function vote(form, button) {
  const values = new URLSearchParams(new FormData(form, button));
  for (const one of form.querySelectorAll("button")) one.disabled = true;
  try {
    const response = await fetch(form.action, { method: "POST", body: values, headers: { "X-Requested-With": "fetch" } });
    if (!response.ok) throw new Error(response.statusText);
    const holder = form.closest("[data-feedback]");
    const fresh = document.createElement("template");
    fresh.innerHTML = await response.text();
    holder.replaceChildren(...fresh.content.querySelector("[data-feedback]").childNodes);
    holder.querySelector("textarea")?.focus();
  } catch {
    for (const one of form.querySelectorAll("button")) one.disabled = false;
    form.submit();
  }
}

/** The chat is loaded when somebody wants it, and takes the question along. */
function offerChat(root) {
  for (const button of root.querySelectorAll("[data-chat]")) button.hidden = false;
}
const chat = () =>
  [window.CopilotChat, document.querySelector("copilot-chat")].find((one) => typeof one?.open === "function");

async function continueInChat(button) {
  button.disabled = true;
  try {
    if (!chat()) {
      await new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = "/widget.js";
        script.dataset.account = document.body.dataset.chatAccount;
        script.dataset.lang = document.documentElement.lang.slice(0, 2);
        script.onload = done;
        script.onerror = failed;
        document.body.append(script);
      });
      for (let tries = 0; !chat() && tries < 50; tries++) await new Promise((done) => setTimeout(done, 100));
    }
    chat().open(button.dataset.chat);
  } catch {
    button.after(say("broken"));
    button.remove();
  }
  button.disabled = false;
}

document.addEventListener("submit", (event) => {
  const { target: form, submitter } = event;
  if (submitter?.matches("[data-ask]") && document.querySelector("[data-answer]")) {
    event.preventDefault();
    ask(form);
  } else if (form.closest("[data-feedback]")) {
    event.preventDefault();
    vote(form, submitter);
  }
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-chat]");
  if (button) continueInChat(button);
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) menu.open = false;
});
offerChat(document);

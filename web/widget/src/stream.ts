export interface StreamEvent {
  name: string;
  id: string | null;
  data: unknown;
}

const SILENCE = 40_000; // ms; the server says something every 15 s

/** Server-sent events through fetch, since EventSource can send no token. Ends when the connection does. */
export async function* events(answer: Response, abort: AbortController): AsyncGenerator<StreamEvent> {
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (!reader) return;
  let rest = "";
  let watch = 0;
  const heard = () => {
    clearTimeout(watch);
    watch = window.setTimeout(() => abort.abort(), SILENCE);
  };
  heard();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      heard();
      rest += value.replaceAll("\r\n", "\n");
      let end = rest.indexOf("\n\n");
      while (end >= 0) {
        const event = parse(rest.slice(0, end));
        rest = rest.slice(end + 2);
        if (event) yield event;
        end = rest.indexOf("\n\n");
      }
    }
  } finally {
    clearTimeout(watch);
    void reader.cancel().catch(() => undefined);
  }
}

function parse(block: string): StreamEvent | null {
  let name = "message";
  let id: string | null = null;
  let data = "";
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const value = line.slice(at + 1).replace(/^ /, "");
    const field = line.slice(0, at);
    if (field === "event") name = value;
    else if (field === "id") id = value;
    else if (field === "data") data += value;
  }
  return data ? { name, id, data: JSON.parse(data) } : null;
}

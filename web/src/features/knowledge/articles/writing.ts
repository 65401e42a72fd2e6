/** What the toolbar does to the text of a textarea, as a person would type it. */
export type Tool = "bold" | "italic" | "heading" | "list" | "numbers" | "quote" | "link" | "table";

export interface Selection {
  text: string;
  start: number;
  end: number;
}

const WRAPS: Partial<Record<Tool, string>> = { bold: "**", italic: "*" };
const PREFIXES: Partial<Record<Tool, (line: number) => string>> = {
  heading: () => "## ",
  list: () => "- ",
  numbers: (line) => `${line + 1}. `,
  quote: () => "> ",
};

export function apply(tool: Tool, { text, start, end }: Selection): Selection {
  const chosen = text.slice(start, end);
  const put = (from: number, to: number, inserted: string, caret: [number, number]): Selection => ({
    text: text.slice(0, from) + inserted + text.slice(to),
    start: from + caret[0],
    end: from + caret[1],
  });
  const wrap = WRAPS[tool];
  if (wrap !== undefined) {
    const before = text.slice(start - wrap.length, start) === wrap && text.slice(end, end + wrap.length) === wrap;
    if (before && chosen !== "") return put(start - wrap.length, end + wrap.length, chosen, [0, chosen.length]);
    return put(start, end, wrap + chosen + wrap, [wrap.length, wrap.length + chosen.length]);
  }
  if (tool === "link") return put(start, end, `[${chosen}](https://)`, [1, 1 + chosen.length]);
  if (tool === "table") {
    const inserted = "\n|  |  |\n| --- | --- |\n|  |  |\n";
    return put(end, end, inserted, [3, 3]);
  }
  const prefix = PREFIXES[tool];
  if (!prefix) return { text, start, end };
  const from = text.lastIndexOf("\n", start - 1) + 1;
  const until = text.indexOf("\n", end);
  const to = until === -1 ? text.length : until;
  const lines = text.slice(from, to).split("\n");
  const all = lines.every((line, at) => line.startsWith(prefix(at)));
  const changed = lines.map((line, at) => (all ? line.slice(prefix(at).length) : prefix(at) + line)).join("\n");
  return put(from, to, changed, [0, changed.length]);
}

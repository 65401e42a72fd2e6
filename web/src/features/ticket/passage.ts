/** Where a sentence of a reply stands in the passage that it cites. */
const LEAST = 6; // characters in common below which nothing is marked

/** [start, end) of the longest piece of `passage` that `sentence` repeats; null when they share too little. */
export function quotedSpan(passage: string, sentence: string): [number, number] | null {
  const wanted = sentence.trim();
  if (wanted === "") return null;
  const exact = passage.indexOf(wanted);
  if (exact >= 0) return [exact, exact + wanted.length];
  const text = passage.slice(0, 4000);
  let best = 0;
  let end = 0;
  let row = new Uint16Array(text.length + 1);
  for (const character of wanted.slice(0, 400)) {
    const next = new Uint16Array(text.length + 1);
    for (let at = 0; at < text.length; at += 1) {
      if (text[at] === character) {
        const length = (row[at] ?? 0) + 1;
        next[at + 1] = length;
        if (length > best) {
          best = length;
          end = at + 1;
        }
      }
    }
    row = next;
  }
  return best >= Math.min(LEAST, wanted.length) ? [end - best, end] : null;
}

const HAN = /[\u4e00-\u9fff]/;

/** A record says everything in both languages, for the verifier; a reader needs the lines in the reply's. */
export function recordLines(text: string, language: string): string {
  const lines = text.split("\n").filter((line) => {
    const label = /^([^:：]{1,24}): /.exec(line)?.[1];
    return label === undefined || HAN.test(label) === (language === "zh");
  });
  return [...new Set(lines)].join("\n");
}

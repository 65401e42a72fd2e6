/** Markdown as a person reads it in one run of text: for excerpts, and for messages that carry no markup. */
export function plain(text: string): string {
  return text
    .replaceAll(/^#{1,6}\s+/gm, "")
    .replaceAll(/^\s*\|?\s*:?-{3,}:?\s*(\|\s*:?-{3,}:?\s*)*\|?\s*$\n?/gm, "")
    .replaceAll(/^\s*\|(.+)\|\s*$/gm, (_, cells: string) => cells.split("|").map((cell) => cell.trim()).join(" · "))
    .replaceAll(/^(\s*)[-*+]\s+/gm, "$1· ")
    .replaceAll(/(\*\*|__)(.+?)\1/g, "$2")
    .replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1")
    .trim();
}

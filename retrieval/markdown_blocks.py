"""The blocks of a Markdown document as exact spans: paragraphs, list items, table rows, code, with their headings.

A tolerant reader, not a renderer: Liquid and kramdown tags of static-site sources are recognised as noise, the articles
of a statute ("第十二条 …") as starts of passages. Front matter and HTML comments are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Block:
    """`text[start:end]` is one block. `kind`: text, item, row, code, heading (of an empty section) or noise.

    `heading` is the path of headings above it; `starts_passage` that nothing before it may share its passage; `context`
    is what its continuation needs to be understood: a table's header row, an article's number.
    """

    start: int
    end: int
    kind: str
    heading: tuple[str, ...]
    starts_passage: bool = False
    context: str = ""


_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(?=[\w-]+[ \t]*:)(?:.*\r?\n)*?---[ \t]*(?:\r?\n|\Z)")
_LINE = re.compile(r"[^\n]+\n?|\n")
_FENCE = re.compile(r"\s*(```+|~~~+)")
_HEADING = re.compile(r"\s{0,3}(#{1,6})(?:[ \t]+(.*?))?[ \t]*#*\s*\Z")
_UNDERLINE = re.compile(r"\s{0,3}(?:=+|-{3,})\s*\Z")
_RULE = re.compile(r"\s*(?:[-*_][ \t]*){3,}\s*\Z")
_NOISE = re.compile(
    r"\s*\[[^\]]{1,200}\]:\s*\S++.*\Z"  # a link definition
    r"|(?:\s|\{%[^}]*%\}|\{:[^}]*\}|</?(?:div|span|br|hr|p|a|table|tbody|thead|tr|img)\b[^>]*>)++\Z"
)
_ITEM = re.compile(r"(\s*)(?:[-*+•]|\d{1,3}[.)、])(?:\s+|(?<=、))")
_ARTICLE = re.compile(
    r"\s*(?:\*\*)?(第[零〇一二三四五六七八九十百千\d]{1,8}条(?:之[一二三四五六七八九十])?)(?:\*\*)?[\s\u3000、:：]"
)
_TAG = re.compile(r"\{[%:{#].*?[%}]?\}|<[^>]+>")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def blocks(text: str) -> list[Block]:
    """The blocks of `text` in order, without overlap; together they hold every word outside of front matter, comments
    and the headings of sections that have text."""
    articles = sum(1 for line in text.split("\n") if _ARTICLE.match(line)) >= 3
    reader = _Reader(text, is_law=articles)
    for number, (start, end) in enumerate(_indexed(text)):
        reader.read(start, end, starts_passage=number > 0)
    return reader.finish()


def _indexed(text: str) -> Iterator[tuple[int, int]]:
    """The stretches of `text` between front matter and comments; a comment inside a code fence is code."""
    front = _FRONT_MATTER.match(text)
    position = front.end() if front else 0
    fenced = _fenced(text, position)
    opened = text.find("<!--", position)
    while opened >= 0:
        fence_end = next((end for start, end in fenced if start <= opened < end), 0)
        closed = text.find("-->", opened)
        if fence_end:
            opened = text.find("<!--", fence_end)
        elif closed < 0:
            break
        else:
            yield position, opened
            position = closed + 3
            opened = text.find("<!--", position)
    yield position, len(text)


def _fenced(text: str, position: int) -> list[tuple[int, int]]:
    spans, opened, mark = [], -1, ""
    for line in _LINE.finditer(text, position):
        fence = _FENCE.match(line.group())
        if fence and opened < 0:
            opened, mark = line.start(), fence.group(1)
        elif fence and fence.group(1).startswith(mark):
            spans.append((opened, line.end()))
            opened = -1
    return spans if opened < 0 else [*spans, (opened, len(text))]


def _clean_heading(text: str) -> str:
    return " ".join(_TAG.sub(" ", _LINK.sub(r"\1", text)).replace("**", "").replace("`", "").split()).strip("*_ ")


class _Reader:
    def __init__(self, text: str, *, is_law: bool) -> None:
        self.text, self.is_law = text, is_law
        self.found: list[Block] = []
        self.path: list[tuple[int, str]] = []  # (level, heading)
        self.pending: Block | None = None  # a heading that has no text yet
        self.article = ""
        self.start_next = False

    def read(self, start: int, end: int, *, starts_passage: bool) -> None:
        """Add the blocks of text[start:end]; `starts_passage`: something that is not indexed stood before it."""
        self.start_next = self.start_next or starts_passage
        lines = [match.span() for match in _LINE.finditer(self.text, start, end)]
        at = 0
        while at < len(lines):
            at = self._block(lines, at)

    def finish(self) -> list[Block]:
        self._flush_heading()
        return self.found

    def _line(self, lines: list[tuple[int, int]], at: int) -> str:
        return self.text[slice(*lines[at])] if at < len(lines) else ""

    def _block(self, lines: list[tuple[int, int]], at: int) -> int:
        """Read the block that begins at line `at`; returns the line after it."""
        line = self._line(lines, at)
        if not line.strip():
            return at + 1
        if fence := _FENCE.match(line):
            close = at + 1
            while close < len(lines) and not self._line(lines, close).strip().startswith(fence.group(1)):
                close += 1
            return self._add(lines, at, min(close + 1, len(lines)), "code")
        if heading := _HEADING.match(line):
            return self._heading(lines, at, at + 1, len(heading.group(1)), heading.group(2) or "")
        if _NOISE.match(line) or _RULE.match(line):
            return self._add(lines, at, at + 1, "noise")
        if line.lstrip().startswith("|"):
            return self._table(lines, at)
        if _ITEM.match(line):
            return self._add(lines, at, self._item_end(lines, at), "item")
        if _UNDERLINE.match(self._line(lines, at + 1)):
            return self._heading(lines, at, at + 2, 1 if "=" in self._line(lines, at + 1) else 2, line)
        return self._paragraph(lines, at)

    def _paragraph(self, lines: list[tuple[int, int]], at: int) -> int:
        if self.is_law and (article := _ARTICLE.match(self._line(lines, at))):
            self.article, self.start_next = article.group(1), True
        close = at + 1
        while close < len(lines) and not self._interrupts(self._line(lines, close)):
            close += 1
        return self._add(lines, at, close, "text")

    def _interrupts(self, line: str) -> bool:
        return bool(
            not line.strip()
            or _FENCE.match(line)
            or _HEADING.match(line)
            or _NOISE.match(line)
            or line.lstrip().startswith("|")
            or _ITEM.match(line)
            or (self.is_law and _ARTICLE.match(line))
        )

    def _item_end(self, lines: list[tuple[int, int]], at: int) -> int:
        """An item goes on over indented lines, also after a blank one, until an item or something else begins."""
        close = at + 1
        while close < len(lines):
            line = self._line(lines, close)
            if not line.strip():
                after = self._line(lines, close + 1)
                if not after[:1].isspace() or not after.strip() or self._interrupts(after):
                    break
            elif self._interrupts(line):
                break
            close += 1
        return close

    def _table(self, lines: list[tuple[int, int]], at: int) -> int:
        cells = (cell.strip() for cell in self._line(lines, at).strip().strip("|").split("|"))
        header = " | ".join(cell for cell in cells if cell)
        first = at
        while at < len(lines) and self._line(lines, at).lstrip().startswith("|"):
            at = self._add(lines, at, at + 1, "row", "" if at == first else _clean_heading(header))
        return at

    def _heading(self, lines: list[tuple[int, int]], at: int, close: int, level: int, title: str) -> int:
        if self.pending and self.path and self.path[-1][0] >= level:
            self._flush_heading()  # its section is empty; a deeper heading would carry it on in its path
        self.path = [(above, name) for above, name in self.path if above < level]
        outer = self._path()
        if name := _clean_heading(title):
            self.path.append((level, name))
        self.article = ""
        start, end = lines[at][0], lines[close - 1][1]
        self.pending = self._trimmed(start, end, "heading", outer) if name else None
        self.start_next = True
        return close

    def _flush_heading(self) -> None:
        if self.pending:
            self.found.append(self.pending)
            self.pending = None

    def _path(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.path)

    def _trimmed(self, start: int, end: int, kind: str, heading: tuple[str, ...], context: str = "") -> Block:
        piece = self.text[start:end]
        start += len(piece) - len(piece.lstrip())
        block = Block(start, start + len(piece.strip()), kind, heading, self.start_next, context)
        self.start_next = False
        return block

    def _add(self, lines: list[tuple[int, int]], at: int, close: int, kind: str, context: str = "") -> int:
        start, end = lines[at][0], lines[close - 1][1]
        if kind != "noise":
            self.pending = None
        self.found.append(self._trimmed(start, end, kind, self._path(), context or self.article))
        return close

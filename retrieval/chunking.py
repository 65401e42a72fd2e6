"""Cut a document into passages that can be retrieved and cited: Markdown-aware, exact spans, nothing lost.

A passage never crosses a heading, a statute article ("第十二条 …") or an HTML comment. Front matter and comments are
not indexed; a heading is not part of the text under it but its `heading` (a section without any text is its heading).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil

from retrieval.language import detect
from retrieval.markdown_blocks import Block, blocks
from retrieval.sentences import Span, sentences

__all__ = ["CHUNKER_VERSION", "MAX_TOKENS", "TARGET_TOKENS", "Span", "estimate_tokens", "sentences", "split"]

CHUNKER_VERSION = "markdown-2"
TARGET_TOKENS = 250
MAX_TOKENS = 375  # with title and heading still below the 512 tokens that e5 reads
_SCRAP = 60  # tokens; a last step alone ("Click Save.") is found by its heading and answers nothing

_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_SPACE = re.compile(r"\s+")
_CLAUSE_END = re.compile(r"[；;，,、：:]\s*|\s+")
_TOKENS_PER_HAN = 0.7
_CHARACTERS_PER_TOKEN = 3.6


@dataclass(frozen=True, slots=True)
class _Atom:
    """The smallest piece that a passage is packed from."""

    start: int
    end: int
    tokens: int
    context: str
    introduces: bool  # ends with a colon: belongs to what follows


def estimate_tokens(text: str) -> int:
    """Tokens that a multilingual SentencePiece model makes of `text`: 0.7 a Han character, 1/3.6 any other."""
    han = len(_HAN.findall(text))
    return ceil(_TOKENS_PER_HAN * han + (len(_SPACE.sub("", text)) - han) / _CHARACTERS_PER_TOKEN)


def split(text: str, *, title: str = "", language: str | None = None) -> list[Span]:
    """Passages of about `TARGET_TOKENS`, in order and without overlap, each with `text[start:end] == span.text`.

    `title` is left out of headings that repeat it. `language` ("zh" or "en") is detected when None.
    """
    language = language or detect(text)
    spans: list[Span] = []
    for section in _sections(blocks(text)):
        heading = " > ".join(part for part in section[0].heading if part != title.strip())
        for number, group in enumerate(_pack(_atoms(text, section, language))):
            context = group[0].context if number else ""
            start, end = group[0].start, group[-1].end
            spans.append(Span(start, end, " > ".join(part for part in (heading, context) if part), text[start:end]))
    return spans


def _sections(found: Sequence[Block]) -> Iterator[list[Block]]:
    """Runs of blocks that may share a passage, without noise at their ends; a run of only noise is left out."""
    section: list[Block] = []
    for block in [*found, None]:
        if section and (block is None or block.starts_passage or block.heading != section[0].heading):
            content = [number for number, member in enumerate(section) if member.kind != "noise"]
            if content:
                yield section[content[0] : content[-1] + 1]
            section = []
        if block is not None:
            section.append(block)


def _atoms(text: str, section: Sequence[Block], language: str) -> list[_Atom]:
    atoms = []
    for block in section:
        for start, end in _cut(text, block.start, block.end, language):
            piece = text[start:end]
            tokens = 0 if block.kind == "noise" else estimate_tokens(piece)
            atoms.append(_Atom(start, end, tokens, block.context, piece.rstrip("*_ ").endswith((":", "："))))
    return atoms


def _pack(atoms: Sequence[_Atom]) -> Sequence[Sequence[_Atom]]:
    """Neighbours packed into passages of even size: three of 200 tokens rather than two of 250 and one of 100, and no
    scrap at the end where the passage before has room for it."""
    total = _tokens(atoms)
    if total <= TARGET_TOKENS * 1.3:
        return [atoms] if atoms else []
    target = total / ceil(total / TARGET_TOKENS)
    packed: list[Sequence[_Atom]] = []
    first, size = 0, 0
    for number, atom in enumerate(atoms):
        over = size + atom.tokens
        # Close before this atom when that comes nearer to the target than closing after it.
        if number > first and (over > MAX_TOKENS or over - target > target - size):
            close = number - 1 if atoms[number - 1].introduces and number - 1 > first else number
            packed.append(atoms[first:close])
            first, size = close, _tokens(atoms[close:number])
        size += atom.tokens
    last = atoms[first:]
    if packed and size < _SCRAP and size + _tokens(packed[-1]) <= MAX_TOKENS:
        last = [*packed.pop(), *last]
    return [*packed, last]


def _tokens(atoms: Sequence[_Atom]) -> int:
    return sum(atom.tokens for atom in atoms)


def _cut(text: str, start: int, end: int, language: str) -> Iterator[tuple[int, int]]:
    """The block itself if a passage can hold it, else its sentences, clauses or, at last, equal parts."""
    piece = text[start:end]
    if estimate_tokens(piece) <= MAX_TOKENS:
        yield start, end
        return
    borders = [span.start for span in sentences(piece, language)][1:]
    for low, high in _between(borders, len(piece)):
        if estimate_tokens(piece[low:high]) <= TARGET_TOKENS:
            yield from _stripped(text, start + low, start + high)
            continue
        clauses = [match.end() for match in _CLAUSE_END.finditer(piece, low, high - 1)]
        for left, right in _between(clauses, high, low):
            for at in range(left, right, TARGET_TOKENS):
                yield from _stripped(text, start + at, start + min(at + TARGET_TOKENS, right))


def _between(borders: Sequence[int], end: int, start: int = 0) -> Iterator[tuple[int, int]]:
    for border in borders:
        if border > start:
            yield start, border
            start = border
    if start < end:
        yield start, end


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    if piece.strip():
        yield start, start + len(piece.strip())

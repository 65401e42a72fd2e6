"""The sentences of a passage as a reply may quote them: each one says something by itself.

A line that announces a list ("提交申请：") is joined with what it announces, a sentence that leans on the one before it
("但…", "However, …") is joined with that one, a question is not quoted, the head of a table neither.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from retrieval.draft.rendering import plain_text
from retrieval.sentences import Span, sentences
from retrieval.sparse import stem

SHORT, LONG = 6, 320  # characters: fewer are a heading, more are not read by anybody
_JOINED = 220  # of a list with its lead-in, of a sentence with the one before
_HAN_RUN = re.compile(r"[一-鿿]+")
_LATIN_RUN = re.compile(r"[a-z0-9]+(?:[.-][0-9]+)*")
_ITEM = re.compile(r"[ \t>]*(?:[-*+•]|\d{1,3}[.)、])[ \t]*$")
_ITEM_TEXT = re.compile(r"[（(](?:[一二三四五六七八九十]+|\d{1,2})[）)]|[一二三四五六七八九十]{1,3}、|[①-⑳]")
_LEAD_IN = (":", "：")
_QUESTION = ("?", "？")
_LEANING = re.compile(
    r"但(?!凡)|不过|然而|否则|因此|所以|此外|另外|同时|其中|这[些是种样时个]|该(?!类)|其(?![他它实次])|它|他们?|她|此|上述|前款|反之|而且|并且|并|则|也|还"
    r"|\b(?:however|but|otherwise|therefore|thus|in this case|then|this|these|those|they|it|he|she|such|also"
    r"|in addition|if so|instead|for example)\b",
    re.IGNORECASE,
)
_SENTENCE_MARK = re.compile(r"[。！!；;，,.：:]|\d")


@dataclass(frozen=True, slots=True)
class Unit:
    """`position` counts from 0 in the passage; `leaning`: it refers to something that is not in it.

    `asks`: a question, never quoted. `empty`: a heading, or announces a list that is not there.
    """

    text: str
    terms: frozenset[str]
    position: int
    leaning: bool = False
    asks: bool = False
    empty: bool = False
    item: bool = False  # of a list that nothing announces but the heading


def terms_of(text: str) -> frozenset[str]:
    """Stems, numbers and, since Chinese words are cut differently each time, pairs of characters."""
    pairs = {run[i : i + 2] for run in _HAN_RUN.findall(text) for i in range(len(run) - 1)}
    return frozenset(pairs.union(map(stem, _LATIN_RUN.findall(text.lower()))))


@lru_cache(maxsize=2048)
def units(text: str, language: str) -> tuple[Unit, ...]:
    """The quotable units of a passage in order, kept since popular passages come again and again."""
    spans = list(_without_table_heads(sentences(text, language)))
    shown = [plain_text(span.text) for span in spans]
    items = [_is_item(text, span, line) for span, line in zip(spans, shown, strict=True)]
    rows = [span.text.startswith("|") for span in spans]
    listed = [item or row for item, row in zip(items, rows, strict=True)]
    found: list[Unit] = []
    place = 0
    while place < len(shown):
        line = shown[place]
        if line.endswith(_LEAD_IN) and place + 1 < len(shown):
            end = place + 1
            while end < len(shown) and (listed[end] or end == place + 1) and not shown[end].endswith(_LEAD_IN):
                end += 1
            # A table is read at a glance, and a single row of it answers another question.
            for joined in _announced(line, shown[place + 1 : end], LONG if rows[place + 1] else _JOINED):
                _add(found, joined)
            place = max(end, place + 1)
            continue
        if found and _LEANING.match(line) and not items[place]:
            before = found[-1]
            joined = f"{before.text}{'' if language == 'zh' else ' '}{line}"
            if len(joined) <= _JOINED and not (before.asks or before.empty or "\n" in before.text):
                found[-1] = _unit(joined, before.position, leaning=before.leaning)
            else:
                _add(found, line, leaning=True)
        else:
            _add(found, line, leaning=bool(_LEANING.match(line)), item=items[place])
        place += 1
    return tuple(found)


def _add(found: list[Unit], text: str, leaning: bool = False, item: bool = False) -> None:
    if SHORT <= len(text) <= LONG:
        found.append(replace(_unit(text, len(found), leaning), item=item))


def _unit(text: str, position: int, leaning: bool = False) -> Unit:
    empty = text.endswith(_LEAD_IN) or _is_heading(text)
    return Unit(text, terms_of(text), position, leaning, text.endswith(_QUESTION), empty)


def _is_heading(text: str) -> bool:
    """A short line that no mark ends or divides, or without any word: it names what follows."""
    words = len(text) if _HAN_RUN.search(text) else len(text.split())
    if not re.search(r"[^\W\d_]{2}", text):
        return True  # a date, a number
    return words <= (16 if _HAN_RUN.search(text) else 4) and not _SENTENCE_MARK.search(text)


def _without_table_heads(spans: Sequence[Span]) -> Iterator[Span]:
    for place, span in enumerate(spans):  # the head of a table names its columns and states nothing
        if not span.text.startswith("|") or (place > 0 and spans[place - 1].text.startswith("|")):
            yield span


def _is_item(text: str, span: Span, shown: str) -> bool:
    line_start = text.rfind("\n", 0, span.start) + 1
    return bool(_ITEM.fullmatch(text, line_start, span.start) or _ITEM_TEXT.match(shown))


def _announced(lead: str, items: Sequence[str], limit: int) -> Iterator[str]:
    """The whole list after its lead-in if both have at most `limit` characters, else each item after it, on lines of
    their own as there."""
    if not items:
        yield lead
        return
    whole = "\n".join((lead, *items))
    if len(whole) <= limit:
        yield whole
    else:
        yield from (f"{lead}\n{item}" for item in items)

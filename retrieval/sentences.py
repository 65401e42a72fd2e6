"""Sentences of Chinese and English text, as exact spans into it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Span:
    """A piece of a source text: `source[start:end] == text`, offsets in characters. `heading` is where it stands."""

    start: int
    end: int
    heading: str
    text: str


_CLOSERS = "”’\"'」』】》〉）)]}*_"
_URL = re.compile(
    r"(?:https?://|www\.)[^\s\u3000-\u303f\u4e00-\u9fff\uff00-\uffef<>]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.ASCII
)
_END = re.compile(rf"(?:[。！？!?]+|…{{2,}}|\.+)[{re.escape(_CLOSERS)}]*")
_MARKER = re.compile(r"[ \t>]*(?:(?:[-*+•]|\d{1,3}[.)]|#{1,6})[ \t]+)?")
_HAS_CONTENT = re.compile(r"\w")
_TABLE_RULE = re.compile(r"[|:\-\s]+")
_WORD_BEFORE = re.compile(r"[A-Za-z.]+$")
_LIST_NUMBER = re.compile(r"[ \t>#*_]*\d{1,3}")
_NEXT = re.compile(r"[ \t]*(\S)")

# After these the sentence goes on, whatever follows; they also are abbreviations that never end one.
_ABBREVIATION = re.compile(
    r"e\.g|i\.e|eg|ie|vs|cf|al|approx|dept|figs|nos|vol|pp|mr|mrs|ms|dr|prof|sr|jr|st|mt|rev|hon|gen|col|sgt|capt|jan|"
    r"feb|apr|jun|jul|aug|sept?|oct|nov|dec|tue|thu|fri|ext|tel"
)
# These are words too, or also end sentences: they go on only to a number ("No. 5", "Mar. 3").
_BEFORE_NUMBER = re.compile(r"no|mar|sat|sun|mon|wed|min|max|fig|etc|inc|ltd|co|corp|u\.s|u\.k|a\.m|p\.m|est")


def sentences(text: str, language: str) -> list[Span]:
    """The sentences of `text` in order, without list markers, headings' hashes and surrounding space.

    Ends are 。！？!? and … for both languages, "." where a sentence can end (not in 3.5, a URL, "No. 5", "e.g." or
    a list number) and line breaks, unless the next line visibly goes on. `language`: an English line that is followed
    by a lower-case letter is taken to be wrapped, a Chinese one is not.
    """
    spans = []
    for start, end in _pieces(text, language):
        marker = _MARKER.match(text, start, end)
        start = marker.end() if marker else start
        piece = text[start:end]
        start += len(piece) - len(piece.lstrip())
        piece = piece.strip()
        if piece and _HAS_CONTENT.search(piece) and not _TABLE_RULE.fullmatch(piece):
            spans.append(Span(start, start + len(piece), "", piece))
    return spans


def _pieces(text: str, language: str) -> Iterator[tuple[int, int]]:
    shielded = [match.span() for match in _URL.finditer(text)]
    shield_starts = [start for start, _ in shielded]
    breaks = [match.end() for match in _END.finditer(text) if _ends_sentence(text, match, shielded, shield_starts)]
    breaks += [match.end() for match in re.finditer(r"\n\s*", text) if _line_ends(text, match, language)]
    start = 0
    for position in sorted(set(breaks)):
        yield start, position
        start = position
    if start < len(text):
        yield start, len(text)


def _ends_sentence(text: str, match: re.Match[str], shielded: list[tuple[int, int]], shield_starts: list[int]) -> bool:
    mark, start, end = match.group(), match.start(), match.end()
    if mark[0] in "。！？…":
        return True
    nearest = bisect_right(shield_starts, start) - 1
    if nearest >= 0 and shielded[nearest][1] > start and not _closes_url(text, shielded[nearest], start, end):
        return False
    following = text[end : end + 1]
    if mark[0] in "!?":
        return not following or not (following.isascii() and following.isalnum())
    if following and not following.isspace() and following.isascii():
        return False
    rest = _NEXT.match(text, end)
    goes_on = rest.group(1) if rest else ""
    if goes_on.islower() or goes_on in {",", ";", "，", "、"}:
        return False
    if mark.startswith(".."):
        return True
    line_start = text.rfind("\n", 0, start) + 1
    if _LIST_NUMBER.fullmatch(text, line_start, start):
        return False
    before = _WORD_BEFORE.search(text, max(line_start, start - 24), start)
    word = before.group().lower() if before else ""
    if _BEFORE_NUMBER.fullmatch(word):
        return not goes_on.isdigit()
    if _ABBREVIATION.fullmatch(word):
        return not goes_on
    return not (len(word) == 1 and word != "i" and goes_on.isupper())  # an initial: "J. Smith"


def _closes_url(text: str, url: tuple[int, int], start: int, end: int) -> bool:
    """A URL swallows the full stop after it; what is at its very end, before space, is punctuation."""
    return end >= url[1] and (end == len(text) or text[end].isspace() or not text[end].isascii())


def _line_ends(text: str, match: re.Match[str], language: str) -> bool:
    if match.group().count("\n") > 1:
        return True
    before = text[max(0, match.start() - 64) : match.start()].rstrip()
    previous, following = before[-1:], text[match.end() : match.end() + 1]
    if previous in "，、,":
        return False
    return language == "zh" or not following.islower()

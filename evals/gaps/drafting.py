"""An article from what agents answered: their sentences, each with the replies that say it. Nothing is made up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from evals.gaps.conflicts import Statement, conflict
from knowledge.similarity import jaccard, shingles
from retrieval.sentences import sentences
from retrieval.verify import carries_instruction, has_placeholder, is_courtesy, surface_problems
from retrieval.verify.sentence import ACTION

MOST: Final = 8  # sentences of a draft
_SAME: Final = 0.6  # Jaccard similarity of character 3-grams: as two answers of cases are taken to say the same
_TITLE: Final = 80
_POLITE: Final = re.compile(
    r"\W*(?:感谢|谢谢|多谢|抱歉|非常抱歉|很抱歉|不好意思|祝您|欢迎再次|thank|thanks|sorry|we apologi[sz]e|have a )",
    re.IGNORECASE,
)  # how a sentence begins that an agent writes and an article does not


@dataclass(frozen=True, slots=True)
class Reply:
    """What an agent answered, without personal data."""

    case_id: int
    ticket_id: int | None
    text: str


@dataclass(slots=True)
class _Point:
    text: str
    grams: frozenset[str]
    replies: list[int]
    place: float
    disputed: bool = False


def draft_article(question: str, replies: Sequence[Reply], language: str) -> dict[str, Any] | None:
    """{title, language, sentences: [{text, replies, disputed}]}; None when no sentence says something in general.

    `replies` are numbers from 0. Left out: courtesies, what was said of one customer's case (blanks, "I have …"), and
    what could be an order to a model. What most replies say comes in, in the order of the replies; `disputed`: another
    reply says the opposite.
    """
    points: list[_Point] = []
    others: list[str] = []
    for number, reply in enumerate(replies):
        said = sentences(reply.text, language)
        for at, span in enumerate(said):
            if not _general(span.text):
                continue
            others.append(span.text)
            grams = shingles(span.text)
            same = next((one for one in points if _says_the_same(one, span.text, grams)), None)
            if same is None:
                points.append(_Point(span.text, grams, [number], at / len(said)))
            elif number not in same.replies:
                same.replies.append(number)
    if not points:
        return None
    for point in points:
        point.disputed = any(conflict(Statement("", point.text), Statement("", other)) for other in others)
    best = sorted(points, key=lambda one: (-len(one.replies), one.replies[0], one.place))[:MOST]
    best.sort(key=lambda one: (one.place, one.replies[0]))
    kept = [{"text": one.text, "replies": one.replies, "disputed": one.disputed} for one in best]
    return {"title": _title(question), "language": language, "sentences": kept}


def body_of(draft: dict[str, Any]) -> str:
    """The text of the article to be edited: a sentence a line, as a list when there are several."""
    lines = [str(one["text"]) for one in draft["sentences"]]
    return lines[0] if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _general(text: str) -> bool:
    return not (
        len(text) < 4
        or is_courtesy(text)
        or _POLITE.match(text)
        or has_placeholder(text)
        or carries_instruction(text)
        or surface_problems(text)
        or ACTION.search(text.casefold())
    )


def _says_the_same(point: _Point, text: str, grams: frozenset[str]) -> bool:
    if jaccard(point.grams, grams) < _SAME:
        return False
    return conflict(Statement("", point.text), Statement("", text)) is None


def _title(question: str) -> str:
    first = " ".join(question.split())
    return first if len(first) <= _TITLE else first[: _TITLE - 1] + "…"

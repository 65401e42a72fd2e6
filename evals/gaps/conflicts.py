"""Whether two sentences that say nearly the same contradict each other: a number, a party, what is allowed.

Words, quantities and negation are those of verification (`retrieval.verify`). Two sentences are compared only when they
share nearly all content words, so that "members: 15 days" does not contradict "others: 7 days", and when the titles
of their sources do not name two things ("phone warranty", "kettle warranty"). Rules were adjusted on the development
half of `evals/data/contradictions.jsonl` (`copilot eval gaps`). Sentences of two languages are not compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from retrieval.verify import lexicon as lex
from retrieval.verify.parse import Parsed, is_light, is_soft, parse, words_of
from retrieval.verify.quantities import Match, Quantity, comparable, compare

SHARED: Final = 0.8  # of the content words of both, those that both have
_TITLES: Final = frozenset(
    ("政策", "说明", "规则", "须知", "介绍", "指南", "问题", "常见", "关于", "多久", "联系",
     "policy", "rule", "guid", "faq", "about", "how", "what", "question", "info", "help")
)  # fmt: skip
# Of the groups of which one thing is true at most, these say something about the subject; the others (a colour, a day,
# a way to pay) are the subject itself, so that two of them are two subjects.
_STATED: Final = tuple(
    group for group in lex.GROUPS if group[0] in ("卖家", "merchant", "免费", "自动", "automat", "includ", "包含")
)
_STATED_WORDS: Final = frozenset(word for group in _STATED for word in group)
_HOURS: Final = {"hour": 1, "day": 24, "week": 168}
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


class Differs(StrEnum):
    NUMBER = "number"
    POLARITY = "polarity"
    WORD = "word"  # the buyer, the seller; free, at a charge


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence with the title that it stands under."""

    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """What differs, and how each side has it ("" where it is the whole sentence)."""

    differs: Differs
    left: str
    right: str


def conflict(left: Statement, right: Statement) -> Conflict | None:
    """None when they agree, speak of two things, or cannot be compared."""
    one, other = parse(left.text), parse(right.text)
    mine, theirs = _content(one), _content(other)
    if not mine or not theirs or _order(one) != _order(other):
        return None
    both, either = mine & theirs, mine | theirs
    if len(both) < SHARED * len(either) or _of_two_things(left, right):
        return None
    return _number(one, other) or _word(one, other) or _polarity(one, other, both)


def content_words(text: str) -> frozenset[str]:
    """What `SHARED` is a share of."""
    return frozenset(_content(parse(text)))


def _content(parsed: Parsed) -> set[str]:
    """Words that tell what is spoken of."""
    words = (word for clause in parsed.clauses for word in clause.words)
    return {w for w in words if w[0] not in "⊖⊕\x00" and not is_soft(w) and w not in _STATED_WORDS and not is_light(w)}


def _order(parsed: Parsed) -> set[str]:
    return {word for clause in parsed.clauses for word in clause.words if word in (lex.BEFORE, lex.AFTER)}


def _of_two_things(left: Statement, right: Statement) -> bool:
    """Each title names something that is nowhere in the other source's title or sentence."""

    def own(title: str, other: Statement) -> set[str]:
        known = set(words_of(f"{other.title}\n{other.text}"))
        text = f"{other.title}{other.text}".casefold()
        return {
            w
            for w in words_of(title)
            if w[0] not in "⊖⊕\x00" and not is_soft(w) and w not in _TITLES and w not in known and w not in text
        }

    return bool(own(left.title, right)) and bool(own(right.title, left))


def _number(left: Parsed, right: Parsed) -> Conflict | None:
    mine, theirs = [q for _, q in left.quantities], [q for _, q in right.quantities]
    if not mine or len(mine) != len(theirs):
        return None
    pairs = list(zip(mine, theirs, strict=True))
    if any(not comparable(a, b) and a.kind != "id" for a, b in pairs):
        return None
    for a, b in pairs:
        if not _same(a, b):
            return Conflict(Differs.NUMBER, a.text, b.text)
    return None


def _same(a: Quantity, b: Quantity) -> bool:
    if compare(a, b) in (Match.SAME, Match.DOUBTFUL):
        return True
    for scale in (_HOURS, _MONTHS):
        if a.unit in scale and b.unit in scale:
            try:
                return Decimal(a.value) * scale[a.unit] == Decimal(b.value) * scale[b.unit]
            except InvalidOperation:  # a range
                return a.value == b.value
    if a.kind == "duration" and a.unit != b.unit:
        return True  # 30 days and a month, 7 days and 5 working days: nobody can tell
    return a.unit != b.unit and a.kind != "amount"


def _word(left: Parsed, right: Parsed) -> Conflict | None:
    for group in _STATED:
        mine, theirs = (
            {word for clause in side.clauses for word in clause.words if word in group} for side in (left, right)
        )
        if mine and theirs and not mine & theirs:
            return Conflict(Differs.WORD, ", ".join(sorted(mine)), ", ".join(sorted(theirs)))
    return None


def _polarity(left: Parsed, right: Parsed, shared: set[str]) -> Conflict | None:
    mine, theirs = (_denied(side, shared) for side in (left, right))
    if mine != theirs and (not mine or not theirs):
        return Conflict(Differs.POLARITY, "", "")
    return None


def _denied(parsed: Parsed, shared: set[str]) -> set[str]:
    """The shared words that are negated, and the operators that are."""
    tokens = (token for clause in parsed.clauses for token in clause.tokens)
    return {t.word for t in tokens if t.negation and (t.word in shared or t.word in lex.OPERATORS)}

"""What an edit changed: sentence by sentence, and what kind of change each is. Pure: no database, no model.

The kinds are a proposal to the agent, by rules: numbers, dates and amounts that differ are `fact`; a negation, a
permission, an obligation or a condition that differs is `policy`; new sentences that claim something are `missing`;
only courtesies or words of grammar differ: `tone`; a sentence was left out, or the text is far shorter or longer:
`length`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final, Literal

from retrieval.language import detect
from retrieval.sentences import sentences
from retrieval.types import Draft
from retrieval.verify import is_courtesy
from retrieval.verify.lexicon import NOT, OPERATORS
from retrieval.verify.parse import Parsed, parse, words_of

Kind = Literal["fact", "policy", "tone", "missing", "length"]
KINDS: Final[tuple[Kind, ...]] = (
    "fact",
    "policy",
    "tone",
    "missing",
    "length",
)  # what an agent says was wrong with a draft
ALIKE: Final = 0.35  # of two sentences' canonical words (Dice): below, one was not made from the other
_LENGTH_FACTOR: Final = 1.5


@dataclass(frozen=True, slots=True)
class Change:
    """A sentence before and after; "" for one that was added or left out. `documents` are what the draft's sentence
    cites ("article:12"), without the customer's own records."""

    before: str
    after: str
    kinds: tuple[Kind, ...]
    documents: tuple[str, ...] = ()


def changes(draft: Draft, sent: str) -> list[Change]:
    """How `sent` differs from the draft, in the draft's order, then what was added. Equal sentences are left out."""
    return _changes([(s.text, _documents(draft, s.citations)) for s in draft.sentences], sent)


def propose_kinds(before: str, after: str) -> tuple[Kind, ...]:
    """The kinds of an edit from `before` to `after`, in the order of `KINDS`; () when nothing but spaces differs."""
    if _plain(before) == _plain(after):
        return ()
    changed = _changes([(text, ()) for text in _sentences(before)], after)
    found: set[Kind] = {kind for change in changed for kind in change.kinds}
    shorter, longer = sorted((len(_plain(before)), len(_plain(after))))
    if changed and longer > _LENGTH_FACTOR * max(shorter, 1) and not found & {"fact", "policy", "missing"}:
        found.add("length")
    return tuple(kind for kind in KINDS if kind in found)


def _changes(drafted: Sequence[tuple[str, tuple[str, ...]]], sent: str) -> list[Change]:
    written = _sentences(sent)
    left = Counter(_plain(text) for text in written)
    open_before: list[tuple[str, tuple[str, ...]]] = []
    for text, documents in drafted:
        if left[_plain(text)] > 0:
            left[_plain(text)] -= 1
        else:
            open_before.append((text, documents))
    open_after: list[str] = []
    for text in reversed(written):  # of equal sentences the first stands for the draft's
        if left[_plain(text)] > 0:
            left[_plain(text)] -= 1
            open_after.insert(0, text)
    found = []
    for text, documents in open_before:
        best = max(open_after, key=lambda other: _likeness(text, other), default="")
        if best and _likeness(text, best) >= ALIKE:
            open_after.remove(best)
        else:
            best = ""
        found.append(Change(text, best, _kinds(text, best), documents))
    return [*found, *(Change("", text, _kinds("", text)) for text in open_after)]


def _kinds(before: str, after: str) -> tuple[Kind, ...]:
    if all(is_courtesy(text) for text in (before, after) if text):
        return ("tone",)
    if not before:
        return ("missing",)
    if not after:
        return ("length",)
    old, new = parse(before), parse(after)
    kinds: list[Kind] = []
    if _quantities(old) != _quantities(new):
        kinds.append("fact")
    if _terms(before, old) != _terms(after, new):
        kinds.append("policy")
    if kinds:
        return tuple(kinds)
    if Counter(words_of(before)) == Counter(words_of(after)):
        return ("tone",)  # other words of grammar, another order
    shorter, longer = sorted((len(_plain(before)), len(_plain(after))))
    return ("length",) if longer > _LENGTH_FACTOR * shorter else ("tone",)


def _quantities(parsed: Parsed) -> Counter[tuple[str, str, str, str]]:
    return Counter((q.kind, q.value, q.unit, q.comparator) for _, q in parsed.quantities)


def _terms(text: str, parsed: Parsed) -> tuple[Counter[str], int]:
    """Operators with what is denied, and how many clauses are conditions."""
    denied = Counter(word for word in words_of(text) if word in OPERATORS or word == NOT)
    return denied, sum(bool(clause.conditional or clause.tail) for clause in parsed.clauses)


def _likeness(left: str, right: str) -> float:
    first, second = Counter(words_of(left)), Counter(words_of(right))
    total = sum(first.values()) + sum(second.values())
    dice = 2 * sum((first & second).values()) / total if total else 0.0
    return max(dice, SequenceMatcher(None, _plain(left), _plain(right), autojunk=False).ratio() - 0.15)


def _documents(draft: Draft, numbers: Sequence[int]) -> tuple[str, ...]:
    cited = [c for c in draft.citations if c.number in numbers and c.source_kind in ("article", "case")]
    return tuple(dict.fromkeys(c.document_id for c in cited))


def _sentences(text: str) -> list[str]:
    return [span.text for span in sentences(text, detect(text))]


def _plain(text: str) -> str:
    return "".join(text.split())

"""Chooses the sentences of the retrieved passages that answer the question. Lexical: no second encoder call.

Each sentence gets the probability that it holds the answer: a logistic model of the question's terms that it, its
title or the sentence before it has (rare ones among the hits count more), whether it has the kind of value that is
asked for (how long: a duration; most of all where a number is asked for), where it stands and how good its passage is.
The weights were fitted on questions with marked answers (`python -m evals.drafting_fit`, see
docs/benchmarks-drafting.md).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import lru_cache
from math import exp, log
from operator import mul
from typing import NamedTuple

from retrieval.draft.kinds import asked_kinds, asks_quantity, gives
from retrieval.draft.units import Unit, terms_of, units
from retrieval.sparse import tokenize
from retrieval.types import Hit
from retrieval.verify import carries_instruction, surface_problems
from retrieval.verify.parse import is_soft

PASSAGES_READ = 4
MAX_SENTENCES = 3
_ALSO = 0.4  # a further sentence is stated when it is at least this likely to answer
_OWN = 0.4  # weight of a passage's own score against the score of its document's best
_PAIR = 0.5  # weight of a pair of characters against a word
_ASKING = re.compile(
    r"(?:多少|几)个?(?:天|小时|分钟|工作日|星期|周|月|年)|什么时候|多少钱|多少|多久|多长时间|什么|怎么办|怎么样|怎么|怎样|如何"
    r"|为什么|谁|哪里|哪儿|到哪|哪个|哪些|能不能|可不可以|可以|是否|能否|请问|你们|我们|我的|我想|一下|[我你您吗呢吧啊了能想要会]"
    r"|\bhow many (?:days|hours|minutes|weeks|months|years)\b|\bhow (?:many|much|long|soon|old|far)\b|\bby when\b"
    r"|\b(?:some|any)thing\b",
    re.IGNORECASE,
)
_UNDER_WAY = 4  # questions; what one answer asks for again and again is found once
FEATURES = (
    "coverage", "context", "before", "prior", "first", "kind", "kind_missing", "opening", "late", "length", "new",
    "leaning", "foreign", "best_here", "after", "unmeasured",
)  # fmt: skip
# Fitted, but for `context`, `leaning` and `foreign` (no titles and one language in the questions it was fitted on) and
# for place, length and coverage (fitted as opening 0.95, late -0.5, length 0.95, coverage 1.9): web answers begin with
# the answer, help articles with an introduction. On the selection half the milder weights win 2 to 5 points on two sets
# and lose 3 on the third. `unmeasured`, a sentence without the number that was asked for, is set by hand too: from -1.5
# on the questions for a quantity of the selection half win 4 points, and those of the report half stay.
BIAS = -8.15
WEIGHTS: Mapping[str, float] = {
    "coverage": 2.3, "context": 1.9, "before": 0.95, "prior": 4.5, "first": 1.55, "kind": 0.3, "kind_missing": -0.5,
    "opening": 0.4, "late": -0.3, "length": 0.6, "new": -1.35, "leaning": -0.3, "foreign": -0.7,
    "best_here": 0.35, "after": -0.6, "unmeasured": -2.5,
}  # fmt: skip
_WEIGHTS = tuple(WEIGHTS[name] for name in FEATURES)


@dataclass(frozen=True, slots=True)
class Candidate:
    """`score` is the model's log odds; `coverage` the weighted share of the question's terms in it and its title."""

    hit: Hit
    rank: int  # of the passage, from 0
    position: int  # of the sentence in its passage, from 0
    text: str
    score: float
    coverage: float

    @property
    def probability(self) -> float:
        return 1 / (1 + exp(-self.score))


def _passage_terms(hit: Hit) -> frozenset[str]:
    passage = hit.passage
    return _terms(f"{passage.title} {passage.heading} {passage.answer}", passage.text, passage.language)


@lru_cache(maxsize=2048)
def _terms(head: str, text: str, language: str) -> frozenset[str]:
    return terms_of(head).union(*(unit.terms for unit in units(text, language)))


@lru_cache(maxsize=2048)
def _head_terms(title: str, heading: str) -> frozenset[str]:
    return terms_of(f"{title} {heading}")


def term_weights(question: str, hits: Sequence[Hit]) -> dict[str, float]:
    """The question's terms with their inverse document frequency among `hits`: what all have does not tell which.

    A pair of characters that is no word counts half.
    """
    texts = [_passage_terms(hit) for hit in hits]
    weights = {}
    for term, share in read_question(question).weighted:
        frequency = sum([term in text for text in texts])
        weights[term] = log(1 + (len(hits) + 1) / (frequency + 0.5)) * share
    return weights


class AskedFor(NamedTuple):
    """What is read from a question alone."""

    terms: frozenset[str]  # all of them
    weighted: tuple[tuple[str, float], ...]  # those that tell what is asked about
    kinds: tuple[int, ...]
    quantity: bool


@lru_cache(maxsize=_UNDER_WAY)
def read_question(question: str) -> AskedFor:
    """Kept for the questions under way, so that it can be done while their passages are searched."""
    bare = _ASKING.sub(" ", question)
    words = {word for word in tokenize(bare) if not is_soft(word)}
    weighted = tuple(
        (term, 1.0 if term in words else _PAIR)
        for term in terms_of(bare)
        if term in words or (not term.isascii() and not is_soft(term))
    )
    return AskedFor(terms_of(question), weighted, tuple(asked_kinds(question)), asks_quantity(question))


def passage_coverage(weights: Mapping[str, float], hit: Hit) -> float:
    """Weighted share of the question's terms that the passage has, its title included."""
    return _share(weights, _passage_terms(hit))


def text_coverage(weights: Mapping[str, float], text: str) -> float:
    """The same for a text alone."""
    return _share(weights, terms_of(text))


def _share(weights: Mapping[str, float], terms: AbstractSet[str]) -> float:
    total = sum(weights.values())
    return sum([weights[term] for term in weights.keys() & terms]) / total if total else 0.0


def candidates(question: str, hits: Sequence[Hit], language: str) -> list[Candidate]:
    """All sentences of the best passages, best first. Passages that give orders to a model are left out."""
    found = []
    for hit, rank, unit, values in measured(question, hits, language):
        score = BIAS + sum(map(mul, _WEIGHTS, values.values()))
        text = _with_heading(unit, hit.passage.heading)
        found.append(Candidate(hit, rank, unit.position, text, score, values["coverage"] + values["context"]))
    return sorted(found, key=lambda c: -c.score)


def _with_heading(unit: Unit, heading: str) -> str:
    """An item under "We will never" says the contrary without it."""
    last = heading.rsplit(" > ", 1)[-1].strip(" :：")
    if not unit.item or not last or "|" in heading or any(c.isdigit() for c in last):
        return unit.text
    return f"{last}{'：' if any('一' <= c <= '鿿' for c in last) else ':'}\n{unit.text}"


def measured(question: str, hits: Sequence[Hit], language: str) -> list[tuple[Hit, int, Unit, dict[str, float]]]:
    """Every quotable sentence of the best passages and of those beside them: its passage, the rank of its document's
    best from 0, and its features, in the order of `FEATURES`."""
    articles = [
        hit for hit in hits if hit.passage.source_kind != "case"
    ]  # a case is another customer's: adapted, not quoted
    read = [
        (rank, hit)
        for rank, best in enumerate(articles[:PASSAGES_READ])
        for hit in (best, *best.beside)
        if not carries_instruction(hit.passage.text)
    ]
    weights = term_weights(question, [hit for _, hit in read])
    known = frozenset[str]().union(*[_passage_terms(hit) for _, hit in read])
    weights = {term: weight for term, weight in weights.items() if term in known}  # the others tell none from another
    asked, _, kinds, quantity = read_question(question)
    best = max((abs(hit.score) for _, hit in read), default=0.0) or 1.0
    total = sum(weights.values())
    found = []

    def share(terms: AbstractSet[str]) -> float:
        return sum([weights[term] for term in terms]) / total if total else 0.0

    for rank, hit in read:
        passage = hit.passage
        title = _head_terms(passage.title, passage.heading)
        context = weights.keys() & title
        familiar = asked | title
        sentences = units(passage.text, passage.language)
        present = [weights.keys() & unit.terms for unit in sentences]
        shares = [share(terms) for terms in present]
        most = max(shares, default=0.0) or 1.0
        for place, unit in enumerate(sentences):
            if unit.asks or unit.empty:
                continue
            own = shares[place]
            here = present[place] | context
            with_context = own if here == present[place] else share(here)
            before = present[place - 1] if place else frozenset()
            with_previous = with_context if before <= here else share(here | before)
            given = sum([gives(kind, unit.text) for kind in kinds]) / len(kinds) if kinds else 0.0
            found.append((hit, rank, unit, {
                "coverage": own,
                "context": with_context - own,
                "before": with_previous - with_context,
                "prior": max(0.0, _OWN * hit.score + (1 - _OWN) * articles[rank].score) / best,
                "first": float(rank == 0),
                "kind": given,
                "kind_missing": 1 - given if kinds else 0.0,
                "opening": float(place == 0),
                "late": place / len(sentences),
                "length": min(1.0, len(unit.text) / 100),
                "new": min(1.0, len(unit.terms - familiar) / 40),
                "leaning": float(unit.leaning),
                "foreign": float(passage.language != language),
                "best_here": own / most,
                "after": shares[place + 1] if place + 1 < len(shares) else 0.0,
                "unmeasured": float(quantity and not given),
            }))  # fmt: skip
    return found


def select(found: Sequence[Candidate], limit: int = MAX_SENTENCES) -> list[Candidate]:
    """The best sentence and others as likely to answer, in reading order."""
    clean = (candidate for candidate in found if not surface_problems(candidate.text))
    best = next(clean, None)
    if best is None:
        return []
    chosen = [best]
    for candidate in clean:
        if len(chosen) >= limit or candidate.probability < _ALSO:
            break
        if candidate.hit.passage.language == best.hit.passage.language:
            chosen.append(candidate)
    return sorted(chosen, key=lambda c: (c.rank, c.hit.passage.span, c.position))

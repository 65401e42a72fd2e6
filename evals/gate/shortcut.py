"""The same answer as computing every question again, from the part of each question that a change can touch.

What is kept of a question is its two legs and its hits.

1. The dense leg, by far the dearest, is searched again only if a removed passage is in it or an added one comes within
   rounding of its last score (or of anything, when the leg is not full). Else it is the same to the last bit.
2. The sparse leg is searched again if a removed passage is in it, an added one has a term of the question, or the IDF
   of one of its terms has moved. The IDF is a function of N and n, so a change that leaves N as it was moves few terms,
   any other moves all: then every question's sparse leg is computed, as one product of sparse matrices.
3. Hits are fused again where a leg is another one; the fusion is a function of the legs.

No step is a bound on scores, so there is no margin to get wrong; tests/evals/test_gate.py compares with the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from evals.gate.corpus import Asked, Corpus, Flags, Floats, Ints
from evals.gate.fusing import fused_hits
from evals.gate.legs import ROUNDING, Legs, dense_legs, joined, screened, sparse_legs
from retrieval.fusion import LanguageFusion, LinearFusion
from retrieval.types import PassageDoc


@dataclass(frozen=True, slots=True)
class Findings:
    """What questions found: their legs, and the passage ids of their hits in order."""

    dense: Legs
    sparse: Legs
    hits: list[tuple[int, ...]]

    def take(self, places: Sequence[int]) -> Findings:
        at = np.array(places, np.int64)
        return Findings(self.dense.take(at), self.sparse.take(at), [self.hits[one] for one in places])

    def and_then(self, more: Findings) -> Findings:
        return Findings(joined([self.dense, more.dense]), joined([self.sparse, more.sparse]), [*self.hits, *more.hits])


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hits of every question after the change; `recomputed`: places of those that have another leg than before;
    `searched`: how many dense and how many sparse legs were searched again."""

    hits: list[tuple[int, ...]]
    recomputed: tuple[int, ...]
    searched: tuple[int, int] = (0, 0)


def find_all(corpus: Corpus, questions: Sequence[Asked], fusion: LinearFusion | LanguageFusion) -> Findings:
    """Every question over the whole corpus."""
    dense, sparse = dense_legs(corpus, questions), sparse_legs(corpus, questions)
    return Findings(dense, sparse, fused_hits(corpus, questions, dense, sparse, fusion))


def after_change(
    base: Corpus,
    known: Findings,
    questions: Sequence[Asked],
    fusion: LinearFusion | LanguageFusion,
    removed: Collection[int],
    docs: Sequence[PassageDoc],
    vectors: Floats,
) -> tuple[Corpus, Outcome]:
    """The corpus after the change, and every question's hits in it. `known` is what they found in `base`."""
    corpus = base.changed(removed, docs, vectors)
    gone = np.array(sorted(removed), np.int64)
    added = Corpus.of(docs, vectors)
    places = _dense_touched(known.dense, gone, added, questions)
    dense = _again(known.dense, places, dense_legs(corpus, [questions[at] for at in places]))
    again = _sparse_touched(known.sparse, gone, base, corpus, added, questions)
    sparse = _again(known.sparse, again, sparse_legs(corpus, [questions[at] for at in again]))
    differs = _differs(known.dense, dense) | _differs(known.sparse, sparse)
    differs |= known.dense.holds(gone) | known.sparse.holds(gone)  # it may have come back with another language
    recomputed = np.flatnonzero(differs)
    those = [questions[at] for at in recomputed.tolist()]
    fused = fused_hits(corpus, those, dense.take(recomputed), sparse.take(recomputed), fusion)
    hits = list(known.hits)
    for at, found in zip(recomputed.tolist(), fused, strict=True):
        hits[at] = found
    return corpus, Outcome(hits, tuple(recomputed.tolist()), (len(places), len(again)))


def _dense_touched(legs: Legs, gone: Ints, added: Corpus, questions: Sequence[Asked]) -> Ints:
    touched = legs.holds(gone)
    if added.docs:
        best = screened(added, questions)
        touched |= (best > -np.inf) & (best >= legs.last - 2 * ROUNDING)
    return np.flatnonzero(touched)


def _sparse_touched(
    legs: Legs, gone: Ints, base: Corpus, corpus: Corpus, added: Corpus, questions: Sequence[Asked]
) -> Ints:
    moved: dict[int, bool] = {}

    def has_moved(term: int) -> bool:
        if term not in moved:
            moved[term] = base.idf(term) != corpus.idf(term) or added.idf(term) > 0
        return moved[term]

    touched = legs.holds(gone) | np.array([any(map(has_moved, one.terms)) for one in questions], bool)
    return np.flatnonzero(touched)


def _again(legs: Legs, places: Ints, found: Legs) -> Legs:
    return legs.put(places, found) if len(places) else legs


def _differs(before: Legs, after: Legs) -> Flags:
    if before is after:
        return np.zeros(len(before.ids), bool)
    return np.asarray((before.ids != after.ids).any(axis=1) | (before.scores != after.scores).any(axis=1))

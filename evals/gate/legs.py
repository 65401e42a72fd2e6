"""The exact dense and sparse legs of many questions at once.

Dense scores are dot products, sparse ones BM25 with the store's IDF. Fast float32 arithmetic only screens: what could
be among the best is summed in float64, in an order that depends on the passage and the question alone, so that a part
computed again equals the same part of a whole computation to the last bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evals.gate.corpus import Asked, Corpus, Doubles, Flags, Ints
from retrieval.index.legs import Leg
from retrieval.search import LEG_DEPTH

ROUNDING = 1e-4  # more than a float32 product of unit vectors can be off; only screens, never decides
_CELLS = 4_000_000  # of a matrix questions × passages that is held at once
_NOTHING = float(np.finfo(np.float32).min)  # above -inf, below every score


@dataclass(frozen=True, slots=True)
class Legs:
    """One leg of m questions, shape (m, LEG_DEPTH), best first, equal scores by passage id; where a leg is shorter: id
    -1, score -inf."""

    ids: Ints
    scores: Doubles

    @property
    def counts(self) -> Ints:
        return np.asarray((self.ids >= 0).sum(axis=1), np.int64)

    @property
    def last(self) -> Doubles:
        """The lowest score of each full leg; -inf of one that is not: whatever comes belongs to it."""
        return self.scores[:, -1]

    def take(self, places: Ints) -> Legs:
        return Legs(self.ids[places], self.scores[places])

    def put(self, places: Ints, other: Legs) -> Legs:
        """With the rows `places` replaced."""
        ids, scores = self.ids.copy(), self.scores.copy()
        ids[places], scores[places] = other.ids, other.scores
        return Legs(ids, scores)

    def only(self) -> Leg:
        """The one question's leg as a fusion takes it."""
        count = int(self.counts[0])
        return Leg(self.ids[0, :count].tolist(), self.scores[0, :count].tolist(), {})

    def holds(self, passages: Ints) -> Flags:
        """Which questions have one of these passages in their leg."""
        return np.asarray(np.isin(self.ids, passages).any(axis=1)) if len(passages) else np.zeros(len(self.ids), bool)


def joined(parts: Sequence[Legs]) -> Legs:
    if not parts:
        return Legs(np.zeros((0, LEG_DEPTH), np.int64), np.zeros((0, LEG_DEPTH)))
    return Legs(np.concatenate([one.ids for one in parts]), np.concatenate([one.scores for one in parts]))


def dense_legs(corpus: Corpus, questions: Sequence[Asked]) -> Legs:
    return joined([_dense(corpus, part) for part in _parts(corpus, questions)])


def sparse_legs(corpus: Corpus, questions: Sequence[Asked]) -> Legs:
    return joined([_sparse(corpus, part) for part in _parts(corpus, questions)])


def screened(corpus: Corpus, questions: Sequence[Asked]) -> Doubles:
    """The highest dense score in scope of each question, within `ROUNDING`; -inf when nothing is in scope."""
    best = [
        np.where(corpus.covers(part), np.stack([one.vector for one in part]) @ corpus.dense.T, -np.inf).max(
            axis=1, initial=-np.inf
        )
        for part in _parts(corpus, questions)
    ]
    return np.concatenate(best).astype(np.float64) if best else np.zeros(0)


def _parts(corpus: Corpus, questions: Sequence[Asked]) -> Iterator[Sequence[Asked]]:
    size = max(1, min(512, _CELLS // max(1, len(corpus.docs))))
    for start in range(0, len(questions), size):
        yield questions[start : start + size]


def _dense(corpus: Corpus, questions: Sequence[Asked]) -> Legs:
    vectors = np.stack([one.vector for one in questions])
    rough = np.where(corpus.covers(questions), vectors @ corpus.dense.T, np.float32(-np.inf))
    legs = _empty(len(questions))
    for row, asked in enumerate(questions):
        places = _near_the_best(rough[row], 2 * ROUNDING)
        exact = (corpus.dense[places].astype(np.float64) * asked.vector.astype(np.float64)).sum(axis=1)
        _put(legs, row, corpus.ids[places], exact)
    return legs


def _sparse(corpus: Corpus, questions: Sequence[Asked]) -> Legs:
    product = corpus.priced(questions) @ corpus.by_term  # SciPy sums in the order of the question's terms
    legs = _empty(len(questions))
    for row, asked in enumerate(questions):
        part = slice(product.indptr[row], product.indptr[row + 1])
        places, scores = product.indices[part], product.data[part]
        scores = np.where(corpus.inside(asked.scope)[places] & (scores > 0), scores, -np.inf)
        near = _near_the_best(scores, 0.0)
        _put(legs, row, corpus.ids[places[near]], scores[near])
    return legs


def _near_the_best(scores: NDArray[np.floating], slack: float) -> Ints:
    """Places of all that may belong to the leg, when scores are off by at most half of `slack`."""
    if len(scores) > LEG_DEPTH:
        least = max(np.partition(scores, len(scores) - LEG_DEPTH)[len(scores) - LEG_DEPTH] - slack, _NOTHING)
    else:
        least = _NOTHING
    return np.flatnonzero(scores >= least)


def _put(legs: Legs, row: int, ids: Ints, scores: Doubles) -> None:
    order = np.lexsort((ids, -scores))[:LEG_DEPTH]
    legs.ids[row, : len(order)], legs.scores[row, : len(order)] = ids[order], scores[order]


def _empty(m: int) -> Legs:
    return Legs(np.full((m, LEG_DEPTH), -1, np.int64), np.full((m, LEG_DEPTH), -np.inf))

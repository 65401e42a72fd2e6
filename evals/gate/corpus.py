"""All knowledge in use as matrices, and the exact search over them that the gate's figures are of.

Dense scores are dot products, sparse ones BM25 with the store's IDF (Qdrant: ln(1 + (N - n + 0.5) / (n + 0.5))). Each
score is summed in an order that depends on the passage and the question alone, so that a part computed again equals
the same part of a whole computation to the last bit.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from retrieval import sparse
from retrieval.fusion import LinearFusion, Ranked
from retrieval.index.legs import Leg
from retrieval.search import LEG_DEPTH
from retrieval.types import PassageDoc, SearchScope

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
ROUNDING = 1e-4  # more than a float32 product of unit vectors can be off; only screens, never decides


@dataclass(frozen=True)
class Asked:
    """A question ready to be searched: its unit vector, its terms in ascending order, its scope and language."""

    vector: Floats
    terms: tuple[int, ...]
    scope: SearchScope
    language: str


@dataclass(frozen=True)
class LegScores:
    """The best `LEG_DEPTH` passages, best first, equal scores by passage id."""

    ids: Ints
    scores: Doubles

    def leg(self) -> Leg:
        return Leg(self.ids.tolist(), self.scores.tolist(), {})


class Corpus:
    """Passages by ascending id with their vectors, shape (n, d), and term weights. Immutable."""

    def __init__(self, docs: Sequence[PassageDoc], dense: Floats, weights: sp.csr_matrix, columns: dict[int, int]):
        self.docs, self.dense, self._weights, self._columns = list(docs), dense, weights, columns
        self.ids = np.array([doc.id for doc in docs], np.int64)
        self._masks: dict[tuple[frozenset[str], int | None], NDArray[np.bool_]] = {}

    @classmethod
    def of(cls, docs: Sequence[PassageDoc], dense: Floats) -> Corpus:
        """`dense` holds the vectors of `docs` in their order."""
        order = np.argsort([doc.id for doc in docs], kind="stable")
        columns: dict[int, int] = {}
        ordered = [docs[int(at)] for at in order]
        return cls(ordered, np.ascontiguousarray(dense[order]), _weights(ordered, columns), columns)

    def changed(self, removed: Collection[int], docs: Sequence[PassageDoc], dense: Floats) -> Corpus:
        """Without the passages `removed` (ids), with `docs`."""
        gone = np.isin(self.ids, list(removed))
        columns = dict(self._columns)
        more = _weights(docs, columns)
        kept = self._weights[np.flatnonzero(~gone)]
        kept.resize(kept.shape[0], len(columns))
        more.resize(more.shape[0], len(columns))
        all_docs = [doc for doc, out in zip(self.docs, gone, strict=True) if not out] + list(docs)
        order = np.argsort([doc.id for doc in all_docs], kind="stable")
        stacked = sp.vstack([kept, more], format="csr")[order]
        vectors = np.concatenate([self.dense[~gone], dense.reshape(len(docs), self.dense.shape[1])])[order]
        return Corpus([all_docs[int(at)] for at in order], np.ascontiguousarray(vectors), stacked, columns)

    @cached_property
    def by_term(self) -> sp.csc_matrix:
        return self._weights.tocsc()

    @cached_property
    def largest_weight(self) -> float:
        return float(self._weights.data.max(initial=0.0))

    @cached_property
    def about(self) -> dict[int, tuple[str, str]]:
        return {doc.id: (doc.document_id, doc.language) for doc in self.docs}

    @cached_property
    def document_frequency(self) -> Ints:
        return np.asarray(np.diff(self.by_term.indptr), np.int64)

    @cached_property
    def _idf(self) -> dict[int, float]:
        return {}

    def idf(self, term: int) -> float:
        """0 for a term that no passage has."""
        if term not in self._idf:
            self._idf[term] = self._compute_idf(term)
        return self._idf[term]

    def _compute_idf(self, term: int) -> float:
        column = self._columns.get(term)
        n = 0 if column is None else int(self.document_frequency[column])
        return float(np.log(1 + (len(self.docs) - n + 0.5) / (n + 0.5))) if n else 0.0

    def inside(self, scope: SearchScope) -> NDArray[np.bool_]:
        """Which passages the scope covers; validity is left to the search at its time, so now."""
        key = (scope.audiences, scope.shop)
        if key not in self._masks:
            self._masks[key] = np.array(
                [
                    doc.audience in scope.audiences and (scope.shop is None or not doc.shops or scope.shop in doc.shops)
                    for doc in self.docs
                ],
                bool,
            )
        return self._masks[key]

    def dense_leg(self, asked: Asked, screened: Floats | None = None) -> LegScores:
        """`screened`: this question's line of a matrix product, to spare the exact sums of most passages."""
        rough = self.dense @ asked.vector if screened is None else screened
        places = np.flatnonzero(self.inside(asked.scope))
        if len(places) > LEG_DEPTH:
            least = np.partition(rough[places], len(places) - LEG_DEPTH)[len(places) - LEG_DEPTH]
            places = places[rough[places] >= least - 2 * ROUNDING]
        exact = (self.dense[places].astype(np.float64) * asked.vector.astype(np.float64)).sum(axis=1)
        return self._best(places, exact)

    def sparse_leg(self, asked: Asked) -> LegScores:
        scores = np.zeros(len(self.docs))
        for term in asked.terms:
            column = self._columns.get(term)
            if column is not None:
                start, end = self.by_term.indptr[column : column + 2]
                scores[self.by_term.indices[start:end]] += self.by_term.data[start:end] * self.idf(term)
        places = np.flatnonzero((scores > 0) & self.inside(asked.scope))
        return self._best(places, scores[places])

    def best_sparse(self, asked: Asked, priced_by: Corpus) -> float:
        """The highest sparse score of a passage here in scope, with the IDF of `priced_by`; 0 when none has a term."""
        scores = np.zeros(len(self.docs))
        for term in asked.terms:
            column = self._columns.get(term)
            if column is not None:
                start, end = self.by_term.indptr[column : column + 2]
                scores[self.by_term.indices[start:end]] += self.by_term.data[start:end] * priced_by.idf(term)
        return float(np.max(scores, where=self.inside(asked.scope), initial=0.0))

    def rank(self, asked: Asked, dense: LegScores, found: LegScores, fusion: LinearFusion, limit: int) -> list[Ranked]:
        return fusion.rank(dense.leg(), found.leg(), limit, asked.language, self.about.__getitem__)

    def _best(self, places: Ints, scores: Doubles) -> LegScores:
        if len(places) > LEG_DEPTH:
            least = np.partition(scores, len(scores) - LEG_DEPTH)[len(scores) - LEG_DEPTH]
            keep = scores >= least
            places, scores = places[keep], scores[keep]
        order = np.lexsort((self.ids[places], -scores))[:LEG_DEPTH]
        return LegScores(self.ids[places[order]], scores[order])


def terms_of(text: str) -> tuple[int, ...]:
    return sparse.encode_query(text).indices


def _weights(docs: Sequence[PassageDoc], columns: dict[int, int]) -> sp.csr_matrix:
    """Term weights, shape (n, terms known); new terms are added to `columns`."""
    data: list[float] = []
    indices: list[int] = []
    ends = [0]
    for doc in docs:
        vector = sparse.encode_passage(doc.embed_text)
        indices += [columns.setdefault(term, len(columns)) for term in vector.indices]
        data += vector.values
        ends.append(len(indices))
    return sp.csr_matrix((data, indices, ends), shape=(len(docs), len(columns)), dtype=np.float64)

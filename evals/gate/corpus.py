"""All knowledge in use as matrices, which the gate searches exactly (`evals.gate.legs`)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import log

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from retrieval import sparse
from retrieval.types import PassageDoc, SearchScope

Doubles = NDArray[np.float64]
Ints = NDArray[np.int64]
Floats = NDArray[np.float32]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question ready to be searched: its unit vector, its terms in ascending order, its scope and language."""

    vector: Floats
    terms: tuple[int, ...]
    scope: SearchScope
    language: str


class Corpus:
    """Passages by ascending id with their vectors, shape (n, d), and term weights. Immutable."""

    def __init__(self, docs: Sequence[PassageDoc], dense: Floats, weights: sp.csr_matrix, columns: dict[int, int]):
        self.docs, self.dense, self._weights, self._columns = list(docs), dense, weights, columns
        self.ids = np.array([doc.id for doc in docs], np.int64)
        self._masks: dict[tuple[frozenset[str], int | None], Flags] = {}

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
    def by_id(self) -> dict[int, PassageDoc]:
        return {doc.id: doc for doc in self.docs}

    @cached_property
    def by_term(self) -> sp.csr_matrix:
        """Term weights, shape (terms, n)."""
        return self._weights.T.tocsr()

    @cached_property
    def documents(self) -> Ints:
        """A number for each passage's document, shape (n,)."""
        known: dict[str, int] = {}
        return np.array([known.setdefault(doc.document_id, len(known)) for doc in self.docs], np.int64)

    @cached_property
    def languages(self) -> NDArray[np.str_]:
        return np.array([doc.language for doc in self.docs], np.str_)

    @cached_property
    def _idf(self) -> list[float]:
        """By column, as Qdrant has it: ln(1 + (N - n + 0.5) / (n + 0.5)); equal for equal n to the last bit."""
        total, counts = len(self.docs), np.diff(self.by_term.indptr).tolist()
        known = {n: log(1 + (total - n + 0.5) / (n + 0.5)) for n in set(counts)}
        return [known[n] if n else 0.0 for n in counts]

    def idf(self, term: int) -> float:
        """0 for a term that no passage has."""
        column = self._columns.get(term)
        return 0.0 if column is None else self._idf[column]

    def priced(self, questions: Sequence[Asked]) -> sp.csr_matrix:
        """IDF of each question's terms in their order, shape (questions, terms)."""
        data: list[float] = []
        indices: list[int] = []
        ends = [0]
        for asked in questions:
            columns = [column for term in asked.terms if (column := self._columns.get(term)) is not None]
            indices += columns
            data += [self._idf[column] for column in columns]
            ends.append(len(indices))
        return sp.csr_matrix((data, indices, ends), shape=(len(questions), len(self._columns)), dtype=np.float64)

    def inside(self, scope: SearchScope) -> Flags:
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

    def covers(self, questions: Sequence[Asked]) -> Flags:
        """`inside` of each question's scope, shape (questions, n)."""
        rows = [self.inside(asked.scope) for asked in questions]
        return np.stack(rows) if rows else np.zeros((0, len(self.docs)), bool)


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

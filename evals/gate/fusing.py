"""The fusion of many questions at once: what `LinearFusion` and `LanguageFusion` rank, as passage ids."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from core.errors import InvalidInput
from evals.gate.corpus import Asked, Corpus, Doubles, Ints
from evals.gate.legs import Legs
from retrieval.fusion import Fusion, LanguageFusion, LinearFusion

HITS: Final = 10
_ROWS = 2048


def weighted(fusion: Fusion) -> LinearFusion | LanguageFusion:
    """Raises InvalidInput for a fusion that the gate does not compute."""
    if not isinstance(fusion, LinearFusion | LanguageFusion):
        raise InvalidInput("The preview knows the linear fusions only; use `copilot eval gate` with this one.")
    return fusion


def fused_hits(
    corpus: Corpus, questions: Sequence[Asked], dense: Legs, sparse: Legs, fusion: LinearFusion | LanguageFusion
) -> list[tuple[int, ...]]:
    """The best `HITS` passages of each question, best first, as `fusion.rank` has them."""
    found: list[tuple[int, ...]] = []
    for start in range(0, len(questions), _ROWS):
        part = np.arange(start, min(start + _ROWS, len(questions)))
        found += _hits(corpus, [questions[at] for at in part.tolist()], dense.take(part), sparse.take(part), fusion)
    return found


def _hits(
    corpus: Corpus, questions: Sequence[Asked], dense: Legs, sparse: Legs, fusion: LinearFusion | LanguageFusion
) -> list[tuple[int, ...]]:
    if not corpus.docs:
        return [() for _ in questions]
    ids, scores = _fuse(dense, sparse, np.array([_weight(fusion, one.language) for one in questions]))
    order = np.lexsort((ids, -scores), axis=1)
    ids, scores = np.take_along_axis(ids, order, axis=1), np.take_along_axis(scores, order, axis=1)
    places = np.searchsorted(corpus.ids, np.maximum(ids, corpus.ids[0]))
    kept = (scores > -np.inf) & (_among_its_document(corpus.documents[places]) < fusion.per_document)
    # The fusion stops where even the language bonus cannot lift a candidate over the last hit.
    number = np.cumsum(kept, axis=1)
    last = np.where(kept & (number == HITS), scores, -np.inf).max(axis=1, keepdims=True)
    kept &= (number <= HITS) | (scores > last - fusion.language_bonus)
    languages = np.array([one.language for one in questions], np.str_)
    bonus = np.where(corpus.languages[places] == languages[:, None], fusion.language_bonus, 0.0)
    best = np.argsort(np.where(kept, -(scores + bonus), np.inf), axis=1, kind="stable")[:, :HITS]
    hits, found = np.take_along_axis(ids, best, axis=1).tolist(), np.minimum(kept.sum(axis=1), HITS).tolist()
    return [tuple(row[:count]) for row, count in zip(hits, found, strict=True)]


def _among_its_document(documents: Ints) -> Ints:
    """How many candidates of the same document come before each, shape (m, candidates)."""
    order = np.argsort(documents, axis=1, kind="stable")
    sorted_ = np.take_along_axis(documents, order, axis=1)
    place = np.arange(documents.shape[1])
    first = np.zeros(documents.shape, np.int64)
    first[:, 1:] = np.where(sorted_[:, 1:] != sorted_[:, :-1], place[1:], 0)
    before = np.empty_like(first)
    np.put_along_axis(before, order, place - np.maximum.accumulate(first, axis=1), axis=1)
    return before


def _weight(fusion: LinearFusion | LanguageFusion, language: str) -> float:
    if isinstance(fusion, LinearFusion):
        return fusion.sparse_weight
    return fusion.weights.get(language, fusion.default)


def _fuse(dense: Legs, sparse: Legs, weights: Doubles) -> tuple[Ints, Doubles]:
    """(ids, fused scores) of both legs side by side, shape (m, 2 · LEG_DEPTH); -inf where there is no candidate."""
    in_dense, in_sparse = dense.ids >= 0, sparse.ids >= 0
    count = np.maximum(in_dense.sum(axis=1, keepdims=True), 1)
    mean = np.where(in_dense, dense.scores, 0.0).sum(axis=1, keepdims=True) / count
    deviations = np.where(in_dense, dense.scores, mean) - mean
    spread = np.sqrt((deviations * deviations).sum(axis=1, keepdims=True) / count)
    flat = spread <= 1e-9
    fused = np.where(flat, 0.0, deviations / np.where(flat, 1.0, spread))
    floor = np.where(in_dense, fused, np.inf).min(axis=1, keepdims=True)
    floor[~np.isfinite(floor)] = 0.0

    many = in_sparse.sum(axis=1, keepdims=True)
    best = np.where(in_sparse[:, :1], sparse.scores[:, :1], 1.0)
    lowest = np.take_along_axis(sparse.scores, np.maximum(many - 1, 0), axis=1)
    missing = np.where((many > 0) & (many >= in_dense.sum(axis=1, keepdims=True)), lowest, 0.0)
    scale = weights[:, None] / np.sqrt(best)
    added = scale * (np.where(in_sparse, sparse.scores, missing) - missing)

    rows, width = dense.ids.shape
    stride = int(max(dense.ids.max(initial=0), sparse.ids.max(initial=0))) + 2
    lines = np.arange(rows)[:, None] * stride
    keys = np.where(in_dense, dense.ids + lines, -1).ravel()
    order = np.argsort(keys, kind="stable")
    wanted = (sparse.ids + lines).ravel()
    at = np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)
    matched = in_sparse.ravel() & (keys[order[at]] == wanted)
    totals = fused.ravel()
    totals[order[at[matched]]] += added.ravel()[matched]
    own = np.where(in_sparse & ~matched.reshape(rows, width), floor + added, -np.inf)
    both = np.concatenate([np.where(in_dense, totals.reshape(rows, width), -np.inf), own], axis=1)
    return np.concatenate([dense.ids, sparse.ids], axis=1), both

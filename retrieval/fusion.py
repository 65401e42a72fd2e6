"""Dense and sparse candidates into one list, with the evidence of both kept on each hit.

The method and its constants were chosen on one half of real questions and reported on the other; the table of what was
tried is in docs/decisions/0004-fusion.md. Nothing here is set per data set, shop or language.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop
from math import sqrt
from typing import Final, Protocol

import numpy as np

from retrieval.index.store import Leg, ScoredPassage
from retrieval.types import Hit, Language

SPARSE_WEIGHT: Final = 0.7
LANGUAGE_BONUS: Final = 0.1  # standard deviations of the dense scores: decides near ties only
_RRF_K: Final = 60


class Fusion(Protocol):
    """Merges both legs; `version` names method and constants, so that an answer can be replayed."""

    @property
    def version(self) -> str: ...

    def fuse(
        self, dense: Sequence[ScoredPassage], sparse: Sequence[ScoredPassage], limit: int, language: Language
    ) -> list[Hit]:
        """The best `limit` hits, best first, at most `per_document` of a document; legs come best first.

        `language` is preferred on near ties. Only passages of the legs, which lie inside the scope, can be hits.
        """
        ...


@dataclass(frozen=True, slots=True)
class LinearFusion:
    """Sum of the dense z-score and `sparse_weight` times BM25 / √(best BM25).

    Dense scores of most encoders are compressed into a narrow band that moves with the question, so they are taken in
    standard deviations over the leg. BM25 is additive over terms and its absolute size says how much of the question
    was met: dividing by the root of the best score, not by the score itself, lets a strong lexical match weigh
    more than a weak one. A passage that one leg lacks gets that leg's lowest score (BM25: 0 when the
    leg was not full, since then it has no term at all). Convex combinations of scores beating rank fusion is the
    finding of Bruch, Gai and Ingber, "An Analysis of Fusion Functions for Hybrid Retrieval", 2022, and ours.
    """

    sparse_weight: float = SPARSE_WEIGHT
    language_bonus: float = LANGUAGE_BONUS
    per_document: int = 1

    @property
    def version(self) -> str:
        return f"linear-1:w={self.sparse_weight:g},l={self.language_bonus:g},d={self.per_document}"

    def scores(self, dense: Sequence[ScoredPassage], sparse: Sequence[ScoredPassage]) -> dict[int, float]:
        """Fused score by passage id, over the union of both legs. Unit: standard deviations of the dense leg."""
        fused: dict[int, float] = {}
        if dense:
            ids, values = _ranked(dense)
            raw = np.array(values)
            deviations = raw - raw.mean()
            spread = sqrt(float(deviations @ deviations) / len(raw))
            standardised = (deviations / spread if spread > 1e-9 else np.zeros(len(raw))).tolist()
            fused = dict(zip(ids, standardised, strict=True))
        floor = min(fused.values(), default=0.0)
        if sparse:
            ids, values = _ranked(sparse)
            best = values[0]
            scale = self.sparse_weight / sqrt(best) if best > 0 else 0.0
            # A full leg was cut off: what it lacks may score as much as its last. Else it lacks all terms.
            missing = values[-1] if len(sparse) >= len(dense) else 0.0
            for passage_id, value in zip(ids, values, strict=True):
                fused[passage_id] = fused.get(passage_id, floor) + scale * (value - missing)
        return fused

    def fuse(
        self, dense: Sequence[ScoredPassage], sparse: Sequence[ScoredPassage], limit: int, language: Language
    ) -> list[Hit]:
        return _hits(self.scores(dense, sparse), dense, sparse, limit, language, self.language_bonus, self.per_document)


@dataclass(frozen=True, slots=True)
class ReciprocalRankFusion:
    """Weighted reciprocal ranks (Cormack, Clarke & Büttcher 2009), for comparison: below `LinearFusion` everywhere."""

    sparse_weight: float = 0.5
    k: int = _RRF_K
    per_document: int = 1

    @property
    def version(self) -> str:
        return f"rrf-1:w={self.sparse_weight:g},k={self.k},d={self.per_document}"

    def fuse(
        self, dense: Sequence[ScoredPassage], sparse: Sequence[ScoredPassage], limit: int, language: Language
    ) -> list[Hit]:
        fused: dict[int, float] = {}
        for leg, weight in ((dense, 1 - self.sparse_weight), (sparse, self.sparse_weight)):
            for rank, passage_id in enumerate(_ranked(leg)[0], 1):
                fused[passage_id] = fused.get(passage_id, 0.0) + weight / (self.k + rank)
        return _hits(fused, dense, sparse, limit, language, 0.0, self.per_document)


def _hits(
    fused: Mapping[int, float],
    dense: Sequence[ScoredPassage],
    sparse: Sequence[ScoredPassage],
    limit: int,
    language: Language,
    language_bonus: float,
    per_document: int,
) -> list[Hit]:
    """Candidates in order, decoded only as far as they are needed."""
    (dense_ids, dense_scores), (sparse_ids, sparse_scores) = _ranked(dense), _ranked(sparse)
    best_first = [(-score, passage_id) for passage_id, score in fused.items()]
    heapify(best_first)  # a few are taken of two hundred
    hits: list[Hit] = []
    lowest = float("-inf")  # what even the language bonus cannot lift over the cut
    seen: Counter[str] = Counter()
    while best_first:
        negative, passage_id = heappop(best_first)
        score = -negative
        if len(hits) >= limit and score <= lowest:
            break
        in_dense, in_sparse = _rank(dense_ids, passage_id), _rank(sparse_ids, passage_id)
        passage = (sparse[in_sparse or 0] if in_dense is None else dense[in_dense]).passage
        seen[passage.document_id] += 1
        if seen[passage.document_id] > per_document:
            continue
        if len(hits) == limit - 1:
            lowest = score - language_bonus
        if passage.language == language:
            score += language_bonus
        hits.append(
            Hit(
                passage=passage,
                score=score,
                dense_score=None if in_dense is None else dense_scores[in_dense],
                dense_rank=None if in_dense is None else in_dense + 1,
                sparse_score=None if in_sparse is None else sparse_scores[in_sparse],
                sparse_rank=None if in_sparse is None else in_sparse + 1,
            )
        )
    hits.sort(key=lambda hit: -hit.score)
    return hits[:limit]


def _ranked(leg: Sequence[ScoredPassage]) -> tuple[Sequence[int], Sequence[float]]:
    """Ids and scores without making a `ScoredPassage` of each."""
    if isinstance(leg, Leg):
        return leg.ids, leg.scores
    return [found.id for found in leg], [found.score for found in leg]


def _rank(ids: Sequence[int], passage_id: int) -> int | None:
    try:
        return ids.index(passage_id)
    except ValueError:
        return None


DEFAULT_FUSION: Final[Fusion] = LinearFusion()

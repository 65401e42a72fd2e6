"""The same answer as computing every question again, from the few whose answer a change can touch.

What makes a question untouched, with what was kept of it (both legs, the best fused scores):

1. Dense: no removed passage in its leg, and no added one scores within rounding of the leg's last. Then the leg is the
   same to the last bit, and so are its mean, deviation and floor in the fusion.
2. Sparse members: likewise, with added passages scored under the new IDF.
3. Sparse scores: IDF changes with N and with the terms of the changed passages. A question's scores move by at most
   e = Σ |ΔIDF(t)| · (largest term weight); so do the leg's best b and last m, which are order statistics. The fused
   w·max(v − m, 0)/√b therefore moves by at most E = w·(2e/√(b − e) + b·(1/√(b − e) − 1/√b)), for members and
   non-members alike. If every comparison that decides the hits (order, language bonus, cut) has a margin above 2E, all
   hits keep their places. With e = 0 the scores are the same to the last bit.

In doubt (a tie, a short leg, too few hits) the question is computed again. Only the fused scores of untouched questions
may differ, by at most E; their hits and order are exact (tests/evals/test_gate.py compares with the whole).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from evals.gate.corpus import ROUNDING, Asked, Corpus, Floats, LegScores
from retrieval.fusion import LinearFusion
from retrieval.search import LEG_DEPTH
from retrieval.types import PassageDoc

HITS = 10
KEPT = 48  # best fused scores kept a question: enough margins for ten hits of different documents
_CHUNK = 512  # questions a matrix product
_TINY = 1e-9


@dataclass(frozen=True, slots=True)
class Found:
    """A question's legs, the passage ids of its hits in order, and what decides whether they can change."""

    dense: LegScores
    sparse: LegScores
    hits: tuple[int, ...]
    raw: tuple[float, ...]  # best fused scores without the language bonus, best first, at most KEPT
    biased: tuple[float, ...]  # the same with it, sorted anew
    floor: float
    lowest: float  # the score below which the fusion stops looking
    complete: bool  # `raw` holds all candidates


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hits of every question after the change; `recomputed`: places of those that were computed again."""

    hits: list[tuple[int, ...]]
    recomputed: tuple[int, ...]


def find(corpus: Corpus, asked: Asked, fusion: LinearFusion, dense: LegScores | None = None,
         screened: Floats | None = None) -> Found:  # fmt: skip
    """One question over the whole corpus; `dense`: its leg, when it is known."""
    dense = dense if dense is not None else corpus.dense_leg(asked, screened)
    sparse = corpus.sparse_leg(asked)
    ranked = corpus.rank(asked, dense, sparse, fusion, HITS)
    scores = fusion.scores(dense.leg(), sparse.leg())
    best = sorted(scores, key=lambda one: -scores[one])[:KEPT]
    bonus = [fusion.language_bonus * (corpus.about[one][1] == asked.language) for one in best]
    lowest = float("-inf")
    seen: set[str] = set()
    for one in sorted(scores, key=lambda one: (-scores[one], one)):
        if corpus.about[one][0] not in seen:
            seen.add(corpus.about[one][0])
            if len(seen) == HITS:
                lowest = scores[one] - fusion.language_bonus
                break
    return Found(
        dense,
        sparse,
        tuple(one.id for one in ranked),
        tuple(scores[one] for one in best),
        tuple(sorted((scores[one] + extra for one, extra in zip(best, bonus, strict=True)), reverse=True)),
        _dense_floor(dense),
        lowest,
        len(best) == len(scores),
    )


def hits_of(corpus: Corpus, asked: Asked, fusion: LinearFusion, dense: LegScores | None = None) -> tuple[int, ...]:
    """As `find(…).hits`, without what is kept for the next change."""
    dense = dense if dense is not None else corpus.dense_leg(asked)
    return tuple(one.id for one in corpus.rank(asked, dense, corpus.sparse_leg(asked), fusion, HITS))


def find_all(corpus: Corpus, questions: Sequence[Asked], fusion: LinearFusion) -> list[Found]:
    """Every question over the whole corpus."""
    found: list[Found] = []
    for start in range(0, len(questions), _CHUNK):
        part = questions[start : start + _CHUNK]
        product = np.stack([one.vector for one in part]) @ corpus.dense.T
        found += [find(corpus, one, fusion, screened=product[at]) for at, one in enumerate(part)]
    return found


def after_change(
    base: Corpus,
    known: Sequence[Found | None],
    questions: Sequence[Asked],
    fusion: LinearFusion,
    removed: Collection[int],
    docs: Sequence[PassageDoc],
    vectors: Floats,
) -> tuple[Corpus, Outcome]:
    """The corpus after the change, and every question's hits in it. `known` is what was found in `base` (None: new)."""
    corpus = base.changed(removed, docs, vectors)
    gone = np.array(sorted(removed), np.int64)
    drift = _Drift(base, corpus)
    added = Corpus.of(docs, vectors) if docs else None
    rough = np.stack([one.vector for one in questions]) @ added.dense.T if added is not None and questions else None
    hits: list[tuple[int, ...]] = []
    again: list[int] = []
    for place, (asked, found) in enumerate(zip(questions, known, strict=True)):
        if found is None:
            hits.append(hits_of(corpus, asked, fusion))
            again.append(place)
            continue
        near = None if rough is None or added is None else np.where(added.inside(asked.scope), rough[place], -np.inf)
        if _dense_touched(found, gone, near):
            hits.append(hits_of(corpus, asked, fusion))
            again.append(place)
            continue
        moved = drift.of(asked)
        if _sparse_touched(found, gone, corpus, added, asked, moved) or not _safe(found, moved, fusion):
            hits.append(hits_of(corpus, asked, fusion, found.dense))
            again.append(place)
        else:
            hits.append(found.hits)
    return corpus, Outcome(hits, tuple(again))


class _Drift:
    """How far a question's sparse scores can have moved, by its terms."""

    def __init__(self, before: Corpus, after: Corpus) -> None:
        self._before, self._after, self._known = before, after, dict[int, float]()
        self._largest = max(before.largest_weight, after.largest_weight)

    def of(self, asked: Asked) -> float:
        return sum(self._of(term) for term in asked.terms) * self._largest

    def _of(self, term: int) -> float:
        if term not in self._known:
            old, new = self._before.idf(term), self._after.idf(term)
            # A term that appears or vanishes moves only changed passages, which are looked at by themselves.
            self._known[term] = abs(new - old) if old and new else 0.0
        return self._known[term]


def _dense_touched(found: Found, gone: NDArray[np.int64], near: NDArray[np.floating] | None) -> bool:
    if len(gone) and np.isin(found.dense.ids, gone).any():
        return True
    if near is None or not len(near) or not np.isfinite(near.max()):
        return False
    return len(found.dense.ids) < LEG_DEPTH or bool(near.max() >= found.dense.scores[-1] - 2 * ROUNDING)


def _sparse_touched(
    found: Found, gone: NDArray[np.int64], after: Corpus, added: Corpus | None, asked: Asked, moved: float
) -> bool:
    if len(gone) and np.isin(found.sparse.ids, gone).any():
        return True
    if added is None:
        return False
    best = added.best_sparse(asked, after)
    if best <= 0:
        return False
    return len(found.sparse.ids) < LEG_DEPTH or best >= found.sparse.scores[-1] - moved - _TINY


def _safe(found: Found, moved: float, fusion: LinearFusion) -> bool:
    """True when no comparison that decides the hits can turn out otherwise (3. above)."""
    if moved == 0 or not len(found.sparse.ids):
        return True
    best = float(found.sparse.scores[0])
    if best - moved <= 0 or found.lowest == float("-inf"):
        return False
    low = sqrt(best - moved)
    margin = 2 * (fusion.sparse_weight * (2 * moved / low + best * (1 / low - 1 / sqrt(best))) + _TINY)
    cut = found.lowest - 2 * margin
    if cut <= found.floor + margin:
        return False  # a passage that neither leg has shown might come up
    raw = np.array(found.raw)
    if not found.complete and raw[-1] >= cut:
        return False
    for values in (raw, np.array(found.biased)):
        looked_at = values[values >= cut]
        if len(looked_at) > 1 and (looked_at[:-1] - looked_at[1:]).min() <= margin:
            return False
    return bool(np.abs(raw - found.lowest).min() > margin)


def _dense_floor(dense: LegScores) -> float:
    """The fusion's score of a passage that the dense leg lacks, before its sparse part."""
    if not len(dense.ids):
        return 0.0
    deviations = dense.scores - dense.scores.mean()
    spread = sqrt(float(deviations @ deviations) / len(deviations))
    return float(deviations.min() / spread) if spread > 1e-9 else 0.0

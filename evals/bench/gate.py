"""The preview before an editor publishes: 10,000 past questions over 10,000 passages, one article changed."""

from __future__ import annotations

from time import perf_counter, process_time

import numpy as np
from numpy.typing import NDArray

from evals.bench.figures import Figure, at_most, stated
from evals.gate.corpus import Asked, Corpus, Floats, terms_of
from evals.gate.shortcut import after_change, find_all
from retrieval.fusion import LinearFusion
from retrieval.types import PassageDoc, SearchScope

CASES = PASSAGES = 10_000
DIMENSION = 384
CHANGED = 4  # passages of the article, replaced by one more
GOAL_SECONDS = 5.0


def figures(cases: int = CASES, passages: int = PASSAGES) -> list[Figure]:
    """Seconds (of the clock and of processors) of the shortcut and of the whole, and the shares computed again; fails
    when their hits differ."""
    rng = np.random.default_rng(17)
    vocabulary = [f"w{n}" for n in range(20_000)]
    topics = _unit(rng.normal(size=(500, DIMENSION)))

    def words(length: int) -> str:
        return " ".join(vocabulary[int(len(vocabulary) * draw**3)] for draw in rng.random(length))

    def near(count: int) -> Floats:
        return _unit(topics[rng.integers(0, len(topics), count)] + 0.08 * rng.normal(size=(count, DIMENSION)))

    def docs(first: int, count: int, document: int | None = None) -> list[PassageDoc]:
        return [
            PassageDoc(n, f"article:{document or n // 3}", "article", "", words(60), 1, (0, 1), "en")
            for n in range(first, first + count)
        ]

    base = Corpus.of(docs(1, passages), near(passages))
    vectors = near(cases)
    scope = SearchScope(frozenset({"public", "internal"}))
    questions = [Asked(vectors[n], terms_of(words(8)), scope, "en") for n in range(cases)]
    fusion = LinearFusion()
    known = find_all(base, questions, fusion)
    removed = set(range(300, 300 + CHANGED))
    changed, own = docs(passages + 1, CHANGED + 1, 100), near(CHANGED + 1)
    began, worked = perf_counter(), process_time()
    corpus, found = after_change(base, known, questions, fusion, removed, changed, own)
    shortcut, shortcut_worked = perf_counter() - began, process_time() - worked
    began, worked = perf_counter(), process_time()
    whole = find_all(corpus, questions, fusion)
    everything, everything_worked = perf_counter() - began, process_time() - worked
    if found.hits != whole.hits:
        raise AssertionError("the shortcut and the whole computation differ")
    share = len(found.recomputed) / cases
    return [
        at_most("gate_preview_10k", shortcut, "s", GOAL_SECONDS),
        stated("gate_preview_10k_cpu", shortcut_worked, "s"),
        stated("gate_whole_10k", everything, "s"),
        stated("gate_whole_10k_cpu", everything_worked, "s"),
        stated("gate_dense_again_10k", found.searched[0] / cases, "share"),
        stated("gate_recomputed_10k", share, "share"),
    ]


def _unit(vectors: NDArray[np.float64]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)

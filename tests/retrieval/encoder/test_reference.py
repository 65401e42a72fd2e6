"""The check of a compiled model fails for what it must catch."""

from dataclasses import replace

import numpy as np
import pytest

from core.errors import ConfigurationError
from retrieval.chunking import estimate_tokens
from retrieval.encoder import reference
from retrieval.encoder.reference import (
    LONG,
    LONG_TOKENS,
    MINIMUM_COSINE,
    ReferenceVectors,
    compare,
    english_texts,
    packaged_vectors,
    reference_texts,
)


def _noisy(vectors: np.ndarray, amount: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=vectors.shape).astype(np.float32)
    out = vectors + amount * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    return out / np.linalg.norm(out, axis=1, keepdims=True)


def test_committed_vectors_fit_the_texts() -> None:
    queries, passages, long = reference_texts()
    vectors = packaged_vectors()
    assert vectors.queries.shape == (len(queries), 384)
    assert vectors.passages.shape == (len(passages), 384)
    assert vectors.long.shape == (len(long), 384)
    assert np.allclose(np.linalg.norm(vectors.passages, axis=1), 1, atol=1e-3)
    assert len(queries) + len(passages) >= 60


def test_long_passages_are_long_and_unlike() -> None:
    long = reference_texts()[2]
    assert len(set(long)) == 2 * LONG
    assert all(LONG_TOKENS <= estimate_tokens(text) < LONG_TOKENS + 60 for text in long)
    assert len(english_texts()[2]) == LONG


def test_vectors_of_other_texts_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    queries, passages, long = reference_texts()
    monkeypatch.setattr(reference, "reference_texts", lambda: (queries, passages, (*long[:-1], long[-1] + "。")))
    with pytest.raises(ConfigurationError, match="write_packaged"):
        packaged_vectors()


def test_the_same_vectors_pass_and_one_bad_text_fails() -> None:
    expected = packaged_vectors()
    assert compare(expected, expected).passed
    passages = expected.passages.copy()
    passages[3] = _noisy(passages[3:4], 0.2)[0]
    result = compare(replace(expected, passages=passages), expected)
    assert result.minimum_cosine < MINIMUM_COSINE
    assert not result.passed


def test_one_bad_long_text_fails() -> None:
    expected = packaged_vectors()
    long = expected.long.copy()
    long[-1] = _noisy(long[-1:], 0.2)[0]
    result = compare(replace(expected, long=long), expected)
    assert result.top10_overlap == 1
    assert not result.passed


def test_unrelated_vectors_are_near_yet_the_ranking_tells() -> None:
    expected = packaged_vectors()
    shuffled = replace(expected, passages=np.roll(expected.passages, 1, axis=0))
    result = compare(shuffled, expected)
    assert result.minimum_cosine > 0.6
    assert result.top10_overlap < 0.7
    assert not result.passed


def test_a_changed_ranking_fails_at_a_high_cosine() -> None:
    """All passages alike: the cosine to fp32 hardly moves, the order of the passages does."""
    rng = np.random.default_rng(1)
    base = np.ones((40, 64), np.float32)
    passages = base + 0.02 * rng.normal(size=base.shape).astype(np.float32)
    passages /= np.linalg.norm(passages, axis=1, keepdims=True)
    expected = ReferenceVectors(passages[:5].copy(), passages, passages[:1])
    result = compare(replace(expected, passages=_noisy(passages, 0.05)), expected)
    assert result.minimum_cosine >= MINIMUM_COSINE
    assert result.top10_overlap == pytest.approx(0.4, abs=0.5)
    assert not result.passed

"""A second run encodes nothing, an interrupted one goes on, another model never gets these vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import retrieval.encoder.cache as cache_module
from retrieval.encoder.base import Vectors
from retrieval.encoder.cache import EmbeddingCache


class CountingEncoder:
    dimension = 3

    def __init__(self, version: str = "v1", fail_after: int = 10**9) -> None:
        self.model_version = version
        self.encoded: list[str] = []
        self.fail_after = fail_after

    def _encode(self, kind: float, texts: Sequence[str]) -> Vectors:
        if len(self.encoded) >= self.fail_after:
            raise KeyboardInterrupt
        self.encoded += texts
        return np.array([[len(text), sum(map(ord, text)) % 97, kind] for text in texts], dtype=np.float32)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(0, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(1, texts)


TEXTS = [f"文{number}" * (number % 7 + 1) for number in range(40)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "below" / "embeddings.db"


def test_second_run_encodes_nothing_and_keeps_order(file: Path) -> None:
    first, again = CountingEncoder(), CountingEncoder()
    cache = EmbeddingCache(file)
    vectors = cache.passages(first, [*TEXTS, TEXTS[0]])
    assert vectors.shape == (41, 3) and len(first.encoded) == 40
    assert np.array_equal(vectors, CountingEncoder().encode_passages([*TEXTS, TEXTS[0]]))
    cache.close()
    assert np.array_equal(EmbeddingCache(file).passages(again, TEXTS[::-1]), vectors[:40][::-1])
    assert again.encoded == []
    assert EmbeddingCache(file).passages(again, []).shape == (0, 3)


def test_prompts_and_models_do_not_mix(file: Path) -> None:
    cache = EmbeddingCache(file)
    cache.passages(CountingEncoder(), TEXTS)
    query, other = CountingEncoder(), CountingEncoder("v2")
    assert cache.queries(query, TEXTS[:2])[0, 2] == 0
    cache.passages(other, TEXTS[:2])
    assert len(query.encoded) == len(other.encoded) == 2


def test_a_vector_of_another_length_is_not_taken(file: Path) -> None:
    cache, wider = EmbeddingCache(file), CountingEncoder()
    cache.passages(CountingEncoder(), TEXTS[:2])
    wider.dimension = 4
    wider._encode = lambda kind, texts: np.ones((len(texts), 4), np.float32)  # type: ignore[method-assign]
    assert cache.passages(wider, TEXTS[:2]).shape == (2, 4)


def test_an_interrupted_run_goes_on(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "BLOCK", 10)
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(file).passages(CountingEncoder(fail_after=20), TEXTS)
    rest, seen = CountingEncoder(), []
    vectors = EmbeddingCache(file).passages(rest, TEXTS, lambda done, total: seen.append((done, total)))
    assert len(rest.encoded) == 20 and seen == [(20, 40), (30, 40), (40, 40)]
    assert np.array_equal(vectors, CountingEncoder().encode_passages(TEXTS))


def test_more_texts_than_one_query_of_sqlite_takes(file: Path) -> None:
    many, again = [f"t{number}" for number in range(40_001)], CountingEncoder()
    cache = EmbeddingCache(file)
    cache.passages(CountingEncoder(), many)
    assert cache.passages(again, many).shape == (40_001, 3) and again.encoded == []

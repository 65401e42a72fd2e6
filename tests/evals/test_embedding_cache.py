"""A second run encodes nothing, an interrupted one goes on, another model never gets these vectors."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import evals.embedding_cache as cache_module
from evals.embedding_cache import EmbeddingCache, Vectors


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


def quiet(done: int, total: int) -> None: ...


TEXTS = [f"文{number}" * (number % 7 + 1) for number in range(40)]


def test_second_run_encodes_nothing_and_keeps_order(tmp_path: Path) -> None:
    first, again = CountingEncoder(), CountingEncoder()
    vectors = EmbeddingCache(tmp_path, first).passages([*TEXTS, TEXTS[0]], quiet)
    assert vectors.shape == (41, 3) and len(first.encoded) == 40
    assert np.array_equal(vectors, CountingEncoder().encode_passages([*TEXTS, TEXTS[0]]))
    assert np.array_equal(EmbeddingCache(tmp_path, again).passages(TEXTS[::-1], quiet), vectors[:40][::-1])
    assert again.encoded == []


def test_prompts_and_models_do_not_mix(tmp_path: Path) -> None:
    EmbeddingCache(tmp_path, CountingEncoder()).passages(TEXTS, quiet)
    query, other = CountingEncoder(), CountingEncoder("v2")
    assert EmbeddingCache(tmp_path, query).queries(TEXTS[:2], quiet)[0, 2] == 0
    EmbeddingCache(tmp_path, other).passages(TEXTS[:2], quiet)
    assert len(query.encoded) == len(other.encoded) == 2


def test_an_interrupted_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache_module, "_BLOCK", 10)
    with pytest.raises(KeyboardInterrupt):
        EmbeddingCache(tmp_path, CountingEncoder(fail_after=20)).passages(TEXTS, quiet)
    rest, seen = CountingEncoder(), []
    vectors = EmbeddingCache(tmp_path, rest).passages(TEXTS, lambda done, total: seen.append((done, total)))
    assert len(rest.encoded) == 20 and seen == [(20, 40), (30, 40), (40, 40)]
    assert np.array_equal(vectors, CountingEncoder().encode_passages(TEXTS))


def test_a_torn_write_is_cut_off(tmp_path: Path) -> None:
    EmbeddingCache(tmp_path, CountingEncoder()).passages(TEXTS[:5], quiet)
    for path in tmp_path.iterdir():
        with path.open("ab") as file:
            file.write(b"\x07" * 5)
    vectors = EmbeddingCache(tmp_path, CountingEncoder()).passages(TEXTS, quiet)
    assert np.array_equal(vectors, CountingEncoder().encode_passages(TEXTS))

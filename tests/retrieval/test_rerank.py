"""The reranker's plumbing only, with a model that we wrote: what a real cross-encoder gains is not measured here."""

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from core.settings import Settings
from retrieval.rerank import CrossEncoderReranker, load_reranker
from retrieval.types import Hit, PassageDoc


class LengthModel:
    """Prefers long passages, and keeps what it was asked."""

    def __init__(self) -> None:
        self.pairs: list[tuple[str, str]] = []

    def predict(self, pairs: Sequence[tuple[str, str]]) -> list[float]:
        self.pairs += pairs
        return [float(len(text)) for _, text in pairs]


def hits(lengths: Sequence[int]) -> list[Hit]:
    return [
        Hit(
            PassageDoc(number, f"article:{number}", "article", "题", "文" * length, 1, (0, length), "zh"),
            score=1 - number / 100,
            dense_rank=number,
        )
        for number, length in enumerate(lengths, 1)
    ]


def test_order_scores_and_evidence() -> None:
    model = LengthModel()
    ranked = CrossEncoderReranker("any", model=model).rerank("问", hits([3, 9, 6]), 2)
    assert [hit.passage.id for hit in ranked] == [2, 3]
    assert ranked[0].score == len("题\n" + "文" * 9) and ranked[0].dense_rank == 2
    assert model.pairs[0] == ("问", "题\n文文文")


def test_depth_bounds_the_cost_but_never_the_answer() -> None:
    model = LengthModel()
    reranker = CrossEncoderReranker("any", depth=4, model=model)
    assert len(reranker.rerank("问", hits(range(1, 20)), 3)) == 3 and len(model.pairs) == 4
    assert len(reranker.rerank("问", hits(range(1, 20)), 10)) == 10
    assert reranker.rerank("问", [], 3) == []


def test_equal_scores_keep_the_fused_order() -> None:
    ranked = CrossEncoderReranker("any", model=LengthModel()).rerank("问", hits([5, 5, 5]), 3)
    assert [hit.passage.id for hit in ranked] == [1, 2, 3]


def test_off_by_default_and_lazy_when_set(tmp_path: Path) -> None:
    assert load_reranker(Settings(_env_file=None, data_dir=tmp_path)) is None
    loaded = "sentence_transformers" in sys.modules
    reranker = load_reranker(Settings(_env_file=None, data_dir=tmp_path, reranker_model=str(tmp_path / "none")))
    assert reranker is not None and "none" in reranker.version
    assert ("sentence_transformers" in sys.modules) == loaded


def test_a_model_that_cannot_be_loaded_says_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    with pytest.raises(ConfigurationError, match="COPILOT_RERANKER_MODEL"):
        CrossEncoderReranker("nobody/nothing").rerank("问", hits([1]), 1)

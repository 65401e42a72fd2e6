"""An adapter is served by numpy alone: it moves questions, keeps its version, and is refused when it is damaged."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError, InvalidInput
from retrieval.adapter import QueryAdapter, load, save
from retrieval.adapter.storage import SPEC, WEIGHTS
from retrieval.fusion import LanguageFusion, LinearFusion, from_name, named
from retrieval.index.edge import EdgeStore
from retrieval.index.store import Point
from retrieval.search import Searcher
from retrieval.sparse import encode_passage
from retrieval.types import PassageDoc, SearchScope


def an_adapter(seed: int = 1, encoder: str = "axes") -> QueryAdapter:
    rng = np.random.default_rng(seed)
    return QueryAdapter(
        rng.standard_normal((4, 2)).astype(np.float32), rng.standard_normal((2, 4)).astype(np.float32), encoder
    )


def test_the_formula_on_one_question_and_on_many() -> None:
    adapter = an_adapter()
    questions = np.eye(4, dtype=np.float32)
    moved = questions[2] + questions[2] @ adapter.down @ adapter.up
    assert np.allclose(adapter.apply(questions[2]), moved / np.linalg.norm(moved), atol=1e-6)
    assert np.allclose(adapter.apply(questions)[2], adapter.apply(questions[2]), atol=1e-6)
    assert np.allclose(np.linalg.norm(adapter.apply(questions), axis=1), 1, atol=1e-6)
    still = QueryAdapter(adapter.down, np.zeros((2, 4), np.float32), "axes")
    assert np.allclose(still.apply(questions), questions)


def test_what_does_not_fit_is_refused() -> None:
    adapter = an_adapter()
    with pytest.raises(InvalidInput, match="4 numbers"):
        adapter.apply(np.zeros(5, np.float32))
    with pytest.raises(InvalidInput, match="do not fit"):
        QueryAdapter(adapter.down, adapter.up.T, "axes")
    with pytest.raises(InvalidInput, match="NaN"):
        QueryAdapter(adapter.down * np.float32("nan"), adapter.up, "axes")


def test_saved_and_read_it_is_the_same_version(tmp_path: Path) -> None:
    adapter = an_adapter()
    assert save(adapter, tmp_path) == adapter.version == load(tmp_path).version
    assert np.array_equal(load(tmp_path).up, adapter.up)
    assert an_adapter(2).version != adapter.version != an_adapter(encoder="other").version


def test_damaged_mixed_or_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path)
    save(an_adapter(1), tmp_path / "one")
    save(an_adapter(2), tmp_path / "two")
    (tmp_path / "one" / WEIGHTS).write_bytes((tmp_path / "two" / WEIGHTS).read_bytes())
    with pytest.raises(ConfigurationError, match="not those that were saved"):
        load(tmp_path / "one")
    (tmp_path / "two" / WEIGHTS).write_bytes(b"PK half")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path / "two")
    (tmp_path / "one" / SPEC).write_text(json.dumps({"format": 99}))
    with pytest.raises(ConfigurationError, match="format 99"):
        load(tmp_path / "one")


class AxesEncoder:
    """The first axis for every text: what is found depends on the adapter alone."""

    dimension = 4
    model_version = "axes"

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile(np.eye(4, dtype=np.float32)[0], (len(texts), 1))

    encode_passages = encode_queries


@pytest.fixture
def store(tmp_path: Path):
    index = EdgeStore(tmp_path / "index")
    index.ensure("axes", 4)
    passages = [PassageDoc(n + 1, f"article:{n + 1}", "article", "", f"词{n}", 1, (0, 2), "zh") for n in range(4)]
    index.upsert([Point(p, np.eye(4, dtype=np.float32)[n], encode_passage(p.text)) for n, p in enumerate(passages)])
    yield index
    index.close()


def test_search_is_by_the_moved_question_and_says_by_which(store: EdgeStore) -> None:
    down, up = np.zeros((4, 1), np.float32), np.zeros((1, 4), np.float32)
    down[0, 0], up[0, 3] = 1, 5  # the first axis is moved towards the fourth
    adapter = QueryAdapter(down, up, "axes")
    plain = Searcher(AxesEncoder(), store).search_text("退货", SearchScope(), 2)
    adapted = Searcher(AxesEncoder(), store, adapter=adapter).search_text("退货", SearchScope(), 2)
    assert plain.hits[0].passage.id == 1 and "adapter" not in plain.versions
    assert adapted.hits[0].passage.id == 4 and adapted.versions["adapter"] == adapter.version


def test_a_vector_that_comes_later_is_moved_too(store: EdgeStore) -> None:
    down, up = np.zeros((4, 1), np.float32), np.zeros((1, 4), np.float32)
    down[0, 0], up[0, 3] = 1, 5
    searcher = Searcher(AxesEncoder(), store, adapter=QueryAdapter(down, up, "axes"))
    with searcher.begin("退货", SearchScope(), 2) as search:
        search.supply(AxesEncoder().encode_queries(["退货"])[0])
        assert search.result().hits[0].passage.id == 4


def test_an_adapter_of_another_encoder_is_refused(store: EdgeStore) -> None:
    with pytest.raises(ConfigurationError, match="train retrieval"):
        Searcher(AxesEncoder(), store, adapter=an_adapter(encoder="other"))


def test_a_fusion_by_language_travels_and_weighs_as_it_says() -> None:
    fusion = LanguageFusion({"zh": 0.2, "en": 1.5}, 0.7)
    kind = named(fusion)
    assert kind is not None and from_name(*json.loads(json.dumps(kind))) == fusion
    assert "en=1.5" in fusion.version and "zh=0.2" in fusion.version
    dense = [(1, 0.9), (2, 0.8), (3, 0.7)]
    legs = [_leg(dense), _leg([(3, 20.0), (1, 2.0)])]
    for language, weight in (("zh", 0.2), ("en", 1.5), ("fr", 0.7)):
        expected = LinearFusion(weight).fuse(legs[0], legs[1], 3, language)
        assert [hit.score for hit in fusion.fuse(legs[0], legs[1], 3, language)] == [hit.score for hit in expected]


def _leg(pairs):
    from retrieval.index.store import ScoredPassage

    return [
        ScoredPassage(PassageDoc(n, f"article:{n}", "article", "", "文", 1, (0, 1), "zh"), score) for n, score in pairs
    ]

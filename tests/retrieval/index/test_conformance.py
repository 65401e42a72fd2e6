"""What every VectorStore does: Edge in process, Edge through the index process, and a Qdrant server's client."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.errors import ConfigurationError, InvalidInput
from retrieval.index.store import Point, VectorStore
from retrieval.sparse import SparseVector, encode_query
from retrieval.types import SearchScope
from tests.retrieval.index.conftest import DIMENSION, MODEL, make_point, unit

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
ALL = SearchScope(audiences=frozenset({"public", "internal"}), at=NOW)


def ids(hits) -> list[int]:
    return [hit.id for hit in hits]


def test_a_passage_comes_back_complete(store: VectorStore) -> None:
    point = make_point(
        7,
        "七天无理由退货 refund",
        audience="internal",
        shops=(3, 4),
        valid_from=NOW - timedelta(days=1, microseconds=3),
        valid_to=NOW + timedelta(days=1),
        published_at=NOW,
        heading="退货",
        answer="可以退",
        category="售后",
        intent="return",
        source_kind="case",
        span=(10, 24),
    )
    store.upsert([point])
    assert store.get([7]) == [point.passage]
    found = store.search(point.dense, encode_query("退货"), ALL, 5)
    assert found.dense[0].passage == found.sparse[0].passage == point.passage
    assert found.dense[0].score == pytest.approx(1.0, abs=1e-3)


def test_both_legs_are_ranked_best_first(store: VectorStore) -> None:
    store.upsert([make_point(i, text) for i, text in enumerate(["退货 退货 运费", "退货 政策", "发票"], start=1)])
    found = store.search(unit(2), encode_query("退货 运费"), ALL, 10)
    assert ids(found.dense)[0] == 2 and len(found.dense) == 3
    assert ids(found.sparse) == [1, 2]  # rare 运费 first; the passage without any term is not a candidate
    for leg in (found.dense, found.sparse):
        scores = [hit.score for hit in leg]
        assert scores == sorted(scores, reverse=True)


def test_rare_terms_weigh_more(store: VectorStore) -> None:
    store.upsert([make_point(i, "退货 说明") for i in range(1, 20)] + [make_point(20, "发票 说明")])
    found = store.search(None, encode_query("发票 退货"), ALL, 3)
    assert found.dense == [] and ids(found.sparse)[0] == 20
    assert found.sparse[0].score > 3 * found.sparse[1].score  # IDF comes from the store


def test_one_leg_or_none(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    assert ids(store.search(unit(1), None, ALL, 5).dense) == [1]
    assert store.search(unit(1), None, ALL, 5).sparse == []
    nothing = store.search(None, SparseVector((), ()), ALL, 5)
    assert (nothing.dense, nothing.sparse) == ([], [])


def test_limit_holds_for_each_leg(store: VectorStore) -> None:
    store.upsert([make_point(i) for i in range(1, 21)])
    found = store.search(unit(1), encode_query("退货"), ALL, 4)
    assert (len(found.dense), len(found.sparse)) == (4, 4)


def test_the_engine_can_fuse(store: VectorStore) -> None:
    store.upsert([make_point(1, "运费"), make_point(2, "退货"), make_point(3, "发票")])
    assert ids(store.search_fused(unit(2), encode_query("退货"), ALL, 2))[0] == 2
    assert ids(store.search_fused(unit(3), encode_query("的"), ALL, 1)) == [3]


def test_writing_again_replaces(store: VectorStore) -> None:
    store.upsert([make_point(1, "退货")])
    store.upsert([make_point(1, "发票")])
    assert store.count() == 1
    assert store.search(None, encode_query("退货"), ALL, 5).sparse == []
    assert ids(store.search(None, encode_query("发票"), ALL, 5).sparse) == [1]


def test_a_search_never_shows_what_it_showed_before_a_change(store: VectorStore) -> None:
    """Stores may remember texts they have read: a change must be seen at once."""

    def text() -> list[str]:
        found = store.search(unit(1), encode_query("退货"), ALL, 5)
        return [hit.passage.text for hit in (*found.dense, *found.sparse)]

    store.upsert([make_point(1, "退货 一")])
    assert text() == ["退货 一"] * 2
    store.upsert([make_point(1, "退货 二", audience="internal")])
    assert text() == ["退货 二"] * 2
    store.delete([1])
    store.upsert([make_point(1, "退货 三")])
    assert text() == ["退货 三"] * 2
    store.delete_documents(["article:1"])
    store.upsert([make_point(1, "退货 四")])
    assert text() == ["退货 四"] * 2
    store.rebuild(iter([[make_point(1, "退货 五")]]), MODEL)
    assert text() == ["退货 五"] * 2


def test_delete_by_passage_and_by_document(store: VectorStore) -> None:
    store.upsert([make_point(i, document_id=f"article:{i // 2}") for i in range(2, 8)])
    store.delete([2, 99])
    store.delete([])
    store.delete_documents(["article:3", "case:3"])
    assert [doc.id for doc in store.get([7, 5, 4, 3, 2])] == [5, 4, 3]
    assert store.count() == 3


def test_count_in_scope(store: VectorStore) -> None:
    store.upsert([make_point(1), make_point(2, audience="internal"), make_point(3, shops=(5,))])
    assert store.count() == 3
    assert store.count(SearchScope(at=NOW)) == 2
    assert store.count(SearchScope(at=NOW, shop=4)) == 1
    assert store.count(SearchScope(audiences=frozenset())) == 0
    assert store.count(SearchScope(source_kinds=frozenset())) == 0


def test_validity_ends_are_half_open(store: VectorStore) -> None:
    end = NOW + timedelta(microseconds=1)
    store.upsert([make_point(1, valid_from=NOW, valid_to=end)])
    seen = [store.count(SearchScope(at=at)) for at in (NOW - timedelta(microseconds=1), NOW, end)]
    assert seen == [0, 1, 0]


def test_without_a_time_it_is_now(store: VectorStore) -> None:
    now = datetime.now(UTC)
    store.upsert([make_point(1, valid_to=now - timedelta(hours=1)), make_point(2, valid_to=now + timedelta(hours=1))])
    found = store.search(unit(1), encode_query("退货"), SearchScope(), 5)
    assert ids(found.dense) == ids(found.sparse) == [2]


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda: make_point(0), "positive"),
        (lambda: make_point(1, shops=(0,)), "shop ids are positive"),
        (lambda: make_point(1, valid_to=datetime(2026, 1, 1)), "time zone"),
        (lambda: make_point(1, dimension=3), "shape"),
        (lambda: Point(make_point(1).passage, np.full(DIMENSION, np.nan, np.float32), SparseVector((), ())), "NaN"),
    ],
)
def test_what_cannot_be_stored_is_refused_whole(store: VectorStore, bad, says: str) -> None:
    with pytest.raises(InvalidInput, match=says):
        store.upsert([bad()])
    assert store.count() == 0


def test_a_query_of_another_dimension_is_refused(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    with pytest.raises(InvalidInput, match="shape"):
        store.search(unit(1, 3), None, ALL, 5)


def test_another_encoder_is_told_to_reindex(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    for model, dimension in (("other", DIMENSION), (MODEL, 8)):
        with pytest.raises(ConfigurationError, match="copilot reindex"):
            store.ensure(model, dimension)


def test_an_empty_index_adopts_the_encoder(store: VectorStore) -> None:
    info = store.ensure("other", 4)
    assert (info.model_version, info.dimension, info.count) == ("other", 4, 0)


def test_rebuild_replaces_everything(store: VectorStore) -> None:
    store.upsert([make_point(i) for i in range(1, 6)])
    before = store.info()
    info = store.rebuild(iter([[make_point(3, "新 文"), make_point(9)], [], [make_point(10)]]), MODEL)
    assert (info.count, info.generation, info.rebuilding) == (3, before.generation + 1, False)
    assert store.get([1]) == [] and store.get([3])[0].text == "新 文"


def test_writes_during_a_rebuild_win(store: VectorStore) -> None:
    store.upsert([make_point(i, "旧", document_id="article:1") for i in range(1, 5)])

    def batches():
        assert store.info().rebuilding
        yield [make_point(1, "批", document_id="article:1")]
        store.upsert([make_point(2, "写"), make_point(6, "写")])
        store.delete([3])
        store.delete([7])  # only a later batch knows it
        store.delete_documents(["article:4"])
        assert [d.text for d in store.get([1, 2])] == ["旧", "写"]  # the old index serves until the swap
        yield [make_point(i, "批", document_id="article:1") for i in (2, 3, 4, 5, 7)]
        store.delete([5])
        store.upsert([make_point(3, "又写")])

    store.rebuild(batches(), MODEL)
    assert {d.id: d.text for d in store.get([1, 2, 3, 4, 5, 6, 7])} == {1: "批", 2: "写", 3: "又写", 4: "批", 6: "写"}
    assert store.count() == 5


def test_a_failed_rebuild_changes_nothing(store: VectorStore) -> None:
    store.upsert([make_point(1, "旧")])
    before = store.info()

    def batches():
        yield [make_point(2)]
        store.upsert([make_point(3)])
        raise ValueError("the database went away")

    with pytest.raises(ValueError, match="went away"):
        store.rebuild(batches(), MODEL)
    with pytest.raises(InvalidInput):
        store.rebuild(iter([[make_point(2)], [make_point(0)]]), MODEL)
    info = store.info()
    assert (info.generation, info.count, info.rebuilding) == (before.generation, 2, False)
    assert store.rebuild(iter([[make_point(5)]]), MODEL).count == 1  # and the next one runs


def test_rebuild_for_another_model(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    info = store.rebuild(iter([[make_point(2, dimension=8)], [make_point(3, dimension=8)]]), "bigger")
    assert (info.model_version, info.dimension, info.count) == ("bigger", 8, 2)
    assert ids(store.search(unit(3, 8), None, ALL, 1).dense) == [3]
    with pytest.raises(ConfigurationError, match="reindex"):
        store.ensure(MODEL, DIMENSION)


def test_rebuild_from_nothing_empties(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    assert store.rebuild(iter([]), MODEL).count == 0
    store.upsert([make_point(2)])
    assert store.count() == 1

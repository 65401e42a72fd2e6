"""A passage outside of the scope must never come back: every engine against a model in plain Python."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from retrieval.fusion import DEFAULT_FUSION
from retrieval.index.store import HybridQuery, VectorStore
from retrieval.sparse import encode_query
from retrieval.types import PassageDoc, SearchScope
from tests.retrieval.index.conftest import make_point, unit

START = datetime(2026, 1, 1, tzinfo=UTC)
AUDIENCES = ("public", "internal", "role:admin", "role:agent", "Public", "")
KINDS = ("article", "case", "record")

moments = st.integers(-3, 3).map(lambda n: START + timedelta(microseconds=n))
shops = st.lists(st.integers(1, 3), max_size=2, unique=True).map(tuple)
passages = st.lists(
    st.fixed_dictionaries(
        {
            "audience": st.sampled_from(AUDIENCES),
            "source_kind": st.sampled_from(KINDS),
            "shops": shops,
            "valid_from": st.none() | moments,
            "valid_to": st.none() | moments,
        }
    ),
    max_size=25,
)
scopes = st.builds(
    SearchScope,
    audiences=st.frozensets(st.sampled_from(AUDIENCES), max_size=3),
    shop=st.none() | st.integers(1, 4),
    at=moments,
    source_kinds=st.none() | st.frozensets(st.sampled_from(KINDS), max_size=2),
)


def visible(doc: PassageDoc, scope: SearchScope) -> bool:
    assert scope.at is not None
    return (
        doc.audience in scope.audiences
        and (scope.shop is None or not doc.shops or scope.shop in doc.shops)
        and (doc.valid_from is None or doc.valid_from <= scope.at)
        and (doc.valid_to is None or scope.at < doc.valid_to)
        and (scope.source_kinds is None or doc.source_kind in scope.source_kinds)
    )


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=passages, asked=st.lists(scopes, min_size=1, max_size=4))
def test_every_way_in_respects_the_scope(store: VectorStore, rows: list[dict], asked: list[SearchScope]) -> None:
    store.delete(range(1, 50))
    points = [make_point(i, "退货 政策", **row) for i, row in enumerate(rows, start=1)]
    store.upsert(points)
    for scope in asked:
        expected = {p.passage.id for p in points if visible(p.passage, scope)}
        found = store.search(unit(1), encode_query("退货"), scope, 50)
        assert {hit.id for hit in found.dense} == expected
        assert {hit.id for hit in found.sparse} == expected
        assert {hit.id for hit in store.search_fused(unit(1), encode_query("退货"), scope, 50)} == expected
        asked_for = HybridQuery(unit(1), encode_query("退货"), scope, 50, 50, DEFAULT_FUSION, "zh")
        with store.begin_hybrid(asked_for) as search:
            assert {hit.passage.id for hit in search.hits()} == expected
        assert store.count(scope) == len(expected)

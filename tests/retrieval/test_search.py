"""The searcher over the real embedded engine: scope, order, evidence, and a shared query vector."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput
from retrieval import sparse
from retrieval.index.edge import EdgeStore
from retrieval.index.store import Point
from retrieval.search import LEG_DEPTH, Searcher
from retrieval.types import INTERNAL, PUBLIC, Hit, PassageDoc, SearchScope

NOW = datetime(2024, 6, 1, tzinfo=UTC)


class CharacterEncoder:
    """Unit vectors of character counts: texts that share characters are near. Counts its calls."""

    dimension = 64
    model_version = "characters-1"

    def __init__(self) -> None:
        self.queries = 0

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for character in text:
                vectors[row, ord(character) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        self.queries += len(texts)
        return self._encode(texts)

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        return self._encode(texts)


def passage(number: int, text: str, **kwargs: object) -> PassageDoc:
    fields: dict[str, object] = {
        "document_id": f"article:{number}",
        "source_kind": "article",
        "title": "",
        "version": 3,
        "span": (10, 10 + len(text)),
        "language": "zh",
    }
    return PassageDoc(id=number, text=text, **{**fields, **kwargs})  # type: ignore[arg-type]


PASSAGES = [
    passage(1, "七天无理由退货：签收后七天内可以退货。"),
    passage(2, "退货运费由买家承担，质量问题由卖家承担。", document_id="article:1"),
    passage(3, "会员积分每年清零一次。"),
    passage(4, "员工内部价与退货审批流程。", audience=INTERNAL),
    passage(5, "618促销期间退货延长到三十天。", valid_to=NOW - timedelta(days=1)),
    passage(6, "二店退货地址：杭州。", shops=(2,)),
    passage(7, "You can return an item within 7 days.", language="en"),
    passage(8, "订单JD3130012345已退货入库", source_kind="case", document_id="case:8"),
]


@pytest.fixture(scope="module")
def searcher(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    encoder = CharacterEncoder()
    store = EdgeStore(Path(tmp_path_factory.mktemp("index")))
    store.ensure(encoder.model_version, encoder.dimension)
    vectors = encoder.encode_passages([each.embed_text for each in PASSAGES])
    store.upsert([Point(p, v, sparse.encode_passage(p.embed_text)) for p, v in zip(PASSAGES, vectors, strict=True)])
    yield Searcher(encoder, store)
    store.close()


def found(hits: Sequence[Hit]) -> set[int]:
    return {hit.passage.id for hit in hits}


def test_finds_with_version_span_and_evidence(searcher: Searcher) -> None:
    hit = searcher.search("七天内可以退货吗", SearchScope(at=NOW, shop=1))[0]
    assert hit.passage == PASSAGES[0]
    assert hit.dense_rank is not None and hit.sparse_rank == 1 and hit.sparse_score and hit.sparse_score > 0


@pytest.mark.parametrize(
    ("scope", "never"),
    [
        (SearchScope(at=NOW, shop=1), {4, 5, 6}),
        (SearchScope(at=NOW, shop=2), {4, 5}),
        (SearchScope(at=NOW, audiences=frozenset({PUBLIC, INTERNAL}), shop=1), {5, 6}),
        (SearchScope(at=NOW - timedelta(days=2), shop=1), {4, 6}),
        (SearchScope(at=NOW, source_kinds=frozenset({"case"})), {1, 2, 3, 4, 5, 6, 7}),
    ],
)
def test_never_beyond_the_scope(searcher: Searcher, scope: SearchScope, never: set[int]) -> None:
    for query in ("退货", "员工内部价退货审批", "618促销退货三十天", "二店退货地址杭州", "return"):
        seen = found(searcher.search(query, scope, limit=50))
        assert seen and not seen & never


def test_one_hit_a_document(searcher: Searcher) -> None:
    hits = searcher.search("退货运费由谁承担", SearchScope(at=NOW))
    documents = [hit.passage.document_id for hit in hits]
    assert len(documents) == len(set(documents)) and hits[0].passage.id == 2


def test_the_other_passages_of_a_document_come_beside_its_best_where_they_are_asked_for(searcher: Searcher) -> None:
    scope, query = SearchScope(at=NOW, shop=1), "退货运费由谁承担"
    with searcher.begin(query, scope, 3, beside=True) as search:
        search.supply(searcher.encoder.encode_queries([query])[0])
        hits = search.result().hits
    plain = searcher.search(query, scope, 3)
    assert [hit.passage.id for hit in hits] == [hit.passage.id for hit in plain] and hits[0].passage.id == 2
    assert [other.passage.id for other in hits[0].beside] == [1]
    assert not any(hit.beside for hit in (*hits[1:], *plain))


def test_a_shared_vector_gives_the_same_hits_without_encoding(searcher: Searcher) -> None:
    encoder = searcher.encoder
    assert isinstance(encoder, CharacterEncoder)
    scope = SearchScope(at=NOW, shop=1)
    vector = encoder.encode_queries(["积分清零"])[0]
    before = encoder.queries
    result = searcher.search_vector("积分清零", vector, scope)
    assert encoder.queries == before and set(result.latency_ms) == {"query"}
    with_text = searcher.search_text("积分清零", scope)
    assert result.hits == with_text.hits and set(with_text.latency_ms) == {"encode", "query"}
    assert result.versions == {"fusion": searcher.fusion.version, "encoder": "characters-1"}


def test_the_order_of_the_first_does_not_depend_on_the_limit(searcher: Searcher) -> None:
    scope = SearchScope(at=NOW)
    assert searcher.search("退货", scope, limit=2) == searcher.search("退货", scope, limit=6)[:2]


def test_empty_questions_and_limits_are_refused(searcher: Searcher) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        searcher.search("  ", SearchScope())
    with pytest.raises(InvalidInput, match="limit"):
        searcher.search("退货", SearchScope(), limit=0)


def test_a_question_without_any_known_word_still_searches(searcher: Searcher) -> None:
    assert searcher.search("？？！", SearchScope(at=NOW))


def test_a_reranker_sees_more_than_the_limit_and_decides(searcher: Searcher) -> None:
    class LastFirst:
        version = "last-first"
        seen: int = 0

        def rerank(self, query: str, hits: Sequence[Hit], limit: int) -> list[Hit]:
            self.seen = len(hits)
            return list(reversed(hits))[:limit]

    reranker = LastFirst()
    scope = SearchScope(at=NOW)
    plain = searcher.search("退货", scope, limit=LEG_DEPTH)
    result = Searcher(searcher.encoder, searcher.store, searcher.fusion, reranker).search_text("退货", scope, limit=1)
    assert reranker.seen == len(plain) > 1
    assert result.hits == (plain[-1],) and result.versions["reranker"] == "last-first"
    assert "rerank" in result.latency_ms

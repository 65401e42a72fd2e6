"""Fusing inside the index must give what fusing both legs here gives, on every store, whatever happens in between."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError, InvalidInput
from retrieval.fusion import Fusion, LinearFusion, ReciprocalRankFusion, from_name, named
from retrieval.index import owner
from retrieval.index.client import IndexClient
from retrieval.index.connect import local_client
from retrieval.index.frames import encode_vector
from retrieval.index.handler import BEGIN, ERROR, encode_request
from retrieval.index.server_store import ServerStore
from retrieval.index.store import HybridQuery, PendingHits, VectorStore, known
from retrieval.sparse import encode_query
from retrieval.types import Hit, PassageDoc, SearchScope
from tests.retrieval.index.conftest import DIMENSION, MODEL, make_point, unit

WORDS = ("退货", "运费", "发票", "保修", "refund", "coupon", "物流", "积分")


class SparseFirst(LinearFusion):
    """A fusion that no index process knows."""

    def __init__(self) -> None:
        super().__init__(sparse_weight=50.0)


def question(
    seed: int = 1, fusion: Fusion | None = None, scope: SearchScope | None = None, limit: int = 10, depth: int = 40
) -> HybridQuery:
    words = " ".join(np.random.default_rng(seed).choice(WORDS, 2))
    language = "zh" if seed % 2 else "en"
    return HybridQuery(
        unit(seed), encode_query(words), scope or SearchScope(), depth, limit, fusion or LinearFusion(), language
    )


def hits(store: VectorStore, query: HybridQuery) -> list[Hit]:
    with store.begin_hybrid(query) as search:
        return search.hits()


def begin(store: VectorStore, query: HybridQuery) -> PendingHits:
    """The search as the product begins it: the vector comes later."""
    return store.begin_hybrid(replace(query, dense=None))


def finish(search: PendingHits, query: HybridQuery) -> list[Hit]:
    with search:
        search.supply(known(query.dense))
        return search.hits()


def evidence(found: list[Hit]) -> list[tuple[PassageDoc, int | None, int | None]]:
    return [(hit.passage, hit.dense_rank, hit.sparse_rank) for hit in found]


def fill(store: VectorStore, count: int = 120) -> None:
    rng = np.random.default_rng(0)
    store.upsert(
        [
            make_point(
                i,
                " ".join(rng.choice(WORDS, 5)),
                document_id=f"article:{i // 3}",
                language="zh" if i % 2 else "en",
                audience="internal" if i % 5 == 0 else "public",
                shops=(i % 3,) if i % 3 else (),
            )
            for i in range(1, count + 1)
        ]
    )


@pytest.mark.parametrize("fusion", [LinearFusion(), SparseFirst()])
def test_a_question_in_words_finds_what_its_terms_find(store: VectorStore, fusion: Fusion) -> None:
    fill(store)
    for text, language in (("退货的运费谁付？", "zh"), ("How do I get a refund or a coupon?", "en"), ("？", "zh")):
        by_terms = HybridQuery(unit(2), encode_query(text), SearchScope(), 40, 10, fusion, language)
        by_words = replace(by_terms, sparse=text, language=None)
        expected = evidence(hits(store, by_terms))
        assert evidence(hits(store, by_words)) == expected != []
        assert evidence(finish(begin(store, by_words), by_words)) == expected


def test_terms_alone_name_no_language(store: VectorStore) -> None:
    fill(store, 3)
    with pytest.raises(InvalidInput, match="language"):
        hits(store, replace(question(), language=None))


@pytest.mark.parametrize("fusion", [LinearFusion(), LinearFusion(0.2, 3.0, 2), ReciprocalRankFusion(), SparseFirst()])
def test_it_gives_what_fusing_both_legs_here_gives(store: VectorStore, fusion: Fusion) -> None:
    fill(store)
    for seed in range(1, 13):
        for limit, scope in ((10, SearchScope(shop=1)), (3, SearchScope(frozenset({"public", "internal"})))):
            query = question(seed, fusion, scope, limit)
            legs = store.search(query.dense, query.sparse, scope, query.depth)
            expected = fusion.fuse(legs.dense, legs.sparse, limit, query.language)
            found = hits(store, query)
            assert expected and evidence(found) == evidence(expected)
            if isinstance(store, ServerStore):  # numpy sums differently each time in qdrant-client's local mode
                assert [hit.score for hit in found] == pytest.approx([hit.score for hit in expected], abs=1e-4)
            else:
                assert found == expected  # to the last bit
                assert finish(begin(store, query), query) == expected  # and so when the vector came later


def test_a_change_between_terms_and_vector_is_seen(store: VectorStore) -> None:
    def seen(change: Callable[[], object]) -> list[str]:
        query = HybridQuery(unit(1), encode_query("退货"), SearchScope(), 5, 5, LinearFusion(), "zh")
        search = begin(store, query)
        store.count()  # another connection: the terms have been looked for by now, or soon are
        time.sleep(0.05)
        change()
        return [hit.passage.text for hit in finish(search, query)]

    store.upsert([make_point(1, "退货 一"), make_point(2, "退货 二")])
    assert sorted(seen(lambda: None)) == ["退货 一", "退货 二"]
    assert seen(lambda: store.upsert([make_point(1, "退货 内部底价", audience="internal")])) == ["退货 二"]
    assert sorted(seen(lambda: store.upsert([make_point(3, "退货 三")]))) == ["退货 三", "退货 二"]
    assert seen(lambda: store.delete([3])) == ["退货 二"]
    assert seen(lambda: store.delete_documents([make_point(2).passage.document_id])) == []
    assert seen(lambda: store.rebuild(iter([[make_point(1, "退货 四")]]), MODEL)) == ["退货 四"]


def test_a_search_without_its_vector_is_refused(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    with begin(store, question()) as search, pytest.raises(InvalidInput, match="dense vector"):
        search.hits()
    assert store.count() == 1


def test_one_leg_only_or_nothing(store: VectorStore) -> None:
    assert hits(store, question()) == []
    store.upsert([make_point(1)])
    wordless = HybridQuery(unit(1), encode_query("？"), SearchScope(), 5, 5, LinearFusion(), "zh")
    assert [(hit.passage.id, hit.dense_rank, hit.sparse_rank) for hit in hits(store, wordless)] == [(1, 1, None)]
    assert hits(store, question(scope=SearchScope(audiences=frozenset()))) == []


def test_a_change_is_seen_at_once(store: VectorStore) -> None:
    def seen() -> list[tuple[str, str]]:
        query = HybridQuery(unit(1), encode_query("退货"), SearchScope(), 5, 5, LinearFusion(), "zh")
        return [(hit.passage.text, hit.passage.document_id) for hit in hits(store, query)]

    store.upsert([make_point(1, "退货 一"), make_point(2, "退货 旁", document_id="article:1")])
    assert seen() == [("退货 一", "article:1")]  # one a document
    store.upsert([make_point(2, "退货 旁", document_id="article:9")])
    assert len(seen()) == 2  # what is remembered of a passage goes with it
    store.upsert([make_point(1, "退货 内部底价", audience="internal")])
    assert seen() == [("退货 旁", "article:9")]
    store.delete_documents(["article:9"])
    assert seen() == []
    store.upsert([make_point(1, "退货 三")])
    assert seen() == [("退货 三", "article:1")]
    store.rebuild(iter([[make_point(1, "退货 四")]]), MODEL)
    assert seen() == [("退货 四", "article:1")]


def test_errors_are_those_of_a_search(store: VectorStore) -> None:
    store.upsert([make_point(1)])
    query = HybridQuery(unit(1, 3), encode_query("退货"), SearchScope(), 5, 5, LinearFusion(), "zh")
    with pytest.raises(InvalidInput, match="shape"):
        hits(store, query)
    with pytest.raises(InvalidInput, match="shape"):
        finish(begin(store, query), query)


@pytest.fixture
def client(index_dir: Path):
    opened = local_client(index_dir, idle_exit=30)
    opened.ensure(MODEL, DIMENSION)
    fill(opened, 20)
    yield opened
    opened.close()


def connections(process: int) -> int:
    """Threads of the index process: one a connection, besides its own."""
    return len(list(Path(f"/proc/{process}/task").iterdir()))


def test_a_search_begun_and_abandoned_leaks_nothing(client: IndexClient, index_dir: Path) -> None:
    found = owner.find(index_dir)
    assert found is not None
    own_files = len(list(Path("/proc/self/fd").iterdir()))
    before = connections(found.pid)
    for seed in range(20):
        with begin(client, question(seed)):
            pass
        with pytest.raises(ZeroDivisionError), begin(client, question(seed)):
            1 / 0  # noqa: B018
        assert client.count() == 20  # and is not answered with hits
        assert finish(begin(client, question(seed)), question(seed)) == hits(client, question(seed))
    assert len(list(Path("/proc/self/fd").iterdir())) <= own_files
    deadline = time.monotonic() + 20
    while connections(found.pid) > before and time.monotonic() < deadline:
        time.sleep(0.02)
    assert connections(found.pid) <= before


def test_what_is_wrong_with_the_terms_is_said_when_the_vector_has_come(client: IndexClient) -> None:
    link = client.take_idle()
    assert link is not None
    link.send(encode_request(BEGIN, b"", b"nonsense"))
    link.send(encode_vector(unit(1)))
    assert link.receive()[:1] == ERROR
    client.give_back(link)
    assert client.count() == 20


def test_a_search_given_up_leaves_no_answer_for_the_next_request(client: IndexClient) -> None:
    for seed in range(3):
        with client.begin_hybrid(question(seed)):
            pass
        assert client.count() == 20
        with pytest.raises(ZeroDivisionError), client.begin_hybrid(question(seed)):
            1 / 0  # noqa: B018
        assert [doc.id for doc in client.get([seed + 1])] == [seed + 1]


def test_a_begun_search_outlives_the_process(client: IndexClient, index_dir: Path) -> None:
    expected = {hit.passage.document_id for hit in hits(client, question())}  # equal scores may change places
    for begin_first in (True, False):
        found = owner.find(index_dir)
        assert found is not None
        if not begin_first:
            os.kill(found.pid, signal.SIGKILL)
        with client.begin_hybrid(question()) as search:
            if begin_first:
                os.kill(found.pid, signal.SIGKILL)
            assert {hit.passage.document_id for hit in search.hits()} == expected


@pytest.mark.parametrize("vector_first", [True, False])
def test_a_search_without_its_vector_outlives_the_process(
    client: IndexClient, index_dir: Path, vector_first: bool
) -> None:
    expected = {hit.passage.document_id for hit in hits(client, question())}
    found = owner.find(index_dir)
    assert found is not None
    with begin(client, question()) as search:
        if not vector_first:
            os.kill(found.pid, signal.SIGKILL)
        search.supply(known(question().dense))
        if vector_first:
            os.kill(found.pid, signal.SIGKILL)
        assert {hit.passage.document_id for hit in search.hits()} == expected


def test_searches_under_way_do_not_meet(client: IndexClient) -> None:
    alone = [hits(client, question(seed)) for seed in range(1, 5)]
    begun = [client.begin_hybrid(question(seed)) for seed in range(1, 5)]
    for search, expected in reversed(list(zip(begun, alone, strict=True))):
        with search:
            assert search.hits() == expected
    waiting = [begin(client, question(seed)) for seed in range(1, 5)]
    for seed, expected in reversed(list(enumerate(alone, 1))):
        assert finish(waiting[seed - 1], question(seed)) == expected


def test_a_client_of_the_old_model_is_refused(client: IndexClient, index_dir: Path) -> None:
    other = local_client(index_dir)
    other.rebuild(iter([[make_point(1)]]), "retrained")
    with pytest.raises(ConfigurationError, match="reindex"):
        hits(client, question())
    with pytest.raises(ConfigurationError, match="reindex"):
        finish(begin(client, question()), question())
    other.close()


def test_a_fusion_travels_whole_or_not_at_all() -> None:
    for fusion in (LinearFusion(1 / 3, 0.123456789, 4), ReciprocalRankFusion(0.2, 17, 2)):
        sent = named(fusion)
        assert sent is not None and from_name(*sent) == fusion
    assert named(SparseFirst()) is None
    for wrong in (("other", {}), ("rrf", {"what": 1})):
        with pytest.raises(InvalidInput, match="no fusion"):
            from_name(*wrong)

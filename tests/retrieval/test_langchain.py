"""The retriever as LangChain uses retrievers, and nothing of LangChain in the serving process."""

import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda

from retrieval.langchain import CopilotRetriever, to_document
from retrieval.search import Searcher
from retrieval.types import Hit, PassageDoc, SearchScope

HIT = Hit(
    PassageDoc(
        id=12,
        document_id="case:7",
        source_kind="case",
        title="退款多久到账",
        text="退款多久到账？",
        version=2,
        span=(4, 11),
        language="zh",
        answer="原路退回，1到3个工作日。",
        published_at=datetime(2024, 5, 1, tzinfo=UTC),
    ),
    score=1.5,
    dense_score=0.91,
    dense_rank=1,
)


class RecordingSearcher(Searcher):
    def __init__(self) -> None:
        self.asked: list[Any] = []

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        self.asked.append((query, scope, limit, language))
        return [HIT]


def test_is_a_retriever_that_chains_and_passes_scope_limit_and_language() -> None:
    searcher = RecordingSearcher()
    scope = SearchScope(shop=3)
    retriever = CopilotRetriever(searcher=searcher, scope=scope, limit=4, language="en")
    assert isinstance(retriever, BaseRetriever)
    chain = retriever | RunnableLambda(lambda documents: [document.id for document in documents])
    assert chain.invoke("退款") == ["12"]
    assert searcher.asked == [("退款", scope, 4, "en")]


def test_default_scope_is_what_a_customer_may_see() -> None:
    searcher = RecordingSearcher()
    CopilotRetriever(searcher=searcher).invoke("退款")
    assert searcher.asked[0][1] == SearchScope() and searcher.asked[0][1].audiences == {"public"}


def test_metadata_holds_what_a_citation_needs() -> None:
    document = to_document(HIT)
    assert document.page_content == "退款多久到账？\n\n原路退回，1到3个工作日。"
    expected = {"document_id": "case:7", "version": 2, "span": [4, 11], "score": 1.5, "dense_rank": 1, "passage_id": 12}
    assert expected.items() <= document.metadata.items()
    assert document.metadata["sparse_rank"] is None
    assert document.metadata["published_at"] == "2024-05-01T00:00:00+00:00"


def test_serving_search_loads_neither_langchain_nor_torch() -> None:
    code = "import sys, retrieval.search; print([m for m in ('langchain_core', 'torch') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"

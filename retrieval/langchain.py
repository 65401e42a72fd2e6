"""Our search as a LangChain retriever. Loads langchain-core: the serving process does not import this module.

Embeddings are in `retrieval.encoder.langchain`; any LangChain chain takes both as what they are there.
"""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field

from retrieval.search import Searcher
from retrieval.types import Hit, SearchScope


class CopilotRetriever(BaseRetriever):
    """Hybrid search within `scope` (by default: what any customer may see, now) as `Document`s, best first.

    `page_content` is the passage, for a resolved ticket with the agent's answer under it; `metadata` holds everything
    that a citation needs. Use it as any runnable: `CopilotRetriever(searcher=…).invoke("怎么退货")`.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Searcher = Field(exclude=True)
    scope: SearchScope = Field(default_factory=SearchScope)
    limit: int = Field(default=10, ge=1)
    language: str | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        hits = self.searcher.search(query, self.scope, limit=self.limit, language=self.language)
        return [to_document(hit) for hit in hits]


def to_document(hit: Hit) -> Document:
    """The hit as a LangChain document; times as ISO 8601, None where a leg did not find the passage."""
    passage = hit.passage
    content = f"{passage.text}\n\n{passage.answer}" if passage.answer else passage.text
    return Document(
        id=str(passage.id),
        page_content=content,
        metadata={
            "passage_id": passage.id,
            "document_id": passage.document_id,
            "source_kind": passage.source_kind,
            "version": passage.version,
            "span": list(passage.span),
            "title": passage.title,
            "heading": passage.heading,
            "language": passage.language,
            "audience": passage.audience,
            "published_at": passage.published_at.isoformat() if passage.published_at else None,
            "valid_to": passage.valid_to.isoformat() if passage.valid_to else None,
            "score": hit.score,
            "dense_score": hit.dense_score,
            "dense_rank": hit.dense_rank,
            "sparse_score": hit.sparse_score,
            "sparse_rank": hit.sparse_rank,
        },
    )

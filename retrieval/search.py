"""Hybrid search: one question, both legs, one list. Text in, hits out; no database."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from core.errors import InvalidInput
from retrieval import sparse
from retrieval.encoder.base import Encoder
from retrieval.fusion import DEFAULT_FUSION, Fusion
from retrieval.index.store import Vector, VectorStore
from retrieval.language import detect
from retrieval.rerank import Reranker
from retrieval.types import Hit, SearchScope

LEG_DEPTH = 100  # passages asked of each leg; fusion reads their score distributions, so it does not follow `limit`


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`hits` best first; `latency_ms` by stage (encode is absent when the caller brought the vector)."""

    hits: tuple[Hit, ...]
    latency_ms: Mapping[str, float]
    versions: Mapping[str, str]


class Searcher:
    """Dense and sparse search fused; thread-safe as far as its encoder and store are.

    A hit never lies outside of the `SearchScope`: the store filters both legs, nothing is added afterwards.
    """

    def __init__(
        self,
        encoder: Encoder,
        store: VectorStore,
        fusion: Fusion = DEFAULT_FUSION,
        reranker: Reranker | None = None,
    ) -> None:
        self.encoder, self.store, self.fusion, self.reranker = encoder, store, fusion, reranker

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        """The best `limit` hits for `query`, one a document.

        `language` is preferred on near ties; detected from the query when None. Raises `InvalidInput` for an empty
        query or a limit below 1, `Unavailable` when the index does not answer.
        """
        return list(self.search_text(query, scope, limit, language).hits)

    def search_text(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> SearchResult:
        """As `search`, with times and versions."""
        _check(query, limit)
        started = perf_counter()
        vector = self.encoder.encode_queries([query])[0]
        encode_ms = (perf_counter() - started) * 1000
        found = self.search_vector(query, vector, scope, limit, language)
        return SearchResult(found.hits, {"encode": encode_ms, **found.latency_ms}, found.versions)

    def search_vector(
        self,
        query: str,
        vector: Vector,
        scope: SearchScope,
        limit: int = 10,
        language: str | None = None,
    ) -> SearchResult:
        """As `search` with the query's vector (of this searcher's encoder) already computed, as the classifier's is."""
        _check(query, limit)
        started = perf_counter()
        terms = sparse.encode_query(query)
        legs = self.store.search(vector, terms, scope, max(LEG_DEPTH, limit))
        queried = perf_counter()
        wanted = limit if self.reranker is None else max(limit, LEG_DEPTH)
        hits = self.fusion.fuse(legs.dense, legs.sparse, wanted, language or detect(query))
        fused = perf_counter()
        latency = {"query": (queried - started) * 1000, "fuse": (fused - queried) * 1000}
        versions = {"fusion": self.fusion.version, "encoder": self.encoder.model_version}
        if self.reranker is not None:
            hits = self.reranker.rerank(query, hits, limit)
            latency["rerank"] = (perf_counter() - fused) * 1000
            versions["reranker"] = self.reranker.version
        return SearchResult(tuple(hits), latency, versions)


def _check(query: str, limit: int) -> None:
    if not query.strip():
        raise InvalidInput("The question is empty. Write what you look for.")
    if limit < 1:
        raise InvalidInput(f"limit must be at least 1, it is {limit}.", limit=limit)

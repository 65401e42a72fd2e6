"""Hybrid search: one question, both legs, one list. Text in, hits out; no database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from types import TracebackType
from typing import Self

from core.errors import ConfigurationError, InvalidInput
from retrieval.adapter import QueryAdapter
from retrieval.encoder.base import Encoder
from retrieval.fusion import DEFAULT_FUSION, Fusion, deeper
from retrieval.index.store import HybridQuery, PendingHits, Vector, VectorStore
from retrieval.rerank import Reranker
from retrieval.types import Hit, SearchScope

BESIDE = 3  # other passages of its document that a hit brings along
_BRINGING = 6  # hits that do: whoever drafts reads no more
LEG_DEPTH = 100  # passages asked of each leg; fusion reads their score distributions, so it does not follow `limit`


@dataclass(frozen=True, slots=True)
class SearchResult:
    """`hits` best first; `latency_ms` by stage (encode is absent when the caller brought the vector)."""

    hits: tuple[Hit, ...]
    latency_ms: Mapping[str, float]
    versions: Mapping[str, str]


class Searcher:
    """Dense and sparse search fused; thread-safe as far as its encoder and store are.

    With an `adapter` the question's vector is moved before it is searched with; BM25 and the classifier see no adapter.

    A hit never lies outside of the `SearchScope`: the store filters both legs, nothing is added afterwards.
    """

    def __init__(
        self,
        encoder: Encoder,
        store: VectorStore,
        fusion: Fusion = DEFAULT_FUSION,
        reranker: Reranker | None = None,
        adapter: QueryAdapter | None = None,
    ) -> None:
        """Raises ConfigurationError for an adapter of another encoder."""
        self.encoder, self.store, self.fusion, self.reranker = encoder, store, fusion, reranker
        self._deeper = deeper(fusion, 1 + BESIDE)
        if adapter is not None and adapter.encoder_version != encoder.model_version:
            raise ConfigurationError(
                f"The adapter was trained with {adapter.encoder_version}, this process encodes with "
                f"{encoder.model_version}. Run `copilot train retrieval`."
            )
        self.adapter = adapter

    def search(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> list[Hit]:
        """The best `limit` hits for `query`, one a document.

        `language` is preferred on near ties; detected from the query when None. Raises `InvalidInput` for an empty
        query or a limit below 1, `Unavailable` when the index does not answer.
        """
        return list(self.search_text(query, scope, limit, language).hits)

    def search_text(self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None) -> SearchResult:
        """As `search`, with times and versions."""
        with self.begin(query, scope, limit, language) as search:
            started = perf_counter()
            vector = self.encoder.encode_queries([query])[0]
            encode_ms = (perf_counter() - started) * 1000
            search.supply(vector)
            found = search.result()
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
        with self.begin(query, scope, limit, language, vector) as search:
            return search.result()

    def moved(self, vector: Vector) -> Vector:
        """A question's vector as it is searched with."""
        return vector if self.adapter is None else self.adapter.apply(vector)

    def begin(
        self,
        query: str,
        scope: SearchScope,
        limit: int = 10,
        language: str | None = None,
        vector: Vector | None = None,
        beside: bool = False,
    ) -> Search:
        """As `search_vector`, without waiting: the index searches while the caller does something else.

        Without `vector` it does what needs none, while the caller encodes; `Search.supply` brings the vector.
        `beside`: the best hits bring up to `BESIDE` other passages of their documents along.
        """
        _check(query, limit)
        started = perf_counter()
        wanted = limit * (1 + BESIDE) if beside else limit  # enough for `limit` documents in any case
        asked = HybridQuery(
            dense=None if vector is None else self.moved(vector),
            sparse=query,
            scope=scope,
            depth=max(LEG_DEPTH, limit),
            limit=wanted if self.reranker is None else max(wanted, LEG_DEPTH),
            fusion=self._deeper if beside else self.fusion,
            language=language or None,
        )
        pending = self.store.begin_hybrid(asked)
        return Search(self, query, limit, wanted, pending, (perf_counter() - started) * 1000)


class Search:
    """A search under way; use it as a context manager, which gives it up when nobody waited for it."""

    def __init__(
        self, searcher: Searcher, query: str, limit: int, wanted: int, pending: PendingHits, begun_ms: float
    ) -> None:
        self._searcher, self._query, self._limit, self._wanted = searcher, query, limit, wanted
        self._pending, self._begun_ms = pending, begun_ms

    def supply(self, vector: Vector) -> None:
        """The vector of a search that was begun without, once; returns at once."""
        self._pending.supply(self._searcher.moved(vector))

    def result(self) -> SearchResult:
        """Wait for it, once. `latency_ms["query"]` leaves out what the caller did meanwhile."""
        searcher = self._searcher
        started = perf_counter()
        hits = self._pending.hits()
        found = perf_counter()
        latency = {"query": self._begun_ms + (found - started) * 1000}
        versions = {"fusion": searcher.fusion.version, "encoder": searcher.encoder.model_version}
        if searcher.adapter is not None:
            versions["adapter"] = searcher.adapter.version
        if searcher.reranker is not None:
            hits = searcher.reranker.rerank(self._query, hits, self._wanted)
            latency["rerank"] = (perf_counter() - found) * 1000
            versions["reranker"] = searcher.reranker.version
        if self._wanted > self._limit:
            hits = _gathered(hits, self._limit)
        return SearchResult(tuple(hits), latency, versions)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pending.__exit__(kind, error, trace)


def _gathered(hits: Sequence[Hit], limit: int) -> list[Hit]:
    """The best hit of each document, with its others beside it."""
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.passage.document_id, []).append(hit)
    documents = list(found.values())[:limit]
    return [
        replace(best, beside=tuple(others)) if others and at < _BRINGING else best
        for at, (best, *others) in enumerate(documents)
    ]


def _check(query: str, limit: int) -> None:
    if not query.strip():
        raise InvalidInput("The question is empty. Write what you look for.")
    if limit < 1:
        raise InvalidInput(f"limit must be at least 1, it is {limit}.", limit=limit)

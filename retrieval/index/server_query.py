"""Requests to a Qdrant server: our points and scopes in qdrant-client's types (the twin of edge_query.py)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from qdrant_client import QdrantClient, models

from retrieval.index.payload import (
    DATED,
    DOC,
    DOCUMENT,
    KIND,
    OPEN,
    VALID_FROM,
    VALID_TO,
    ScopeFilter,
    encode_passage,
)
from retrieval.index.sparse_vector import SparseVector
from retrieval.index.store import DENSE, SPARSE, LegResults, Point, ScoredPassage, Vector

RRF_K: Final = 60  # Cormack, Clarke & Büttcher 2009
_TOMBSTONE: Final = "deleted"  # payload of a point without vectors: deleted while a rebuild ran
_PAGE: Final = 1000


def point(p: Point) -> models.PointStruct:
    vector: Any = {DENSE: p.dense.tolist(), SPARSE: _sparse(p.sparse)}
    return models.PointStruct(id=p.passage.id, vector=vector, payload=encode_passage(p.passage))


def tombstone(passage_id: int) -> models.PointStruct:
    return models.PointStruct(id=passage_id, vector={}, payload={_TOMBSTONE: True})


def is_tombstone() -> models.Filter:
    return models.Filter(must=[models.FieldCondition(key=_TOMBSTONE, match=models.MatchValue(value=True))])


def where(scope: ScopeFilter | None) -> models.Filter:
    if scope is None:
        return models.Filter(must_not=[models.FieldCondition(key=_TOMBSTONE, match=models.MatchValue(value=True))])
    keys = list(scope.keys)
    dated: list[Any] = [
        models.FieldCondition(key=DATED, match=models.MatchAny(any=keys)),
        models.FieldCondition(key=VALID_FROM, range=models.Range(lte=scope.at)),
        models.FieldCondition(key=VALID_TO, range=models.Range(gt=scope.at)),
    ]
    kinds: list[Any] | None = None
    if scope.kinds is not None:
        kinds = [models.FieldCondition(key=KIND, match=models.MatchAny(any=list(scope.kinds)))]
    either = [models.FieldCondition(key=OPEN, match=models.MatchAny(any=keys)), models.Filter(must=dated)]
    return models.Filter(should=either, must=kinds)


def _sparse(vector: SparseVector) -> models.SparseVector:
    return models.SparseVector(indices=list(vector.indices), values=list(vector.values))


def legs(
    client: QdrantClient,
    name: str,
    dense: Vector | None,
    sparse: SparseVector | None,
    scope: ScopeFilter,
    limit: int,
) -> LegResults:
    """One batch request for both legs."""
    asked: dict[str, Any] = {}
    if dense is not None:
        asked[DENSE] = dense.tolist()
    if sparse:
        asked[SPARSE] = _sparse(sparse)
    requests = [
        models.QueryRequest(query=vector, using=leg, filter=where(scope), limit=limit, with_payload=[DOC])
        for leg, vector in asked.items()
    ]
    answers = client.query_batch_points(name, requests)
    found = {leg: _hits(answer.points) for leg, answer in zip(asked, answers, strict=True)}
    return LegResults(dense=found.get(DENSE, []), sparse=found.get(SPARSE, []))


def fused(
    client: QdrantClient, name: str, dense: Vector, sparse: SparseVector, scope: ScopeFilter, limit: int
) -> list[ScoredPassage]:
    prefetch = [models.Prefetch(query=dense.tolist(), using=DENSE, filter=where(scope), limit=limit)]
    if sparse:
        prefetch.append(models.Prefetch(query=_sparse(sparse), using=SPARSE, filter=where(scope), limit=limit))
    fusion = models.RrfQuery(rrf=models.Rrf(k=RRF_K))
    return _hits(client.query_points(name, prefetch=prefetch, query=fusion, limit=limit, with_payload=[DOC]).points)


def _hits(points: Sequence[models.ScoredPoint]) -> list[ScoredPassage]:
    return [ScoredPassage.stored(int(p.id), p.payload[DOC], p.score) for p in points if p.payload]


def ids_of(client: QdrantClient, name: str, document_ids: Sequence[str]) -> list[int]:
    """Passage ids of these documents in one collection."""
    if not document_ids:
        return []
    condition = models.FieldCondition(key=DOCUMENT, match=models.MatchAny(any=list(document_ids)))
    return _scroll_ids(client, name, models.Filter(must=[condition]))


def tombstones(client: QdrantClient, name: str) -> list[int]:
    return _scroll_ids(client, name, is_tombstone())


def _scroll_ids(client: QdrantClient, name: str, condition: models.Filter) -> list[int]:
    ids: list[int] = []
    offset: Any = None
    while True:
        records, offset = client.scroll(name, condition, limit=_PAGE, offset=offset, with_payload=False)
        ids.extend(int(record.id) for record in records)
        if offset is None:
            return ids

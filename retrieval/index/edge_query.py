"""Our scopes, vectors and points in the types of Qdrant Edge (the twin of server_query.py)."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import qdrant_edge as qe

from retrieval.index.payload import DATED, KIND, OPEN, VALID_FROM, VALID_TO, ScopeFilter, encode_passage
from retrieval.index.sparse_vector import SparseVector
from retrieval.index.store import DENSE, SPARSE, Point


def condition(scope: ScopeFilter, dated: bool = True) -> Any:
    """`dated` False: for a shard without dated passages, where comparing times would be half of a filter's cost."""
    if not dated:
        return _open_condition(scope.keys, scope.kinds)
    keys = list(scope.keys)
    window = qe.Filter(
        must=[
            qe.FieldCondition(DATED, match=qe.MatchAny(keys)),
            qe.FieldCondition(VALID_FROM, range=qe.RangeFloat(lte=scope.at)),
            qe.FieldCondition(VALID_TO, range=qe.RangeFloat(gt=scope.at)),
        ]
    )
    return qe.Filter(should=[qe.FieldCondition(OPEN, match=qe.MatchAny(keys)), window], must=_of_kinds(scope.kinds))


@lru_cache(maxsize=256)  # few scopes, asked for with every search
def _open_condition(keys: tuple[str, ...], kinds: tuple[str, ...] | None) -> Any:
    return qe.Filter(must=[qe.FieldCondition(OPEN, match=qe.MatchAny(list(keys))), *(_of_kinds(kinds) or ())])


def _of_kinds(kinds: tuple[str, ...] | None) -> list[Any] | None:
    return None if kinds is None else [qe.FieldCondition(KIND, match=qe.MatchAny(list(kinds)))]


def sparse_vector(vector: SparseVector) -> Any:
    return qe.SparseVector(list(vector.indices), list(vector.values))


def point_of(point: Point) -> Any:
    vectors = {DENSE: point.dense.tolist(), SPARSE: sparse_vector(point.sparse)}
    return qe.Point(point.passage.id, vectors, encode_passage(point.passage))

"""One Qdrant Edge shard: what is asked and written, in the engine's terms (edge_query.py). No policy.

Every call holds Python's lock while the engine works (qdrant-edge-py 0.9.0), so callers keep batches small.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
import orjson
import qdrant_edge as qe

from retrieval.fusion import Fusion, Ranked
from retrieval.index.edge_query import condition, point_of, sparse_vector
from retrieval.index.payload import (
    DOC,
    DOCUMENT,
    INTEGER_FIELDS,
    KEYWORD_FIELDS,
    OPEN_FROM,
    VALID_FROM,
    ScopeFilter,
    decode_passage,
)
from retrieval.index.sparse_vector import SparseVector
from retrieval.index.store import DENSE, SPARSE, Leg, LegResults, Point, ScoredPassage, Vector
from retrieval.types import Language, PassageDoc

RRF_K: Final = 60  # Cormack, Clarke & Büttcher 2009
_INDEXING_THREADS: Final = max(1, (os.cpu_count() or 2) - 1)  # leave a core to searches
# A filter that leaves more points than this goes through the inverted index; the engine's 5000 means reading the vector
# of every point that the filter leaves: 3.6 ms instead of 1.5 at 5% of 100,000, with the same hits.
_SPARSE_SCAN: Final = 500
# One means: on the caller's own thread. With the engine's default (8 here) each search woke another thread of its pool.
_SEARCH_THREADS: Final = 1
_TEXT_CACHE_BYTES: Final = 32 * 2**20
_DOC_ONLY = qe.PayloadSelector.Include([DOC])


class Found(NamedTuple):
    """A hit of `hybrid`; `stored` is its passage (JSON)."""

    ranked: Ranked
    stored: bytes


class Begun(NamedTuple):
    """The sparse leg of a search whose vector is still to come, and what it was found in."""

    shard: Shard
    changes: int
    sparse: Leg


class Shard:
    """`dimension` of the dense vectors; cosine. A directory can be open in one process only."""

    def __init__(self, engine: Any, path: Path) -> None:
        self._engine = engine
        self._lock = threading.Lock()  # a passage must not change between being found in scope and being read
        self._texts: dict[int, bytes] = {}  # reading one from the engine costs about 5 µs
        self._text_bytes = 0
        self._about: dict[int, tuple[str, Language]] = {}  # of the remembered texts, as far as fusion has asked
        self._dated = self._has_dated()
        self._changes = 0  # writes so far
        self.path = path

    @classmethod
    def create(cls, path: Path, dimension: int) -> Shard:
        config = qe.EdgeConfig(
            vectors={DENSE: qe.EdgeVectorParams(size=dimension, distance=qe.Distance.Cosine)},
            hnsw_config=qe.HnswIndexConfig(
                m=16, ef_construct=100, full_scan_threshold=10_000, max_indexing_threads=_INDEXING_THREADS
            ),
            sparse_vectors={
                SPARSE: qe.EdgeSparseVectorParams(full_scan_threshold=_SPARSE_SCAN, modifier=qe.Modifier.Idf)
            },
            max_search_threads=_SEARCH_THREADS,
            payload_memory=qe.Memory.Cached,  # else each text that is read for the first time is a page fault
        )
        path.mkdir(parents=True, exist_ok=True)
        engine = qe.EdgeShard.create(str(path), config)
        for name in KEYWORD_FIELDS:
            engine.update(qe.UpdateOperation.create_field_index(name, qe.PayloadSchemaType.Keyword))
        for name in INTEGER_FIELDS:
            engine.update(qe.UpdateOperation.create_field_index(name, qe.PayloadSchemaType.Integer))
        return cls(engine, path)

    @classmethod
    def load(cls, path: Path) -> Shard:
        return cls(qe.EdgeShard.load(str(path)), path)

    def upsert(self, points: Sequence[Point]) -> None:
        if points:
            update = qe.UpdateOperation.upsert_points([point_of(p) for p in points])
            dated = any(p.passage.valid_from is not None or p.passage.valid_to is not None for p in points)
            with self._lock:
                self._dated |= dated  # before they can be found; forgotten when the shard is rebuilt
                self._changes += 1
                self._forget(p.passage.id for p in points)
                self._engine.update(update)

    def delete(self, passage_ids: Iterable[int]) -> None:
        ids: list[Any] = list(passage_ids)
        if ids:
            with self._lock:
                self._changes += 1
                self._forget(ids)
                self._engine.update(qe.UpdateOperation.delete_points(ids))

    def delete_documents(self, document_ids: Iterable[str]) -> None:
        names = list(document_ids)
        if names:
            theirs = qe.Filter(must=[qe.FieldCondition(DOCUMENT, match=qe.MatchAny(names))])
            with self._lock:
                self._changes += 1
                self._texts, self._about, self._text_bytes = {}, {}, 0
                self._engine.update(qe.UpdateOperation.delete_points_by_filter(theirs))

    def legs(self, dense: Vector | None, sparse: SparseVector | None, scope: ScopeFilter, limit: int) -> LegResults:
        """A search for ids, then one read of the texts of the legs' union: cheaper than payloads by search."""
        with self._lock:
            found = self._find(dense, sparse, scope, limit)
            texts = self._read(dict.fromkeys((*found[0].ids, *found[1].ids)))
        return LegResults(*(Leg(leg.ids, leg.scores, texts) for leg in found))

    def hybrid(
        self,
        dense: Vector,
        sparse: SparseVector,
        scope: ScopeFilter,
        depth: int,
        limit: int,
        fusion: Fusion,
        language: Language,
        begun: Begun | None = None,
    ) -> list[Found]:
        """As `legs`, `depth` candidates each, fused: only the texts of the best `limit` are taken out.

        `begun`: by `begin` for the same terms, scope and depth; it counts for nothing after any write.
        """
        with self._lock:
            if begun is not None and begun.shard is self and begun.changes == self._changes:
                legs = self._find(dense, None, scope, depth)[0], begun.sparse
            else:
                legs = self._find(dense, sparse, scope, depth)

            def about(passage_id: int) -> tuple[str, Language]:
                known = self._about.get(passage_id)
                if known is None:
                    stored = orjson.loads(self._read([passage_id])[passage_id])  # one in ten is ever asked for
                    known = self._about[passage_id] = (stored["document_id"], stored["language"])
                return known

            ranked = fusion.rank(*legs, limit, language, about)
            texts = self._read([one.id for one in ranked])
        return [Found(one, texts[one.id]) for one in ranked]

    def begin(self, sparse: SparseVector, scope: ScopeFilter, depth: int) -> Begun:
        """The sparse leg alone, for `hybrid`."""
        with self._lock:
            return Begun(self, self._changes, self._find(None, sparse, scope, depth)[1])

    def _find(
        self, dense: Vector | None, sparse: SparseVector | None, scope: ScopeFilter, limit: int
    ) -> tuple[Leg, Leg]:
        """The legs asked for, without texts. Call with the lock held."""
        where = condition(scope, self._dated)
        queries = [
            None if dense is None else qe.Query.Nearest(dense.tolist(), DENSE),
            qe.Query.Nearest(sparse_vector(sparse), SPARSE) if sparse else None,
        ]
        requests = [qe.QueryRequest(limit=limit, query=query, filter=where) for query in queries if query]
        if len(requests) > 1:
            answers = iter(self._engine.query_batch(qe.QueryBatchRequest(requests)))
        else:  # a batch of one takes .1 ms more
            answers = map(self._engine.query, requests)
        found = [next(answers) if query else [] for query in queries]
        one, two = (Leg([hit.id for hit in leg], [hit.score for hit in leg], {}) for leg in found)
        return one, two

    def _read(self, passage_ids: Collection[int]) -> dict[int, bytes]:
        """The texts of these passages, which are there. Call with the lock held."""
        missing = [i for i in passage_ids if i not in self._texts]
        if missing:
            if self._text_bytes > _TEXT_CACHE_BYTES:
                self._texts = {i: self._texts[i] for i in passage_ids if i in self._texts}
                self._about = {i: self._about[i] for i in self._texts if i in self._about}
                self._text_bytes = sum(map(len, self._texts.values()))
            for i, text in self.stored(missing).items():
                self._texts[i] = text.encode()
                self._text_bytes += len(self._texts[i])
        return {i: self._texts[i] for i in passage_ids}

    def _forget(self, passage_ids: Iterable[int]) -> None:
        for i in passage_ids:
            self._text_bytes -= len(self._texts.pop(i, b""))
            self._about.pop(i, None)

    def fused(
        self, dense: Vector, sparse: SparseVector, scope: ScopeFilter, limit: int, depth: int | None = None
    ) -> list[ScoredPassage]:
        """The engine's own RRF over `depth` candidates a leg (None: `limit`)."""
        depth = depth or limit
        where = condition(scope, self._dated)
        legs = [qe.Prefetch(limit=depth, query=qe.Query.Nearest(dense.tolist(), DENSE), filter=where)]
        if sparse:
            legs.append(qe.Prefetch(limit=depth, query=qe.Query.Nearest(sparse_vector(sparse), SPARSE), filter=where))
        fusion: Any = qe.Fusion.Rrf(k=RRF_K)  # the stubs do not know it as a Fusion
        request = qe.QueryRequest(limit=limit, prefetches=legs, query=fusion, with_payload=_DOC_ONLY)
        return [ScoredPassage.stored(hit.id, hit.payload[DOC], hit.score) for hit in self._engine.query(request)]

    def stored(self, passage_ids: list[int]) -> dict[int, str]:
        """The stored passage of each id that is there, still encoded."""
        if not passage_ids:
            return {}
        records = self._engine.retrieve(passage_ids, with_payload=_DOC_ONLY, with_vector=False)
        return {record.id: record.payload[DOC] for record in records}

    def get(self, passage_ids: Sequence[int]) -> list[PassageDoc]:
        texts = self.stored(list(passage_ids))
        return [decode_passage(texts[i]) for i in passage_ids if i in texts]

    def count(self, scope: ScopeFilter | None = None) -> int:
        where = None if scope is None else condition(scope, self._dated)
        return int(self._engine.count(qe.CountRequest(exact=True, filter=where)))

    def _has_dated(self) -> bool:
        ever = qe.FieldCondition(VALID_FROM, range=qe.RangeFloat(gte=OPEN_FROM))  # every dated passage has it
        return bool(self._engine.count(qe.CountRequest(exact=True, filter=qe.Filter(must=[ever]))))

    def pages(self, size: int) -> Iterator[list[Point]]:
        """Every point, by ascending id. Points written meanwhile may or may not be seen."""
        offset: int | None = None
        while True:
            request = qe.ScrollRequest(offset=offset, limit=size, with_payload=_DOC_ONLY, with_vector=True)
            records, offset = self._engine.scroll(request)
            if records:
                yield [_read_point(record) for record in records]
            if offset is None:
                return

    def optimize(self) -> None:
        """Build HNSW graphs and merge segments. Takes about a second a thousand points: never in a serving process."""
        self._engine.optimize()

    def flush(self) -> None:
        self._engine.flush()

    def close(self) -> None:
        self._engine.close()


def _read_point(record: Any) -> Point:
    sparse = record.vector.get(SPARSE)
    return Point(
        passage=decode_passage(record.payload[DOC]),
        dense=np.asarray(record.vector[DENSE], dtype=np.float32),
        sparse=SparseVector(tuple(sparse.indices), tuple(sparse.values)) if sparse else SparseVector((), ()),
    )

"""`VectorStore` on Qdrant Edge, for the one process that owns the directory (see docs/decisions/0003)."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from core.errors import ConfigurationError, Conflict, Unavailable
from retrieval.fusion import Fusion
from retrieval.index.builder import run_builder, write_spool
from retrieval.index.generation import Generation, Layout
from retrieval.index.journal import Journal
from retrieval.index.payload import ScopeFilter, decode_passage, scope_filter
from retrieval.index.shard import Begun, Found, Shard
from retrieval.index.sparse_vector import SPARSE_VERSION, SparseVector
from retrieval.index.store import (
    HybridQuery,
    IndexInfo,
    Later,
    LegResults,
    PendingHits,
    Point,
    ScoredPassage,
    Vector,
    check_dense,
    check_points,
    reindex_needed,
)
from retrieval.types import Hit, Language, PassageDoc, SearchScope

CHUNK: Final = 64  # points an engine call: holds Python's lock for about 10 ms
COMPACT_AFTER: Final = 20_000  # points written since the last build: 2 to 3 ms a search by brute force
FLUSH_AFTER: Final = 50_000  # points written since the last flush, should the process never be idle
IDLE_SECONDS: Final = 2.0
_CATCH_UP_ROUNDS: Final = 5


@dataclass(slots=True)
class _Live:
    shard: Shard
    generation: Generation


class EdgeStore:
    """Durable against kill -9 by the engine's write-ahead log. Call `maintain` now and then (the index process does).

    Raises ConfigurationError on opening when another process owns the directory or its files are damaged.
    """

    def __init__(self, root: Path, compact_after: int = COMPACT_AFTER) -> None:
        self._layout = Layout(root)
        self._compact_after = compact_after
        self._write_lock = threading.RLock()
        self._rebuild_lock = threading.Lock()
        self._journal: Journal | None = None
        self._changing_model = False
        self._closed = False
        self._retired: list[Shard] = []
        self._expected: tuple[str, int] | None = None
        self._unflushed = 0
        self._used = time.monotonic()
        generation = self._layout.read()
        self._layout.clean(generation)
        self._live: _Live | None = None
        self._unbuilt = 0
        if generation is not None:
            self._live = _Live(self._load(generation), generation)
            self._unbuilt = max(0, self._live.shard.count() - generation.built)

    def _load(self, generation: Generation) -> Shard:
        path = self._layout.shards / generation.directory
        try:
            return Shard.load(path)
        except Exception as error:  # the engine raises a bare Exception for a lock, a missing file and damage alike
            raise ConfigurationError(
                f"The vector index in {path} cannot be opened: {error}. If another process owns it, use that one; "
                f"if it is damaged, delete {self._layout.root} and run `copilot reindex` (the index is only a cache)."
            ) from error

    # -- binding to an encoder

    def ensure(self, model_version: str, dimension: int) -> IndexInfo:
        info = self.adopt(model_version, dimension)
        self._expected = (model_version, dimension)
        return info

    def adopt(self, model_version: str, dimension: int) -> IndexInfo:
        """`ensure` without binding this object: the index process binds each of its clients instead."""
        with self._write_lock:
            live = self._serving()
            if live is not None and live.generation.model_version != model_version and live.shard.count() == 0:
                self._create(model_version, dimension)
                self._retire(live)
            elif live is None:
                self._create(model_version, dimension)
            self.check((model_version, dimension))
        return self.info()

    def check(self, expected: tuple[str, int] | None) -> None:
        """Raises ConfigurationError unless the index was built by this model and tokenizer (None: any will do)."""
        live = self._serving()
        if live is None or expected is None:
            return
        g = live.generation
        if (g.model_version, g.dimension, g.sparse_version) != (*expected, SPARSE_VERSION):
            raise reindex_needed(
                f"{g.model_version} ({g.dimension} dimensions, {g.sparse_version})",
                f"{expected[0]} ({expected[1]} dimensions, {SPARSE_VERSION})",
            )

    def _serving(self) -> _Live | None:
        if self._closed:
            raise Unavailable("The index is shut down. Try again: it is restarted on demand.")
        return self._live

    def _create(self, model_version: str, dimension: int) -> _Live:
        number = 1 if self._live is None else self._live.generation.number + 1
        generation = Generation(number, self._layout.new_directory(number), dimension, model_version)
        shard = Shard.create(self._layout.shards / generation.directory, dimension)
        shard.flush()
        self._layout.write(generation)
        self._live = _Live(shard, generation)
        return self._live

    # -- writes

    def upsert(self, points: Sequence[Point], expected: tuple[str, int] | None = None) -> None:
        if not points:
            return
        dimension = len(points[0].dense)
        check_points(points, dimension)  # refuse the whole batch before any of it is written
        for start in range(0, len(points), CHUNK):
            chunk = points[start : start + CHUNK]
            with self._write_lock:
                self.check(expected or self._expected)
                if self._changing_model:
                    raise Unavailable("The index is being rebuilt for another model. Try again when it is done.")
                live = self._serving() or self._create("", dimension)
                check_dense(chunk[0].dense, live.generation.dimension)
                live.shard.upsert(chunk)
                if self._journal is not None:
                    self._journal.upsert(chunk)
                self._unbuilt += len(chunk)
                self._unflushed += len(chunk)
                self._used = time.monotonic()

    def delete(self, passage_ids: Iterable[int]) -> None:
        ids = list(passage_ids)
        self._write(lambda shard: shard.delete(ids), lambda journal: journal.delete(ids))

    def delete_documents(self, document_ids: Iterable[str]) -> None:
        names = list(document_ids)
        self._write(lambda shard: shard.delete_documents(names), lambda journal: journal.delete_documents(names))

    def _write(self, on_shard: Callable[[Shard], None], on_journal: Callable[[Journal], None]) -> None:
        with self._write_lock:
            live = self._serving()
            if live is not None:
                on_shard(live.shard)
                self._unflushed += 1
            if self._journal is not None:
                on_journal(self._journal)
            self._used = time.monotonic()

    # -- reads: no lock; a swapped-out shard stays readable until its last reader lets go of it

    def search(self, dense: Vector | None, sparse: SparseVector | None, scope: SearchScope, limit: int) -> LegResults:
        return self.legs(dense, sparse, scope_filter(scope), limit, self._expected)

    def legs(
        self,
        dense: Vector | None,
        sparse: SparseVector | None,
        scope: ScopeFilter,
        limit: int,
        expected: tuple[str, int] | None = None,
    ) -> LegResults:
        live = self._searchable(dense, scope, expected)
        return LegResults([], []) if live is None else live.shard.legs(dense, sparse, scope, limit)

    def begin_hybrid(self, query: HybridQuery) -> PendingHits:
        return Later(lambda dense: self._hybrid(dense, query), query.dense)

    def _hybrid(self, dense: Vector, q: HybridQuery) -> list[Hit]:
        scope = scope_filter(q.scope)
        found = self.hybrid(dense, q.terms(), scope, q.depth, q.limit, q.fusion, q.preferred(), self._expected)
        return [one.ranked.hit(decode_passage(one.stored)) for one in found]

    def hybrid(
        self,
        dense: Vector,
        sparse: SparseVector,
        scope: ScopeFilter,
        depth: int,
        limit: int,
        fusion: Fusion,
        language: Language,
        expected: tuple[str, int] | None = None,
        begun: Begun | None = None,
    ) -> list[Found]:
        live = self._searchable(dense, scope, expected)
        return [] if live is None else live.shard.hybrid(dense, sparse, scope, depth, limit, fusion, language, begun)

    def begin(
        self, sparse: SparseVector, scope: ScopeFilter, depth: int, expected: tuple[str, int] | None = None
    ) -> Begun | None:
        """What of a `hybrid` search needs no vector, for a caller that is still computing it."""
        live = self._searchable(None, scope, expected)
        return None if live is None else live.shard.begin(sparse, scope, depth)

    def search_fused(self, dense: Vector, sparse: SparseVector, scope: SearchScope, limit: int) -> list[ScoredPassage]:
        return self.fused(dense, sparse, scope_filter(scope), limit, self._expected)

    def fused(
        self,
        dense: Vector,
        sparse: SparseVector,
        scope: ScopeFilter,
        limit: int,
        expected: tuple[str, int] | None = None,
    ) -> list[ScoredPassage]:
        live = self._searchable(dense, scope, expected)
        return [] if live is None else live.shard.fused(dense, sparse, scope, limit)

    def _searchable(self, dense: Vector | None, scope: ScopeFilter, expected: tuple[str, int] | None) -> _Live | None:
        self.check(expected)
        self._used = time.monotonic()
        live = self._serving()
        if live is None or scope.nothing:
            return None
        if dense is not None:
            check_dense(dense, live.generation.dimension)
        return live

    def get(self, passage_ids: Sequence[int]) -> list[PassageDoc]:
        live = self._serving()
        return [] if live is None else live.shard.get(passage_ids)

    def count(self, scope: SearchScope | None = None) -> int:
        return self.count_in(None if scope is None else scope_filter(scope))

    def count_in(self, scope: ScopeFilter | None) -> int:
        live = self._serving()
        if live is None or (scope is not None and scope.nothing):
            return 0
        return live.shard.count(scope)

    def info(self) -> IndexInfo:
        live, rebuilding = self._serving(), self._rebuild_lock.locked()
        if live is None:
            return IndexInfo("edge", 0, 0, "", SPARSE_VERSION, 0, rebuilding)
        g = live.generation
        return IndexInfo(
            "edge", live.shard.count(), g.dimension, g.model_version, g.sparse_version, g.number, rebuilding
        )

    # -- rebuild and maintenance

    def rebuild(self, batches: Iterable[Sequence[Point]], model_version: str) -> IndexInfo:
        self._rebuild(batches, model_version)
        if self._expected is not None and self._live is not None:
            self._expected = (model_version, self._live.generation.dimension)
        return self.info()

    def _rebuild(self, batches: Iterable[Sequence[Point]], model_version: str | None) -> None:
        """`model_version` None: the one that the index has."""
        if not self._rebuild_lock.acquire(blocking=False):
            raise Conflict("The index is already being rebuilt. Wait for it to finish, then try again.")
        spool = self._layout.scratch("spool")
        directory = ""
        try:
            with self._write_lock:
                live = self._serving()
                before = None if live is None else live.generation
                if model_version is None:
                    model_version = "" if before is None else before.model_version
                self._changing_model = before is not None and (
                    (before.model_version, before.sparse_version) != (model_version, SPARSE_VERSION)
                )
                self._journal = Journal(self._layout.scratch("journal"))
            built, dimension = write_spool(spool, batches)
            dimension = dimension or (before.dimension if before is not None else 0)
            if not dimension:
                return  # nothing was and nothing is
            number = before.number + 1 if before is not None else 1
            directory = self._layout.new_directory(number)
            run_builder(spool, self._layout.shards / directory, dimension)
            generation = Generation(number, directory, dimension, model_version, SPARSE_VERSION, built)
            self._swap(generation, before)
            directory = ""
        finally:
            with self._write_lock:
                self._changing_model = False
                if self._journal is not None:
                    self._journal.close()
                self._journal = None
            spool.unlink(missing_ok=True)
            if directory:
                self._layout.remove(directory)
            self._rebuild_lock.release()

    def _swap(self, generation: Generation, before: Generation | None) -> None:
        shard = self._load(generation)
        journal = self._journal
        assert journal is not None
        replayed = 0
        for _ in range(_CATCH_UP_ROUNDS):
            done = journal.replay(shard)
            replayed += done
            if done < CHUNK:
                break
        with self._write_lock:
            replayed += journal.replay(shard)
            old = self._live
            if before is not None and (old is None or old.generation != before):
                raise Conflict("The index was adopted by another model during the rebuild. Run the rebuild again.")
            number = 1 if old is None else old.generation.number + 1
            generation = replace(generation, number=number)
            self._layout.write(generation)
            self._live = _Live(shard, generation)
            self._unbuilt = replayed
            if old is not None:
                self._retire(old)

    def _retire(self, old: _Live) -> None:
        self._layout.remove(old.generation.directory)
        self._retired.append(old.shard)

    def maintain(self) -> None:
        """Work that would freeze searches for up to a second, done when nobody has asked for a while; and compaction.

        Closing and flushing wait for the disk with Python's lock held (0.5 to 0.9 s measured).
        """
        idle = time.monotonic() - self._used > IDLE_SECONDS
        if idle or len(self._retired) > 1:
            self._retired.clear()  # the engine closes a shard when its last reader has let go of it
        if self._unflushed and (idle or self._unflushed > FLUSH_AFTER):
            with self._write_lock:
                self._unflushed = 0
                if self._live is not None:
                    self._live.shard.flush()
        if self._unbuilt > self._compact_after and (idle or self._unbuilt > 3 * self._compact_after):
            self.compact()

    def compact(self) -> None:
        """Rebuild from the shard's own points, so that what was written since the last build is indexed too."""
        with contextlib.suppress(Conflict):  # somebody's rebuild came first and does the same
            self._rebuild(self._own_points(), None)

    def _own_points(self) -> Iterator[list[Point]]:
        live = self._live  # read when the rebuild has begun: one that ended just before has changed it
        if live is not None:
            for page in live.shard.pages(4 * CHUNK):
                yield page
                time.sleep(0.002)  # let a waiting search in

    def close(self) -> None:
        with self._write_lock:
            self._closed = True
            self._retired.clear()
            if self._live is not None:
                self._live.shard.close()
                self._live = None

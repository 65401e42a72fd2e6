"""A store in memory, an encoder that only hashes, and a stage on which jobs take turns step by step."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence

import numpy as np

from retrieval.encoder.base import Vectors
from retrieval.index.store import HybridQuery, IndexInfo, LegResults, PendingHits, Point, ScoredPassage, Vector
from retrieval.sparse import SparseVector
from retrieval.types import PassageDoc, SearchScope


class HashEncoder:
    dimension = 4
    model_version = "hash-1"

    def __init__(self) -> None:
        self.encoded: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        self.encoded += texts
        rows = [[hash(text) % 97, len(text) % 13, len(set(text)), 1] for text in texts]
        vectors = np.asarray(rows, np.float32).reshape(len(texts), 4)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    encode_queries = encode_passages


class MemoryStore:
    """`before` is called before and after every write, so that a test can do something in between."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.points: dict[int, Point] = {}
        self.before = before

    def ensure(self, model_version: str, dimension: int) -> IndexInfo:
        return self.info()

    def upsert(self, points: Sequence[Point]) -> None:
        self.before()
        self.points.update({point.passage.id: point for point in points})
        self.before()

    def delete(self, passage_ids: Iterable[int]) -> None:
        self.before()
        for one in list(passage_ids):
            self.points.pop(one, None)
        self.before()

    def delete_documents(self, document_ids: Iterable[str]) -> None:
        gone = set(document_ids)
        self.delete([one for one, point in self.points.items() if point.passage.document_id in gone])

    def search(self, dense: Vector | None, sparse: SparseVector | None, scope: SearchScope, limit: int) -> LegResults:
        raise NotImplementedError

    def begin_hybrid(self, query: HybridQuery) -> PendingHits:
        raise NotImplementedError

    def search_fused(self, dense: Vector, sparse: SparseVector, scope: SearchScope, limit: int) -> list[ScoredPassage]:
        raise NotImplementedError

    def get(self, passage_ids: Sequence[int]) -> list[PassageDoc]:
        return [self.points[one].passage for one in passage_ids if one in self.points]

    def count(self, scope: SearchScope | None = None) -> int:
        return len(self.points)

    def rebuild(self, batches: Iterable[Sequence[Point]], model_version: str) -> IndexInfo:
        self.points = {point.passage.id: point for batch in batches for point in batch}
        return self.info()

    def info(self) -> IndexInfo:
        return IndexInfo("memory", len(self.points), 4, "hash-1", "bm25-1", 1)

    def close(self) -> None: ...

    @property
    def passages(self) -> dict[int, PassageDoc]:
        return {one: point.passage for one, point in self.points.items()}


class Killed(BaseException):
    """The process died here."""


class Actor:
    """A job on a thread of its own that does nothing until it is told to take the next step."""

    def __init__(self, job: Callable[[], None]) -> None:
        self._turn, self._done = threading.Semaphore(0), threading.Semaphore(0)
        self._job, self.finished, self.killed, self.error = job, False, False, None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        _actors[threading.get_ident()] = self
        self._turn.acquire()
        try:
            self._job()
        except Killed:
            pass
        except BaseException as error:
            self.error = error
        self.finished = True
        self._done.release()

    def step(self, *, kill: bool = False) -> None:
        """Let the job run up to its next pause, or die there."""
        self.killed = kill
        self._turn.release()
        assert self._done.acquire(timeout=20), "the job hangs"
        if self.error is not None:
            raise self.error

    def finish(self) -> None:
        while not self.finished:
            self.step()

    def pause(self) -> None:
        self._done.release()
        self._turn.acquire()
        if self.killed:
            raise Killed


_actors: dict[int, Actor] = {}


def pause_here() -> None:
    """Called by the store: the actor of this thread, if there is one, waits for its next turn."""
    actor = _actors.get(threading.get_ident())
    if actor is not None:
        actor.pause()

"""`VectorStore` through the index process: a small pool of connections, shared by any number of threads."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

import orjson

from core.errors import Unavailable
from retrieval.fusion import Fusion, named
from retrieval.index import handler as protocol
from retrieval.index.frames import (
    decode_hits,
    encode_fusion,
    encode_points,
    encode_search,
)
from retrieval.index.link import Link
from retrieval.index.payload import decode_passage, scope_filter
from retrieval.index.sent import SentSearch
from retrieval.index.sparse_vector import SparseVector
from retrieval.index.store import (
    HybridQuery,
    IndexInfo,
    Later,
    LegResults,
    PendingHits,
    Point,
    ScoredPassage,
    Vector,
)
from retrieval.types import Hit, PassageDoc, SearchScope

Dial = Callable[[float], Link]  # a connection to the process within so many seconds, starting it if that is our part

_POOL: Final = 32  # idle connections kept
_BATCH: Final = 256  # points a frame
REQUEST_SECONDS: Final = 60.0
HANG_UP_SECONDS: Final = 10.0
PATIENCE_SECONDS: Final = 20.0  # how long a restart of the process is waited for


class IndexClient:
    """Every request but a rebuild is repeated after a lost connection: writes are by passage id, so twice is once.

    Raises Unavailable when the process cannot be reached for `patience` seconds.
    """

    def __init__(self, dial: Dial, patience: float = PATIENCE_SECONDS, where: str = "") -> None:
        self._dial = dial
        self._where = where
        self._patience = patience
        self._lock = threading.Lock()
        self._idle: list[Link] = []
        self._pid = os.getpid()
        self._closed = False
        self._expected = b""
        self._fusion: tuple[Fusion | None, bytes | None] = None, None
        self._searches = 0  # begun, and neither answered nor given up

    # -- connections

    def take_idle(self) -> Link | None:
        """A connection that nobody uses, if there is one: now the caller's."""
        with self._lock:
            if self._closed:
                raise Unavailable("This index client is closed. Call connect() again.")
            if self._pid != os.getpid():  # a fork shares the parent's sockets: never use them
                self._idle, self._pid = [], os.getpid()
            return self._idle.pop() if self._idle else None

    def give_back(self, link: Link) -> None:
        """For the next request; everything that was asked on it has been received."""
        with self._lock:
            if not self._closed and len(self._idle) < _POOL:
                self._idle.append(link)
                return
        link.close()

    @contextlib.contextmanager
    def _link(self, patience: float) -> Iterator[Link]:
        """A connection of our own for one request; kept for the next one unless the request failed."""
        link = self.take_idle() or self._dial(patience)
        try:
            yield link
        except BaseException:
            link.close()
            raise
        self.give_back(link)

    def count_search(self, change: int) -> None:
        """+1 for a search that was begun, -1 when it is answered or given up."""
        with self._lock:
            self._searches += change

    def has_one_search(self) -> bool:
        return self._searches == 1

    def drop_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for link in idle:
            link.close()

    def _ask(self, op: bytes, body: bytes = b"", patience: float | None = None) -> bytes:
        return self.ask(protocol.encode_request(op, self._expected, body), patience)

    def ask(self, request: bytes, patience: float | None = None) -> bytes:
        """The answer to a whole request, repeated after a lost connection; raises what the process answers."""
        deadline = time.monotonic() + (self._patience if patience is None else patience)
        while True:
            try:
                with self._link(max(0.0, deadline - time.monotonic())) as link:
                    link.send(request)
                    answer = link.receive()
                break
            except OSError as error:
                self.drop_idle()  # they led to the same dead process
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"The index process {self._where} does not answer ({error}). Try again shortly."
                    ) from error
                time.sleep(0.02)
        return protocol.result(answer)

    def ping(self, patience: float) -> None:
        """Raises Unavailable when the process does not answer within `patience` seconds."""
        self._ask(protocol.INFO, patience=patience)

    # -- VectorStore

    def ensure(self, model_version: str, dimension: int) -> IndexInfo:
        info = IndexInfo(**orjson.loads(self._ask(protocol.ENSURE, orjson.dumps((model_version, dimension)))))
        self._expected = protocol.encode_expected((model_version, dimension))
        return info

    def upsert(self, points: Sequence[Point]) -> None:
        for start in range(0, len(points), _BATCH):
            self._ask(protocol.UPSERT, encode_points(points[start : start + _BATCH]))

    def delete(self, passage_ids: Iterable[int]) -> None:
        self._ask(protocol.DELETE, orjson.dumps(list(passage_ids)))

    def delete_documents(self, document_ids: Iterable[str]) -> None:
        self._ask(protocol.DELETE_DOCUMENTS, orjson.dumps(list(document_ids)))

    def search(self, dense: Vector | None, sparse: SparseVector | None, scope: SearchScope, limit: int) -> LegResults:
        return decode_hits(self._ask(protocol.SEARCH, encode_search(dense, sparse, scope_filter(scope), limit)))

    def begin_hybrid(self, query: HybridQuery) -> PendingHits:
        """The process searches while the caller does something else; hits come as ids, scores and the texts of these
        few. With a fusion that the process does not know, both legs are fetched and fused here."""
        fusion = self._encoded(query.fusion)
        if fusion is None:
            return Later(lambda dense: self._fuse_here(dense, query), query.dense)
        return SentSearch(self, self._expected, query, fusion)

    def _encoded(self, fusion: Fusion) -> bytes | None:
        """As it travels; None for one that the process does not know."""
        last, encoded = self._fusion
        if last is not fusion:  # one is asked with for hours
            ours = named(fusion)
            encoded = None if ours is None else encode_fusion(ours)
            self._fusion = fusion, encoded
        return encoded

    def _fuse_here(self, dense: Vector, query: HybridQuery) -> list[Hit]:
        legs = self.search(dense, query.terms(), query.scope, query.depth)
        return query.fusion.fuse(legs.dense, legs.sparse, query.limit, query.preferred())

    def search_fused(self, dense: Vector, sparse: SparseVector, scope: SearchScope, limit: int) -> list[ScoredPassage]:
        body = encode_search(dense, sparse, scope_filter(scope), limit)
        return list(decode_hits(self._ask(protocol.FUSED, body)).dense)

    def get(self, passage_ids: Sequence[int]) -> list[PassageDoc]:
        stored = orjson.loads(self._ask(protocol.GET, orjson.dumps(list(passage_ids))))
        return [decode_passage(text) for text in stored]

    def count(self, scope: SearchScope | None = None) -> int:
        body = b"" if scope is None else encode_search(None, None, scope_filter(scope), 0)
        return int(orjson.loads(self._ask(protocol.COUNT, body)))

    def info(self) -> IndexInfo:
        return IndexInfo(**orjson.loads(self._ask(protocol.INFO)))

    def rebuild(self, batches: Iterable[Sequence[Point]], model_version: str) -> IndexInfo:
        """Streams `batches` as the process takes them. Not repeated after a lost connection (Unavailable): the old
        index goes on serving, run it again."""
        request = protocol.encode_request(protocol.REBUILD, b"", orjson.dumps(model_version))
        self._ask(protocol.INFO)  # reach it, or start it, before anything is streamed
        try:
            with self._link(self._patience) as link:
                link.timeout(None)  # building takes minutes for a large index; a dead process ends the connection
                try:
                    answer = self._stream(link, request, batches)
                except BaseException:
                    link.hang_up(HANG_UP_SECONDS)  # or the next rebuild would find this one still under way
                    raise
                link.timeout(REQUEST_SECONDS)
        except OSError as error:
            raise Unavailable(
                f"The index process went away during the rebuild ({error}); the old index is unchanged. Run it again."
            ) from error
        info = IndexInfo(**orjson.loads(protocol.result(answer)))
        if self._expected:
            self._expected = protocol.encode_expected((model_version, info.dimension))
        return info

    @staticmethod
    def _stream(link: Link, request: bytes, batches: Iterable[Sequence[Point]]) -> bytes:
        link.send(request)
        # Nothing is read from `batches` before the process notes what others write: else what they write in between
        # would be in neither.
        if (answer := link.receive()) != protocol.GO:
            return answer
        for batch in batches:
            for start in range(0, len(batch), _BATCH):
                link.send(protocol.BATCH + encode_points(batch[start : start + _BATCH]))
                if (answer := link.receive()) != protocol.GO:
                    return answer
        link.send(protocol.END)
        return link.receive()

    def close(self) -> None:
        with self._lock:
            self._closed = True
        self.drop_idle()

"""Requests of the index protocol: one letter, the caller's encoder, a body; the answer is K + result or E + error.

Client and process are always of one release (the process is started from the same source), so there is no versioning
beyond the handshake's magic.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import lru_cache
from typing import Any, Final

import orjson

from core import errors
from retrieval.index.edge import EdgeStore
from retrieval.index.frames import (
    decode_hybrid,
    decode_points,
    decode_search,
    decode_vector,
    encode_found,
    encode_hits,
)
from retrieval.index.link import Link
from retrieval.index.payload import encode_stored
from retrieval.index.sparse_vector import SparseVector
from retrieval.index.store import LegResults, Point, known

log = logging.getLogger(__name__)

ENSURE: Final = b"E"
UPSERT: Final = b"U"
DELETE: Final = b"D"
DELETE_DOCUMENTS: Final = b"X"
SEARCH: Final = b"S"
HYBRID: Final = b"H"
BEGIN: Final = b"h"  # a hybrid search whose vector comes in a frame of its own
FUSED: Final = b"F"
GET: Final = b"G"
COUNT: Final = b"C"
INFO: Final = b"I"
REBUILD: Final = b"R"
BATCH: Final = b"B"  # client → process during a rebuild
END: Final = b"Z"

OK: Final = b"K"
ERROR: Final = b"!"
GO: Final = b">"  # process → client: send the batches of the rebuild

Expected = tuple[str, int] | None
_VECTOR_SECONDS: Final = 0.02  # a question is encoded in 4 to 8 ms on a server's core


def encode_request(op: bytes, expected: bytes, body: bytes = b"") -> bytes:
    return op + len(expected).to_bytes(2, "little") + expected + body


def encode_expected(expected: Expected) -> bytes:
    return b"" if expected is None else orjson.dumps(expected)


@lru_cache(maxsize=64)
def _decode_expected(raw: bytes) -> Expected:
    if not raw:
        return None
    model_version, dimension = orjson.loads(raw)
    return str(model_version), int(dimension)


def encode_error(error: errors.CopilotError) -> bytes:
    details = {key: str(value) for key, value in error.details.items()}
    return ERROR + orjson.dumps({"type": type(error).__name__, "message": error.message, "details": details})


def decode_error(body: bytes) -> errors.CopilotError:
    raw = orjson.loads(body)
    kind = getattr(errors, raw["type"], errors.CopilotError)
    error = kind(raw["message"], **raw["details"])
    assert isinstance(error, errors.CopilotError)
    return error


def result(answer: bytes) -> bytes:
    """Raises what the process answered when that is an error."""
    if answer[:1] != OK:
        raise decode_error(answer[1:])
    return answer[1:]


class Handler:
    """Answers requests; one instance for all connections. `alone` tells whether no other request is under way."""

    def __init__(self, store: EdgeStore, alone: Callable[[], bool]) -> None:
        self._store, self._alone = store, alone
        self._methods: dict[bytes, Callable[[bytes, Expected], bytes]] = {
            ENSURE: self._ensure,
            UPSERT: self._upsert,
            DELETE: self._delete,
            DELETE_DOCUMENTS: self._delete_documents,
            SEARCH: self._search,
            HYBRID: self._hybrid,
            FUSED: self._fused,
            GET: self._get,
            COUNT: self._count,
            INFO: self._info,
        }

    def answer(self, request: bytes, link: Link) -> bytes:
        """Raises only ConnectionError or TimeoutError of the link: a caller always learns what went wrong."""
        try:
            until = 3 + int.from_bytes(request[1:3], "little")
            expected, body = _decode_expected(request[3:until]), request[until:]
            if request[:1] == BEGIN:
                return OK + self._begin(body, expected, link)
            if request[:1] == REBUILD:
                return OK + self._rebuild(body, link)
            return OK + self._methods[request[:1]](body, expected)
        except errors.CopilotError as error:
            return encode_error(error)
        except (ConnectionError, TimeoutError):
            raise  # of the link; a full disk is another OSError and is answered
        except Exception as error:
            log.exception("request failed")
            return encode_error(errors.CopilotError(f"The index could not do this: {type(error).__name__}: {error}"))

    def _ensure(self, body: bytes, _: Expected) -> bytes:
        model_version, dimension = orjson.loads(body)
        return orjson.dumps(asdict(self._store.adopt(model_version, dimension)))

    def _upsert(self, body: bytes, expected: Expected) -> bytes:
        self._store.upsert(decode_points(body), expected)
        return b""

    def _delete(self, body: bytes, _: Expected) -> bytes:
        self._store.delete(orjson.loads(body))
        return b""

    def _delete_documents(self, body: bytes, _: Expected) -> bytes:
        self._store.delete_documents(orjson.loads(body))
        return b""

    def _search(self, body: bytes, expected: Expected) -> bytes:
        dense, sparse, scope, limit = decode_search(body)
        return encode_hits(self._store.legs(dense, sparse, scope, limit, expected))

    def _hybrid(self, body: bytes, expected: Expected) -> bytes:
        asked = decode_hybrid(body)
        return encode_found(self._store.hybrid(known(asked.dense), *asked[1:], expected))

    def _begin(self, body: bytes, expected: Expected, link: Link) -> bytes:
        """A client that goes away instead of sending the vector raises ConnectionError here."""
        failure: Exception | None = None
        try:
            asked = decode_hybrid(body)
            begun = self._store.begin(asked.sparse, asked.scope, asked.depth, expected)
        except Exception as error:  # answered when the vector has come: that frame must not be taken for a request
            failure = error
        link.spin(self._alone, _VECTOR_SECONDS)
        dense = decode_vector(link.receive())
        if failure is not None:
            raise failure
        return encode_found(self._store.hybrid(dense, *asked[1:], expected, begun))

    def _fused(self, body: bytes, expected: Expected) -> bytes:
        dense, sparse, scope, limit = decode_search(body)
        if dense is None:
            raise errors.InvalidInput("A fused search needs a dense vector.")
        hits = self._store.fused(dense, sparse or SparseVector((), ()), scope, limit, expected)
        return encode_hits(LegResults(hits, []))

    def _get(self, body: bytes, _: Expected) -> bytes:
        return orjson.dumps([encode_stored(passage).decode() for passage in self._store.get(orjson.loads(body))])

    def _count(self, body: bytes, _: Expected) -> bytes:
        return orjson.dumps(self._store.count_in(decode_search(body)[2] if body else None))

    def _info(self, _body: bytes, _: Expected) -> bytes:
        return orjson.dumps(asdict(self._store.info()))

    def _rebuild(self, body: bytes, link: Link) -> bytes:
        info: Any = self._store.rebuild(self._batches(link), orjson.loads(body))
        return orjson.dumps(asdict(info))

    @staticmethod
    def _batches(link: Link) -> Iterator[list[Point]]:
        """What the client streams, batch by batch as the spool takes them. A client that goes away raises
        ConnectionError here and thereby abandons the rebuild."""
        while True:
            link.send(GO)
            frame = link.receive()
            if frame[:1] != BATCH:
                return
            yield decode_points(frame[1:])

"""Bytes of points, searches and results: between client and index process, in the rebuild spool and in the journal.

Little-endian. Vectors travel as raw float32, texts as the stored JSON; nothing is pickled, so a frame from a stranger
can at worst be refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import accumulate
from typing import IO, Any, Final, NamedTuple

import numpy as np
import orjson

from core.errors import InvalidInput
from retrieval.fusion import Fusion, Ranked, from_name
from retrieval.index.payload import ScopeFilter, decode_passage, encode_stored, scope_filter
from retrieval.index.sparse_vector import SparseVector
from retrieval.index.store import HybridQuery, Leg, LegResults, Point, Vector, preferred_language, terms_of
from retrieval.types import Hit, Language, PassageDoc

_LENGTH: Final = struct.Struct("<I")
_POINTS: Final = struct.Struct("<II")  # number of points, dimension
_SEARCH: Final = struct.Struct("<IIII")  # limit, dimension (0: no dense leg), sparse terms, bytes of the scope
_HITS: Final = struct.Struct("<III")  # dense hits, sparse hits, distinct passages
_COUNT: Final = struct.Struct("<I")
_FOUND: Final = struct.Struct("<QddIdII")  # id, score, score and rank (0: not found) by leg, bytes of the text


def encode_points(points: Sequence[Point]) -> bytes:
    """Raises InvalidInput when the dense vectors differ in length."""
    dimension = len(points[0].dense) if points else 0
    if any(len(p.dense) != dimension for p in points):
        raise InvalidInput("The dense vectors of one batch differ in length: encode them all with one model.")
    docs = [encode_stored(p.passage) for p in points]
    parts = [
        _POINTS.pack(len(points), dimension),
        np.array([len(p.sparse.indices) for p in points], "<u4").tobytes(),
        np.array([len(doc) for doc in docs], "<u4").tobytes(),
        *(np.asarray(p.dense, "<f4").tobytes() for p in points),
        *(np.array(p.sparse.indices, "<u4").tobytes() for p in points),
        *(np.array(p.sparse.values, "<f4").tobytes() for p in points),
        *docs,
    ]
    return b"".join(parts)


def decode_points(frame: bytes) -> list[Point]:
    n, dimension = _POINTS.unpack_from(frame)
    at = _POINTS.size
    terms = np.frombuffer(frame, "<u4", n, at)
    sizes = np.frombuffer(frame, "<u4", n, at + 4 * n)
    at += 8 * n
    dense = np.frombuffer(frame, "<f4", n * dimension, at).reshape(n, dimension)
    at += 4 * n * dimension
    total = int(terms.sum())
    indices = np.frombuffer(frame, "<u4", total, at).tolist()
    values = np.frombuffer(frame, "<f4", total, at + 4 * total).tolist()
    at += 8 * total
    points, term = [], 0
    for row in range(n):
        until, end = term + int(terms[row]), at + int(sizes[row])
        sparse = SparseVector(tuple(indices[term:until]), tuple(values[term:until]))
        points.append(Point(decode_passage(frame[at:end]), dense[row], sparse))
        term, at = until, end
    return points


def encode_search(dense: Vector | None, sparse: SparseVector | None, scope: ScopeFilter, limit: int) -> bytes:
    vector = b"" if dense is None else np.asarray(dense, "<f4").tobytes()
    terms = sparse or SparseVector((), ())
    conditions = orjson.dumps((scope.keys, scope.at, scope.kinds))
    head = _SEARCH.pack(limit, len(vector) // 4, len(terms.indices), len(conditions))
    n = len(terms.indices)
    return b"".join((head, vector, struct.pack(f"<{n}I{n}f", *terms.indices, *terms.values), conditions))


def decode_search(frame: bytes) -> tuple[Vector | None, SparseVector | None, ScopeFilter, int]:
    limit, dimension, n, size = _SEARCH.unpack_from(frame)
    at = _SEARCH.size
    dense = np.frombuffer(frame, "<f4", dimension, at) if dimension else None
    at += 4 * dimension
    numbers = struct.unpack_from(f"<{n}I{n}f", frame, at)
    at += 8 * n
    keys, moment, kinds = orjson.loads(frame[at : at + size])
    scope = ScopeFilter(
        keys=tuple(keys),
        at=moment,
        kinds=None if kinds is None else tuple(kinds),
    )
    return dense, SparseVector(numbers[:n], numbers[n:]) if n else None, scope, limit


def encode_vector(dense: Vector) -> bytes:
    return np.asarray(dense, "<f4").tobytes()


def decode_vector(frame: bytes) -> Vector:
    return np.frombuffer(frame, "<f4")


def encode_fusion(fusion: tuple[str, dict[str, Any]]) -> bytes:
    """`fusion` as `retrieval.fusion.named` gives it."""
    return orjson.dumps(fusion)


def encode_hybrid(query: HybridQuery, fusion: bytes) -> bytes:
    """`fusion` as `encode_fusion` gives it."""
    scope, sparse = scope_filter(query.scope), query.sparse
    text, terms = (sparse, None) if isinstance(sparse, str) else (None, sparse)
    n = 0 if terms is None else len(terms.indices)
    asked = orjson.dumps(
        (query.depth, query.limit, query.language, text, n, scope.keys, scope.at, scope.kinds, orjson.Fragment(fusion))
    )
    numbers = b"" if terms is None else struct.pack(f"<{n}I{n}f", *terms.indices, *terms.values)
    vector = b"" if query.dense is None else encode_vector(query.dense)
    return b"".join((_COUNT.pack(len(asked)), asked, numbers, vector))


class Hybrid(NamedTuple):
    """The arguments of `EdgeStore.hybrid`."""

    dense: Vector | None
    sparse: SparseVector
    scope: ScopeFilter
    depth: int
    limit: int
    fusion: Fusion
    language: Language


def decode_hybrid(frame: bytes) -> Hybrid:
    """Raises InvalidInput for a fusion that there is not."""
    start = _COUNT.size + _COUNT.unpack_from(frame)[0]
    depth, limit, language, text, n, keys, at, kinds, (name, constants) = orjson.loads(frame[_COUNT.size : start])
    numbers = struct.unpack_from(f"<{n}I{n}f", frame, start)
    start += 8 * n
    sparse: SparseVector | str = SparseVector(numbers[:n], numbers[n:]) if text is None else text
    return Hybrid(
        dense=decode_vector(frame[start:]) if start < len(frame) else None,
        sparse=terms_of(sparse),
        scope=ScopeFilter(tuple(keys), at, None if kinds is None else tuple(kinds)),
        depth=depth,
        limit=limit,
        fusion=from_name(name, constants),
        language=preferred_language(language, sparse),
    )


def encode_found(found: Sequence[tuple[Ranked, bytes]]) -> bytes:
    rows = [
        _FOUND.pack(
            r.id, r.score, r.dense_score or 0.0, r.dense_rank or 0, r.sparse_score or 0.0, r.sparse_rank or 0, n
        )
        for r, n in ((ranked, len(stored)) for ranked, stored in found)
    ]
    return b"".join((_COUNT.pack(len(rows)), *rows, *(stored for _, stored in found)))


def decode_found(frame: bytes) -> list[Hit]:
    count = _COUNT.unpack_from(frame)[0]
    at = _COUNT.size + count * _FOUND.size
    hits = []
    for i, score, dense, dense_rank, sparse, sparse_rank, size in _FOUND.iter_unpack(frame[_COUNT.size : at]):
        in_dense = (dense, dense_rank) if dense_rank else (None, None)
        in_sparse = (sparse, sparse_rank) if sparse_rank else (None, None)
        hits.append(Ranked(i, score, *in_dense, *in_sparse).hit(_passage(frame[at : at + size])))
        at += size
    return hits


@lru_cache(maxsize=2048)  # a passage is immutable, and the popular ones come again and again
def _passage(stored: bytes) -> PassageDoc:
    return decode_passage(stored)


def encode_hits(results: LegResults) -> bytes:
    """A passage that both legs found travels once."""
    dense, sparse = Leg.of(results.dense), Leg.of(results.sparse)
    ids = [*dense.ids, *sparse.ids]
    position = {passage_id: at for at, passage_id in enumerate(dict.fromkeys(ids))}
    stored = dense.texts if dense.texts is sparse.texts else {**sparse.texts, **dense.texts}
    texts = [stored[passage_id] for passage_id in position]
    n, m = len(ids), len(texts)
    head = _HITS.pack(len(dense), len(sparse), m)
    rows = [position[passage_id] for passage_id in ids]
    numbers = struct.pack(f"<{n}I{n}f{m}Q{m}I", *rows, *dense.scores, *sparse.scores, *position, *map(len, texts))
    return b"".join((head, numbers, *texts))


def decode_hits(frame: bytes) -> LegResults:
    """The texts stay in the frame until they are read."""
    n_dense, n_sparse, m = _HITS.unpack_from(frame)
    n = n_dense + n_sparse
    layout = f"<{n}I{n}f{m}Q{m}I"
    numbers = struct.unpack_from(layout, frame, _HITS.size)
    found = numbers[2 * n : 2 * n + m]
    texts = _Texts(frame, found, numbers[2 * n + m :], _HITS.size + struct.calcsize(layout))
    ids, scores = [found[row] for row in numbers[:n]], numbers[n : 2 * n]
    return LegResults(
        dense=Leg(ids[:n_dense], scores[:n_dense], texts), sparse=Leg(ids[n_dense:], scores[n_dense:], texts)
    )


class _Texts(Mapping[int, bytes]):
    """Texts that lie one after the other from `start` on in a frame, by passage id."""

    __slots__ = ("_ends", "_frame", "_rows")

    def __init__(self, frame: bytes, ids: Sequence[int], sizes: Sequence[int], start: int) -> None:
        self._frame = frame
        self._rows = dict(zip(ids, range(len(ids)), strict=True))
        self._ends = list(accumulate(sizes, initial=start))

    def __getitem__(self, passage_id: int) -> bytes:
        row = self._rows[passage_id]
        return self._frame[self._ends[row] : self._ends[row + 1]]

    def __iter__(self) -> Iterator[int]:
        return iter(self._rows)

    def __len__(self) -> int:
        return len(self._rows)


def write_frame(file: IO[bytes], frame: bytes) -> None:
    file.write(_LENGTH.pack(len(frame)))
    file.write(frame)


def read_frames(file: IO[bytes]) -> Iterator[bytes]:
    """Frames from the current position on. Stops at the end of the file; raises EOFError inside a frame."""
    while head := file.read(_LENGTH.size):
        frame = file.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else b""
        if len(head) < _LENGTH.size or len(frame) < _LENGTH.unpack(head)[0]:
            raise EOFError("The file ends inside a frame.")
        yield frame

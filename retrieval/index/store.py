"""The one interface to a vector index, and what goes in and comes out of it.

Implementations: `EdgeStore` (Qdrant Edge, in the process that owns the directory), `IndexClient` (the same through the
index process) and `ServerStore` (a Qdrant server). One conformance suite tests all three.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, overload, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError, InvalidInput
from retrieval.index.payload import decode_passage, encode_passage, encode_stored
from retrieval.index.sparse_vector import SparseVector
from retrieval.types import PassageDoc, SearchScope

Vector = NDArray[np.float32]  # shape (dimension,)

DENSE = "dense"
SPARSE = "sparse"


@dataclass(frozen=True, slots=True)
class Point:
    """A passage with its vectors. The point id is the passage id: writing it again replaces it."""

    passage: PassageDoc
    dense: Vector
    sparse: SparseVector


class ScoredPassage:
    """A passage found by one leg; a higher score is better (cosine, or BM25 summed over terms).

    The stored text is decoded when `passage` is first read: fusion needs the ids of a hundred candidates but the text
    of a few, and decoding them all would cost as much as the search.
    """

    __slots__ = ("_passage", "_stored", "id", "score")

    def __init__(self, passage: PassageDoc, score: float) -> None:
        self.id = passage.id
        self.score = score
        self._passage: PassageDoc | None = passage
        self._stored: bytes | str = b""

    @classmethod
    def stored(cls, passage_id: int, stored: bytes | str, score: float) -> ScoredPassage:
        hit = cls.__new__(cls)
        hit.id, hit.score, hit._passage, hit._stored = passage_id, score, None, stored
        return hit

    @property
    def passage(self) -> PassageDoc:
        if self._passage is None:
            self._passage = decode_passage(self._stored)
        return self._passage

    def stored_bytes(self) -> bytes:
        """The passage as it is stored (JSON)."""
        if not self._stored:
            return encode_stored(self.passage)
        return self._stored.encode() if isinstance(self._stored, str) else self._stored

    def __repr__(self) -> str:
        return f"ScoredPassage(id={self.id}, score={self.score:.4f})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ScoredPassage):
            return NotImplemented
        return self.score == other.score and self.passage == other.passage

    __hash__ = None  # type: ignore[assignment]


class Leg(Sequence[ScoredPassage]):
    """The ranked candidates of one leg, best first: `ids` and `scores` as they are, each passage when it is read.

    A leg has a hundred candidates of which a search returns ten, so nothing is made of the others.
    """

    __slots__ = ("ids", "scores", "texts")

    def __init__(self, ids: Sequence[int], scores: Sequence[float], texts: Mapping[int, bytes]) -> None:
        """`texts` holds the stored passage (JSON) of at least these ids."""
        self.ids, self.scores, self.texts = ids, scores, texts

    @classmethod
    def of(cls, found: Sequence[ScoredPassage]) -> Leg:
        if isinstance(found, Leg):
            return found
        texts = {hit.id: hit.stored_bytes() for hit in found}
        return cls([hit.id for hit in found], [hit.score for hit in found], texts)

    def __len__(self) -> int:
        return len(self.ids)

    @overload
    def __getitem__(self, at: int) -> ScoredPassage: ...
    @overload
    def __getitem__(self, at: slice) -> list[ScoredPassage]: ...
    def __getitem__(self, at: int | slice) -> ScoredPassage | list[ScoredPassage]:
        if isinstance(at, slice):
            return [self[i] for i in range(*at.indices(len(self)))]
        return ScoredPassage.stored(self.ids[at], self.texts[self.ids[at]], self.scores[at])

    def __eq__(self, other: object) -> bool:
        return list(self) == list(other) if isinstance(other, Leg | list) else NotImplemented

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"Leg({list(self)})"


@dataclass(frozen=True, slots=True)
class LegResults:
    """The ranked candidates of both legs, best first. A leg that was not asked for is empty."""

    dense: Sequence[ScoredPassage]
    sparse: Sequence[ScoredPassage]


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """What an index holds. `generation` grows with each rebuild or compaction; `dimension` 0: nothing was ever written.

    `rebuilding`: a new generation is being built aside right now.
    """

    backend: str
    count: int
    dimension: int
    model_version: str
    sparse_version: str
    generation: int
    rebuilding: bool = False


@runtime_checkable
class VectorStore(Protocol):
    """Safe to use from many threads. Every method may raise `Unavailable` when the index cannot be reached."""

    def ensure(self, model_version: str, dimension: int) -> IndexInfo:
        """Bind this handle to an encoder; an index that nobody has written to adopts it.

        Raises ConfigurationError ("reindex") when the index was built by another encoder or tokenizer; from then on
        writes and searches of this handle raise it too if somebody rebuilds the index for another encoder.
        """
        ...

    def upsert(self, points: Sequence[Point]) -> None:
        """Write or replace by passage id. When it returns, the points are found and survive kill -9."""
        ...

    def delete(self, passage_ids: Iterable[int]) -> None:
        """Remove passages; ids that are not there are no error."""
        ...

    def delete_documents(self, document_ids: Iterable[str]) -> None:
        """Remove every passage of these documents."""
        ...

    def search(self, dense: Vector | None, sparse: SparseVector | None, scope: SearchScope, limit: int) -> LegResults:
        """Both legs in one round trip, each with at most `limit` passages inside `scope`, filtered by the engine."""
        ...

    def search_fused(self, dense: Vector, sparse: SparseVector, scope: SearchScope, limit: int) -> list[ScoredPassage]:
        """The engine's own reciprocal rank fusion (k = 60, equal weights): a floor to measure against."""
        ...

    def get(self, passage_ids: Sequence[int]) -> list[PassageDoc]:
        """The passages that are there, in the order asked for."""
        ...

    def count(self, scope: SearchScope | None = None) -> int:
        """Exact number of passages, inside `scope` if given."""
        ...

    def rebuild(self, batches: Iterable[Sequence[Point]], model_version: str) -> IndexInfo:
        """Replace the whole index by `batches` with no downtime.

        The new index is built aside while the old one serves; what is written or deleted meanwhile is in the new one
        too and wins over `batches`. If it fails or is interrupted the old one goes on. Raises Conflict when another
        rebuild is running. A rebuild for another encoder refuses upserts (Unavailable) until it is done, since their
        vectors would not fit; deletes go on.
        """
        ...

    def info(self) -> IndexInfo: ...

    def close(self) -> None:
        """Release connections (and the shard, for its owner). Using the store afterwards is an error."""
        ...


def reindex_needed(found: str, wanted: str) -> ConfigurationError:
    return ConfigurationError(
        f"The index was built with {found}, but this process encodes with {wanted}. Run `copilot reindex`, and restart "
        "processes that still use the old model.",
        found=found,
        wanted=wanted,
    )


def check_dense(dense: Vector, dimension: int, what: str = "The query") -> None:
    """Raises InvalidInput unless `dense` has this many finite numbers."""
    if dense.shape != (dimension,):
        raise InvalidInput(f"{what}: the dense vector has shape {dense.shape}, the index stores ({dimension},).")
    if not np.isfinite(dense).all():
        raise InvalidInput(f"{what}: the dense vector holds NaN or infinity. Encode the text again.")


def check_points(points: Sequence[Point], dimension: int) -> None:
    """Raises InvalidInput for what no index could store, before any of it is written."""
    for point in points:
        encode_passage(point.passage)
        check_dense(point.dense, dimension, f"Passage {point.passage.id}")

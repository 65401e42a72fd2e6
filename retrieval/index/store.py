"""The one interface to a vector index, and what goes in and comes out of it.

Implementations: `EdgeStore` (Qdrant Edge, in the process that owns the directory), `IndexClient` (the same through the
index process) and `ServerStore` (a Qdrant server). One conformance suite tests all three.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from types import TracebackType
from typing import Protocol, Self, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError, InvalidInput
from retrieval.fusion import Fusion
from retrieval.index.legs import Leg, LegResults, ScoredPassage
from retrieval.index.payload import encode_passage
from retrieval.index.sparse_vector import SparseVector
from retrieval.language import detect
from retrieval.sparse import encode_query
from retrieval.types import Hit, Language, PassageDoc, SearchScope

__all__ = [  # with the legs, which fusion must know and which must not know fusion
    "DENSE", "SPARSE", "HybridQuery", "IndexInfo", "Later", "Leg", "LegResults", "PendingHits", "Point",
    "ScoredPassage", "Vector", "VectorStore", "check_dense", "check_points", "known",
    "preferred_language", "reindex_needed", "terms_of",
]  # fmt: skip

Vector = NDArray[np.float32]  # shape (dimension,)

DENSE = "dense"
SPARSE = "sparse"


@dataclass(frozen=True, slots=True)
class Point:
    """A passage with its vectors. The point id is the passage id: writing it again replaces it."""

    passage: PassageDoc
    dense: Vector
    sparse: SparseVector


@dataclass(frozen=True, slots=True)
class HybridQuery:
    """One question to an index: `depth` candidates of each leg, fused, the best `limit` of them wanted.

    `dense` None: it is still being computed and comes by `PendingHits.supply`. `sparse` may be the question itself:
    then its terms are made where they are searched. `language` is preferred on near ties; None: that of the question.
    """

    dense: Vector | None
    sparse: SparseVector | str
    scope: SearchScope
    depth: int
    limit: int
    fusion: Fusion
    language: Language | None

    def terms(self) -> SparseVector:
        return terms_of(self.sparse)

    def preferred(self) -> Language:
        """Raises InvalidInput when it can be read from neither."""
        return preferred_language(self.language, self.sparse)


class PendingHits(Protocol):
    """A search under way. Leave its context in any case: one that nobody waited for is given up there."""

    def supply(self, dense: Vector) -> None:
        """The vector of a question that was begun without one, once. Returns at once."""
        ...

    def hits(self) -> list[Hit]:
        """The hits, best first, once; raises as `VectorStore.search`."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Later:
    """`PendingHits` that do the work when they are waited for: of a store that has nobody else to do it meanwhile."""

    __slots__ = ("_dense", "_find")

    def __init__(self, find: Callable[[Vector], list[Hit]], dense: Vector | None) -> None:
        self._find, self._dense = find, dense

    def supply(self, dense: Vector) -> None:
        self._dense = dense

    def hits(self) -> list[Hit]:
        return self._find(known(self._dense))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...


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

    def begin_hybrid(self, query: HybridQuery) -> PendingHits:
        """Both legs fused where they are found, so that of a hundred candidates a leg only the hits travel.

        The hits are those of `query.fusion` over the legs that `search` gives, and lie inside the scope. Returns at
        once; the caller may do something else before it asks for them, computing the vector included: what does not
        need it is done meanwhile.
        """
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


def terms_of(sparse: SparseVector | str) -> SparseVector:
    return encode_query(sparse) if isinstance(sparse, str) else sparse


def preferred_language(language: Language | None, sparse: SparseVector | str) -> Language:
    """As `HybridQuery.preferred`."""
    if language is not None:
        return language
    if not isinstance(sparse, str):
        raise InvalidInput("A hybrid search by terms alone needs a language.")
    return detect(sparse)


def known(dense: Vector | None) -> Vector:
    """Raises InvalidInput when the vector of a begun search has never come."""
    if dense is None:
        raise InvalidInput("A hybrid search needs a dense vector.")
    return dense


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
    if not isfinite(sum(dense.tolist())):  # a tenth of a millisecond less than numpy after an idle while
        raise InvalidInput(f"{what}: the dense vector holds NaN or infinity. Encode the text again.")


def check_points(points: Sequence[Point], dimension: int) -> None:
    """Raises InvalidInput for what no index could store, before any of it is written."""
    for point in points:
        encode_passage(point.passage)
        check_dense(point.dense, dimension, f"Passage {point.passage.id}")

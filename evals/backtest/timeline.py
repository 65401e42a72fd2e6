"""An index that knows what was known at a moment: the product's own store, filled and emptied as time goes by."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from heapq import heappop, heappush
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy.orm import Session

from core.errors import Conflict
from knowledge.history import Dated, dated_passages
from retrieval import sparse
from retrieval.encoder.base import Encoder, Vectors
from retrieval.encoder.cache import EmbeddingCache
from retrieval.index.edge import EdgeStore
from retrieval.index.store import Point
from retrieval.types import Hit

_BATCH = 500


class Leak(Conflict):
    """A replayed question found something that was not known when it was asked: its answer counts for nothing."""


class Timeline:
    """Passages enter the store at their `since` and leave it at their `until`. Time only goes forward."""

    def __init__(self, store: EdgeStore, dated: Sequence[Dated], vectors: Vectors) -> None:
        self.store = store
        order = sorted(range(len(dated)), key=lambda row: (dated[row].since, dated[row].passage.id))
        self._coming = iter([(dated[row], vectors[row]) for row in order])
        self._next = next(self._coming, None)
        self._leaving: list[tuple[datetime, int]] = []
        self._now: datetime | None = None
        self.known = 0

    def advance(self, at: datetime) -> None:
        """Make the store hold what could be found at `at`. Raises ValueError for a moment before the last one."""
        if self._now is not None and at < self._now:
            raise ValueError(f"time goes forward: {at} is before {self._now}")
        self._now = at
        points: list[Point] = []
        while self._next is not None and self._next[0].since <= at:
            one, vector = self._next
            self._next = next(self._coming, None)
            if one.until is not None and one.until <= at:
                continue
            points.append(Point(one.passage, vector, sparse.encode_passage(one.passage.embed_text)))
            if one.until is not None:
                heappush(self._leaving, (one.until, one.passage.id))
        for start in range(0, len(points), _BATCH):
            self.store.upsert(points[start : start + _BATCH])
        gone = []
        while self._leaving and self._leaving[0][0] <= at:
            gone.append(heappop(self._leaving)[1])
        if gone:
            self.store.delete(gone)
        self.known += len(points) - len(gone)


@contextmanager
def timeline(dated: Sequence[Dated], encoder: Encoder, embeddings: EmbeddingCache) -> Iterator[Timeline]:
    """A timeline in a temporary store; the store is gone when the block ends."""
    vectors = embeddings.passages(encoder, [one.passage.embed_text for one in dated], lambda done, total: None)
    with TemporaryDirectory(prefix="copilot-backtest-") as directory:
        store = EdgeStore(Path(directory))
        try:
            store.ensure(encoder.model_version, encoder.dimension)
            yield Timeline(store, dated, vectors)
        finally:
            store.close()


def check_no_leak(session: Session, hits: Sequence[Hit], at: datetime, ticket_id: int) -> None:
    """Every hit against the records, whatever the timeline believed. Raises Leak, naming the passage."""
    truth: Mapping[int, Dated] = {
        one.passage.id: one for one in dated_passages(session, {hit.passage.id for hit in hits})
    }
    for hit in hits:
        known = truth.get(hit.passage.id)
        what = f"Ticket {ticket_id}, asked at {at:%Y-%m-%d %H:%M}, found {hit.passage.document_id}"
        if known is None or not known.found_at(at):
            raise Leak(f"{what}, which was not known then.", passage_id=hit.passage.id)
        if known.ticket_id == ticket_id:
            raise Leak(f"{what}, which is its own answer.", passage_id=hit.passage.id)

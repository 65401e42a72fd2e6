"""Build the whole index anew, and say whether it is what the database says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.db import Database, db_now
from knowledge.indexing import Progress, make_points
from knowledge.models import ArticleVersion, Case, CaseStatus, Passage, VersionStatus
from knowledge.passages import live_docs, live_passage_ids, rechunk, unchunked_versions
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.index.store import IndexInfo, Point, VectorStore
from retrieval.types import PassageDoc

_PAGE = 256


@dataclass(frozen=True, slots=True)
class IndexReport:
    """How the index differs from the database; ids of passages. `unknown` counts points of no passage at all."""

    wanted: int
    present: int
    missing: tuple[int, ...]
    extra: tuple[int, ...]
    outdated: tuple[int, ...]  # there, with another scope, title or version than the database's
    unknown: int

    @property
    def ok(self) -> bool:
        return not (self.missing or self.extra or self.outdated or self.unknown)


def rechunk_all(db: Database, progress: Progress | None = None) -> int:
    """Write passages of the current chunker for every published version that has none. Returns how many versions.

    Small units, so that writers wait for none of them for long; interrupted, it goes on where it stopped.
    """
    done = 0
    while True:
        with db.reading() as session:
            versions = unchunked_versions(session)
        if not versions:
            return done
        with db.unit_of_work() as session:
            done += rechunk(session, versions)
        if progress is not None:
            progress(done, done)


def reindex(
    db: Database,
    encoder: Encoder,
    store: VectorStore,
    progress: Progress | None = None,
    cache: EmbeddingCache | None = None,
) -> IndexInfo:
    """Rebuild the index from the database while the old one serves. With a cache, only new texts are encoded.

    Passages are read in short transactions; what is published or archived meanwhile goes through its own jobs, whose
    writes win over the rebuild's. Raises Conflict when another rebuild is running. `mark_all_indexed` afterwards.
    """
    total = _ready(db)
    return store.rebuild(_batches(db, encoder, total, progress, cache), encoder.model_version)


def encode_ahead(db: Database, encoder: Encoder, cache: EmbeddingCache, progress: Progress | None = None) -> None:
    """Encode all passages into `cache`, many at a time: three times as fast as document by document, as jobs do it."""
    total = _ready(db)
    done = 0
    for page in _pages(db):
        cache.passages(encoder, [doc.embed_text for doc in page])
        done += len(page)
        if progress is not None:
            progress(done, max(total, done))


def _ready(db: Database) -> int:
    """See that every published version has its passages; how many live ones there are."""
    rechunk_all(db)
    with db.reading() as session:
        return sum(1 for _ in live_passage_ids(session))


def _batches(
    db: Database, encoder: Encoder, total: int, progress: Progress | None, cache: EmbeddingCache | None
) -> Iterator[list[Point]]:
    done = 0
    for page in _pages(db):
        # Texts of like length together: a batch is padded to its longest.
        for batch in _by_length(page):
            yield make_points(encoder, batch, cache)
            done += len(batch)
            if progress is not None:
                progress(done, max(total, done))


def _by_length(docs: list[PassageDoc], size: int = 32) -> Iterator[list[PassageDoc]]:
    ordered = sorted(docs, key=lambda doc: len(doc.embed_text))
    for start in range(0, len(ordered), size):
        yield ordered[start : start + size]


def _pages(db: Database) -> Iterator[list[PassageDoc]]:
    after = 0
    while True:
        with db.reading() as session:
            docs = live_docs(session, after=after, limit=_PAGE)
        if not docs:
            return
        yield docs
        after = docs[-1].id


def mark_all_indexed(session: Session) -> None:
    """After a reindex: everything that is published is in the index, nothing else is."""
    for row, published in ((ArticleVersion, VersionStatus.PUBLISHED), (Case, CaseStatus.PUBLISHED)):
        session.execute(
            update(row)
            .where(row.status == published, row.indexed_at.is_(None))
            .values(indexed_at=db_now())
            .execution_options(synchronize_session=False)
        )
        session.execute(
            update(row)
            .where(row.status != published, row.indexed_at.is_not(None))
            .values(indexed_at=None)
            .execution_options(synchronize_session=False)
        )


def verify_index(db: Database, store: VectorStore) -> IndexReport:
    """Compare every passage of the database with the index. Exact while nothing is being published."""
    missing: list[int] = []
    extra: list[int] = []
    outdated: list[int] = []
    with db.reading() as session:
        wanted = set(live_passage_ids(session))
        last = session.scalar(select(func.max(Passage.id))) or 0
    for docs in _pages(db):
        found = {doc.id: doc for doc in store.get([doc.id for doc in docs])}
        missing += [doc.id for doc in docs if doc.id not in found]
        outdated += [doc.id for doc in docs if doc.id in found and found[doc.id] != doc]
    after = 0
    while after < last:
        with db.reading() as session:
            page = list(session.scalars(select(Passage.id).where(Passage.id > after).order_by(Passage.id).limit(_PAGE)))
        if not page:
            break
        after = page[-1]
        extra += [doc.id for doc in store.get([one for one in page if one not in wanted])]
    present = store.count()
    known = len(wanted) - len(missing) + len(extra)
    return IndexReport(len(wanted), present, tuple(missing), tuple(extra), tuple(outdated), max(0, present - known))

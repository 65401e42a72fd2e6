"""Bring the vector index in line with the database, one document at a time and whatever else happens meanwhile.

A job reads what a document shall look like, closes the transaction, encodes, writes to the store and then reads
*again*: only when nothing has changed since is it done, otherwise it goes on with what it read. So after the last job
the index is right, in whichever order jobs run, overlap, die and are repeated: a job that wrote something outdated
has not read for the last time yet, and what it writes next is complete. The events about an article therefore all
lead to the same function: what the database says decides, not what the event said.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import exists, or_, select, update
from sqlalchemy.orm import Session

from core.db import Database, db_now
from core.errors import Unavailable
from knowledge.models import Article, ArticleVersion, Case, CaseStatus, VersionStatus
from knowledge.passages import all_passage_ids, live_docs, rechunk, unchunked_versions
from retrieval import sparse
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.index.store import Point, Vector, VectorStore
from retrieval.types import PassageDoc

Progress = Callable[[int, int], None]  # (passages done, passages in all); may raise to stop the job
BATCH = 32  # passages encoded and written at once
_GROUP = 64  # documents brought in line together
_ROUNDS = 20


@dataclass(frozen=True, slots=True)
class Indexed:
    """What is in the index now: the version number of each article and whether each case is; None: it is not."""

    articles: Mapping[int, int | None] = field(default_factory=dict)
    cases: Mapping[int, bool] = field(default_factory=dict)
    passages: int = 0


def index_article_version(
    db: Database, encoder: Encoder, store: VectorStore, article_version_id: int, progress: Progress | None = None
) -> Indexed:
    """As `index_documents`, for this version's article: if a newer one is published by now, that one is indexed."""
    with db.reading() as session:
        article_id = session.scalar(select(ArticleVersion.article_id).where(ArticleVersion.id == article_version_id))
    if article_id is None:
        return Indexed()
    return index_documents(db, encoder, store, article_ids=[article_id], progress=progress)


def index_documents(
    db: Database,
    encoder: Encoder,
    store: VectorStore,
    *,
    article_ids: Collection[int] = (),
    case_ids: Collection[int] = (),
    progress: Progress | None = None,
    cache: EmbeddingCache | None = None,
) -> Indexed:
    """Make the index hold exactly the live passages of these documents, and hand back what `mark_indexed` writes.

    For every event about them: published, retired, discarded, scope changed.
    Call it with no transaction open. With a cache, only texts that it has not seen are encoded. Raises Unavailable when
    the index does not answer or when the documents change faster than they can be indexed; the job then runs again.
    """
    store.ensure(encoder.model_version, encoder.dimension)
    articles: dict[int, int | None] = {}
    cases: dict[int, bool] = {}
    passages = 0
    refs = [("article", one) for one in sorted(set(article_ids))] + [("case", one) for one in sorted(set(case_ids))]
    for start in range(0, len(refs), _GROUP):
        group = refs[start : start + _GROUP]
        own_articles = [one for kind, one in group if kind == "article"]
        own_cases = [one for kind, one in group if kind == "case"]
        _rechunk(db, own_articles)
        docs = _converge(db, encoder, store, own_articles, own_cases, progress, cache)
        numbers = {doc.document_id: doc.version for doc in docs}
        articles |= {one: numbers.get(f"article:{one}") for one in own_articles}
        cases |= {one: f"case:{one}" in numbers for one in own_cases}
        passages += len(docs)
    return Indexed(articles, cases, passages)


def _rechunk(db: Database, article_ids: Collection[int]) -> None:
    with db.reading() as session:
        versions = unchunked_versions(session, article_ids, limit=_GROUP)
    if versions:
        with db.unit_of_work() as session:
            rechunk(session, versions)


def _converge(
    db: Database,
    encoder: Encoder,
    store: VectorStore,
    article_ids: Collection[int],
    case_ids: Collection[int],
    progress: Progress | None,
    cache: EmbeddingCache | None,
) -> list[PassageDoc]:
    vectors: dict[int, Vector] = {}  # a passage never changes, so its vector is computed once
    wanted, stale = _read(db, article_ids, case_ids)
    for _ in range(_ROUNDS):
        _write(encoder, store, wanted, vectors, progress, cache)
        present = {doc.document_id for doc in wanted}
        documents = [f"article:{one}" for one in article_ids] + [f"case:{one}" for one in case_ids]
        if absent := [document for document in documents if document not in present]:
            store.delete_documents(absent)
        if stale:
            store.delete(sorted(stale))
        fresh, stale = _read(db, article_ids, case_ids)
        if fresh == wanted:
            return wanted
        wanted = fresh
    raise Unavailable("These documents change faster than they can be indexed; the job will run again.")


def _read(db: Database, article_ids: Collection[int], case_ids: Collection[int]) -> tuple[list[PassageDoc], set[int]]:
    """What shall be in the index, and every other passage that these documents ever had."""
    with db.reading() as session:
        wanted = live_docs(session, article_ids=article_ids, case_ids=case_ids)
        known = all_passage_ids(session, article_ids, case_ids)
    return wanted, known - {doc.id for doc in wanted}


def _write(
    encoder: Encoder,
    store: VectorStore,
    docs: Sequence[PassageDoc],
    vectors: dict[int, Vector],
    progress: Progress | None,
    cache: EmbeddingCache | None,
) -> None:
    for start in range(0, len(docs), BATCH):
        batch = docs[start : start + BATCH]
        store.upsert(make_points(encoder, batch, cache, vectors))
        if progress is not None:
            progress(min(start + BATCH, len(docs)), len(docs))


def make_points(
    encoder: Encoder,
    docs: Sequence[PassageDoc],
    cache: EmbeddingCache | None = None,
    vectors: dict[int, Vector] | None = None,
) -> list[Point]:
    """Dense and sparse vectors of `docs`; known ones are taken from `vectors` (by passage id) or the cache."""
    vectors = {} if vectors is None else vectors
    unknown = [doc for doc in docs if doc.id not in vectors]
    if unknown:
        texts = [doc.embed_text for doc in unknown]
        encoded = cache.passages(encoder, texts) if cache is not None else encoder.encode_passages(texts)
        vectors.update({doc.id: vector for doc, vector in zip(unknown, encoded, strict=True)})
    return [Point(doc, vectors[doc.id], sparse.encode_passage(doc.embed_text)) for doc in docs]


def mark_indexed(session: Session, outcome: Indexed) -> None:
    """In the job's final unit: `indexed_at` says since when a version or case is in the index, None that it is not."""
    for article_id, number in outcome.articles.items():
        own = ArticleVersion.article_id == article_id
        published = ArticleVersion.status == VersionStatus.PUBLISHED
        gone = ~published
        if number is None:
            expired = exists().where(Article.id == article_id, Article.valid_to <= db_now())
            gone = or_(gone, expired)
        else:
            session.execute(
                update(ArticleVersion)
                .where(own, published, ArticleVersion.number == number)
                .values(indexed_at=db_now())
                .execution_options(synchronize_session=False)
            )
        session.execute(
            update(ArticleVersion)
            .where(own, gone, ArticleVersion.indexed_at.is_not(None))
            .values(indexed_at=None)
            .execution_options(synchronize_session=False)
        )
    for present in (True, False):
        ids = [case_id for case_id, found in outcome.cases.items() if found is present]
        in_use = Case.status == CaseStatus.PUBLISHED
        session.execute(
            update(Case)
            .where(Case.id.in_(ids), in_use if present else ~in_use)
            .values(indexed_at=db_now() if present else None)
            .execution_options(synchronize_session=False)
        )


def expired_articles(session: Session, limit: int = 500) -> list[int]:
    """Articles whose validity has ended and whose passages are still in the index. Searches do not find them, since
    they filter by time; the job of `ValidityCheckDue` hands them to `index_documents`, which takes them out."""
    query = (
        select(Article.id)
        .join(ArticleVersion, ArticleVersion.article_id == Article.id)
        .where(Article.valid_to <= db_now(), ArticleVersion.indexed_at.is_not(None))
        .distinct()
        .order_by(Article.id)
        .limit(limit)
    )
    return list(session.scalars(query))

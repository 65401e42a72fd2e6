"""Passages: immutable rows cut from a published source, and what of them may be retrieved at a time.

An article's passages are spans of its version's body, by `CHUNKER_VERSION`; a new chunker adds rows and the old ones
stay, so that a past answer keeps its source. A case is one passage: its text is the customer's question (what the next
customer will ask), the agent's reply goes along as `PassageDoc.answer`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, exists, or_, select
from sqlalchemy.orm import Session

from core.db import db_now, insert_into
from core.errors import InvalidInput
from knowledge.models import Article, ArticleVersion, Case, CaseStatus, Passage, VersionStatus
from retrieval.chunking import CHUNKER_VERSION, Span, split
from retrieval.types import Hit, PassageDoc, SearchScope

CASE_CHUNKER = "case-1"
_IDS_A_QUERY = 500  # SQLite binds at most 32,766 values a statement


def create_passages(session: Session, version: ArticleVersion, language: str) -> int:
    """Write the passages of a version for the current chunker; rows that exist stay. Returns how many there are.

    Raises InvalidInput when nothing of the body can be indexed.
    """
    spans = cut(version.title, version.body, language)
    if not spans:
        raise InvalidInput(
            f"“{version.title}” has no text to index, only comments or front matter. Write some text.",
            field="body",
        )
    _insert(
        session,
        [
            {
                "article_version_id": version.id,
                "chunker": CHUNKER_VERSION,
                "ordinal": ordinal,
                "start": span.start,
                "end": span.end,
                "heading": span.heading[:512],
                "text": span.text,
            }
            for ordinal, span in enumerate(spans)
        ],
    )
    return len(spans)


def cut(title: str, body: str, language: str | None) -> list[Span]:
    """The body's spans; a heading that only repeats the title is none, since every passage is indexed with its title.

    A body of nothing but that heading gives []: there is nothing to say.
    """
    return [span for span in split(body, title=title, language=language) if span.text.strip("# \t\n=-*") != title]


def create_case_passage(session: Session, case: Case) -> None:
    """Write the case's one passage; nothing happens when it exists."""
    _insert(
        session,
        [
            {
                "case_id": case.id,
                "chunker": CASE_CHUNKER,
                "ordinal": 0,
                "start": 0,
                "end": len(case.question),
                "text": case.question,
                "heading": "",
            }
        ],
    )


def _insert(session: Session, rows: Sequence[dict[str, Any]]) -> None:
    session.flush()
    session.execute(insert_into(session, Passage).on_conflict_do_nothing(), list(rows))


def unchunked_versions(session: Session, article_ids: Collection[int] | None = None, limit: int = 100) -> list[int]:
    """Ids of published versions that the current chunker has not cut yet (it is newer than they are)."""
    cut = exists().where(Passage.article_version_id == ArticleVersion.id, Passage.chunker == CHUNKER_VERSION)
    query = select(ArticleVersion.id).where(ArticleVersion.status == VersionStatus.PUBLISHED, ~cut)
    if article_ids is not None:
        query = query.where(ArticleVersion.article_id.in_(article_ids))
    return list(session.scalars(query.order_by(ArticleVersion.id).limit(limit)))


def rechunk(session: Session, version_ids: Sequence[int]) -> int:
    """Write these versions' passages for the current chunker. Returns how many versions there were."""
    rows = session.execute(
        select(ArticleVersion, Article.language)
        .join(Article, Article.id == ArticleVersion.article_id)
        .where(ArticleVersion.id.in_(version_ids))
    ).all()
    for version, language in rows:
        create_passages(session, version, language)
    return len(rows)


def _article_live(at: datetime | None) -> ColumnElement[bool]:
    if at is None:
        return and_(
            ArticleVersion.status == VersionStatus.PUBLISHED,
            Article.archived_at.is_(None),
            or_(Article.valid_to.is_(None), Article.valid_to > db_now()),
        )
    return and_(
        ArticleVersion.published_at <= at,
        or_(ArticleVersion.retired_at.is_(None), ArticleVersion.retired_at > at),
        or_(Article.valid_to.is_(None), Article.valid_to > at),
    )


def _case_live(at: datetime | None) -> ColumnElement[bool]:
    if at is None:
        return Case.status == CaseStatus.PUBLISHED
    return and_(Case.published_at <= at, or_(Case.retired_at.is_(None), Case.retired_at > at))


def _documents() -> Select[*tuple[Any, ...]]:
    """Passages with all that a `PassageDoc` says of their source; long bodies are not loaded."""
    return (
        select(
            Passage,
            ArticleVersion.number,
            ArticleVersion.title,
            ArticleVersion.published_at,
            Article.id.label("article_id"),
            Article.language,
            Article.audience,
            Article.shop_ids,
            Article.valid_from,
            Article.valid_to,
            Article.category,
            Article.intents,
            Case.answer,
            Case.intent.label("case_intent"),
            Case.language.label("case_language"),
            Case.audience.label("case_audience"),
            Case.shop_id.label("case_shop_id"),
            Case.published_at.label("case_published_at"),
        )
        .outerjoin(ArticleVersion, ArticleVersion.id == Passage.article_version_id)
        .outerjoin(Article, Article.id == ArticleVersion.article_id)
        .outerjoin(Case, Case.id == Passage.case_id)
        .order_by(Passage.id)
    )


def _live(at: datetime | None, chunker: str | None) -> ColumnElement[bool]:
    articles = and_(Passage.article_version_id.is_not(None), _article_live(at))
    if chunker is not None:
        articles = and_(articles, Passage.chunker == chunker)
    return or_(articles, and_(Passage.case_id.is_not(None), _case_live(at)))


def live_docs(
    session: Session,
    *,
    article_ids: Collection[int] | None = None,
    case_ids: Collection[int] | None = None,
    at: datetime | None = None,
    chunker: str | None = None,
    after: int = 0,
    limit: int | None = None,
) -> list[PassageDoc]:
    """What the index shall hold: the passages of published, not expired sources, by passage id.

    A source that becomes valid later is included, the search filters by time. With neither `article_ids` nor
    `case_ids`: everything. `at` asks for a past moment (with today's audience and validity), `after` and `limit` page.
    """
    query = _documents().where(_live(at, chunker or CHUNKER_VERSION), Passage.id > after)
    if article_ids is not None or case_ids is not None:
        query = query.where(or_(ArticleVersion.article_id.in_(article_ids or ()), Passage.case_id.in_(case_ids or ())))
    if limit is not None:
        query = query.limit(limit)
    return [_doc(row) for row in session.execute(query)]


def live_passage_ids(session: Session) -> Iterator[int]:
    """The ids of `live_docs`, streamed."""
    query = (
        select(Passage.id)
        .outerjoin(ArticleVersion, ArticleVersion.id == Passage.article_version_id)
        .outerjoin(Article, Article.id == ArticleVersion.article_id)
        .outerjoin(Case, Case.id == Passage.case_id)
        .where(_live(None, CHUNKER_VERSION))
    )
    yield from session.scalars(query.execution_options(yield_per=5000))


def passage_docs(session: Session, passage_ids: Collection[int]) -> dict[int, PassageDoc]:
    """These passages, live or not (a past answer still shows its sources), by id; unknown ids are left out."""
    return {
        row.Passage.id: _doc(row)
        for ids in _parts(passage_ids)
        for row in session.execute(_documents().where(Passage.id.in_(ids)))
    }


def all_passage_ids(session: Session, article_ids: Collection[int] = (), case_ids: Collection[int] = ()) -> set[int]:
    """Every passage these sources ever had, of any version and chunker."""
    versions = select(ArticleVersion.id).where(ArticleVersion.article_id.in_(article_ids))
    query = select(Passage.id).where(or_(Passage.article_version_id.in_(versions), Passage.case_id.in_(case_ids)))
    return set(session.scalars(query))


def _doc(row: Row[Any]) -> PassageDoc:
    passage: Passage = row.Passage
    if passage.case_id is not None:
        return PassageDoc(
            id=passage.id,
            document_id=f"case:{passage.case_id}",
            source_kind="case",
            title="",
            text=passage.text,
            version=1,
            span=(passage.start, passage.end),
            language=row.case_language,
            audience=row.case_audience,
            shops=(row.case_shop_id,),
            published_at=row.case_published_at,
            answer=row.answer,
            intent=row.case_intent or "",
        )
    return PassageDoc(
        id=passage.id,
        document_id=f"article:{row.article_id}",
        source_kind="article",
        title=row.title,
        text=passage.text,
        version=row.number,
        span=(passage.start, passage.end),
        language=row.language,
        audience=row.audience,
        shops=tuple(sorted(row.shop_ids)),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        published_at=row.published_at,
        heading=passage.heading,
        category=row.category,
        intent=row.intents[0] if row.intents else "",
    )


def still_valid(
    session: Session, hits: Sequence[Hit], at: datetime | None = None, *, scope: SearchScope | None = None
) -> list[Hit]:
    """The hits that the database still stands behind, in their order: the index is only a cache.

    Dropped: a replaced or archived version, a source outside its validity at `at` (None: the database's now), and one
    whose audience or shops have changed so that `scope` (None: what the hit says of itself) no longer covers it.
    """
    current = valid_docs(session, [hit.passage.id for hit in hits], at)
    return [hit for hit in hits if (doc := current.get(hit.passage.id)) and _covered(doc, hit.passage, scope)]


def valid_docs(session: Session, passage_ids: Collection[int], at: datetime | None = None) -> dict[int, PassageDoc]:
    """These passages as the database has them now, without those that may not be used at `at`, by id."""
    begun = or_(Article.valid_from.is_(None), Article.valid_from <= (db_now() if at is None else at))
    return {
        row.Passage.id: _doc(row)
        for ids in _parts(passage_ids)
        for row in session.execute(_documents().where(Passage.id.in_(ids), _live(at, None), begun))
    }


def _covered(current: PassageDoc, found: PassageDoc, scope: SearchScope | None) -> bool:
    if scope is None:
        return current.audience == found.audience and current.shops == tuple(sorted(found.shops))
    in_shop = scope.shop is None or not current.shops or scope.shop in current.shops
    return current.audience in scope.audiences and in_shop


def _parts(ids: Collection[int]) -> Iterator[list[int]]:
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), _IDS_A_QUERY):
        yield ordered[start : start + _IDS_A_QUERY]

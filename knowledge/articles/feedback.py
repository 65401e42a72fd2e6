"""What shoppers and staff say about articles: lists and counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from knowledge.articles.queries import visible
from knowledge.models import Article, ArticleVersion, KnowledgeFeedback, VersionStatus
from records.principals import Principal


@dataclass(frozen=True, slots=True)
class FeedbackFilter:
    """None: no matter. `author`: "staff" or "shopper"; `commented`: with words, not only a thumb."""

    article_id: int | None = None
    handled: bool | None = None
    helpful: bool | None = None
    author: str | None = None
    commented: bool | None = None


@dataclass(frozen=True, slots=True)
class FeedbackRow:
    """Feedback with the title of its article, the published one or else the newest."""

    feedback: KnowledgeFeedback
    title: str


def list_feedback(
    session: Session,
    principal: Principal,
    filters: FeedbackFilter,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[FeedbackRow]:
    """About articles that the principal may see, newest first; `before` is the last id of the page before."""
    query = (
        select(KnowledgeFeedback)
        .join(Article, Article.id == KnowledgeFeedback.article_id)
        .where(visible(principal))
        .order_by(KnowledgeFeedback.id.desc())
        .limit(limit)
    )
    if filters.article_id is not None:
        query = query.where(KnowledgeFeedback.article_id == filters.article_id)
    if filters.handled is not None:
        unhandled = KnowledgeFeedback.handled_at.is_(None)
        query = query.where(~unhandled if filters.handled else unhandled)
    if filters.helpful is not None:
        query = query.where(KnowledgeFeedback.helpful.is_(filters.helpful))
    if filters.author is not None:
        shopper = KnowledgeFeedback.actor_kind.not_in(("staff", "api"))
        query = query.where(shopper if filters.author == "shopper" else ~shopper)
    if filters.commented is not None:
        empty = KnowledgeFeedback.comment == ""
        query = query.where(~empty if filters.commented else empty)
    if before is not None:
        query = query.where(KnowledgeFeedback.id < before)
    rows = list(session.scalars(query))
    titles = _titles(session, {row.article_id for row in rows})
    return [FeedbackRow(row, titles[row.article_id]) for row in rows]


def feedback_row(session: Session, feedback: KnowledgeFeedback) -> FeedbackRow:
    return FeedbackRow(feedback, _titles(session, {feedback.article_id})[feedback.article_id])


def feedback_counts(session: Session, article_ids: Sequence[int]) -> dict[int, tuple[int, int]]:
    """(helpful, not helpful) by article; articles without feedback are left out."""
    query = (
        select(KnowledgeFeedback.article_id, KnowledgeFeedback.helpful, func.count())
        .where(KnowledgeFeedback.article_id.in_(article_ids))
        .group_by(KnowledgeFeedback.article_id, KnowledgeFeedback.helpful)
    )
    counts: dict[int, tuple[int, int]] = {}
    for article_id, helpful, count in session.execute(query):
        good, bad = counts.get(article_id, (0, 0))
        counts[article_id] = (good + count, bad) if helpful else (good, bad + count)
    return counts


def unhandled_counts(session: Session, article_ids: Sequence[int]) -> dict[int, int]:
    """How many words about each article wait for an editor; articles without are left out."""
    query = (
        select(KnowledgeFeedback.article_id, func.count().label("waiting"))
        .where(KnowledgeFeedback.article_id.in_(article_ids), KnowledgeFeedback.handled_at.is_(None))
        .group_by(KnowledgeFeedback.article_id)
    )
    return {row.article_id: row.waiting for row in session.execute(query)}


def _titles(session: Session, article_ids: set[int]) -> dict[int, str]:
    published = ArticleVersion.status == VersionStatus.PUBLISHED
    query = (
        select(ArticleVersion.article_id, ArticleVersion.title)
        .where(ArticleVersion.article_id.in_(article_ids))
        .order_by(published, ArticleVersion.number)
    )
    return {row.article_id: row.title for row in session.execute(query)}

"""Published articles that have grown old, and those that nothing was ever answered from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from copilot.models import Suggestion, SuggestionSource
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.tasks.models import KnowledgeTask, TaskEvidence, TaskState
from records.tickets.models import Ticket

REVIEW_DAYS: Final = 365  # since the text was last published
UNUSED_DAYS: Final = 90
ASKED: Final = 100  # drafts in its shops within UNUSED_DAYS, before "never cited" says something


@dataclass(frozen=True, slots=True)
class Neglected:
    """An article's published version. `data` says why: `reasons` of a stale one, `asked` of an unused one."""

    article_id: int
    number: int
    title: str
    language: str
    intent: str | None
    data: Mapping[str, Any]


def stale_articles(session: Session, now: datetime) -> list[Neglected]:
    """By article. Reasons: `expired` (its validity has passed), `old` (published more than `REVIEW_DAYS` ago),
    `corrected` (agents corrected facts or policies of drafts that cite this very version; nobody has seen to it)."""
    corrected = _corrections(session)
    found = []
    for article, version in _published(session):
        reasons = []
        if article.valid_to is not None and article.valid_to < now:
            reasons.append("expired")
        if version.published_at is not None and version.published_at < now - timedelta(days=REVIEW_DAYS):
            reasons.append("old")
        corrections = corrected.get((article.id, version.number), 0)
        if corrections:
            reasons.append("corrected")
        if reasons:
            data = {"reasons": reasons, "corrections": corrections, **_times(article, version)}
            found.append(_neglected(article, version, data))
    return found


def unused_articles(session: Session, now: datetime) -> list[Neglected]:
    """Never cited by a draft, though valid and published for `UNUSED_DAYS`, while at least `ASKED` drafts were made
    in its shops in that time."""
    cited = set(
        session.scalars(
            select(SuggestionSource.document_id).where(SuggestionSource.document_id.startswith("article:")).distinct()
        )
    )
    drafts = _drafts(session, now - timedelta(days=UNUSED_DAYS))
    found = []
    for article, version in _published(session):
        first = version.published_at
        over = article.valid_to is not None and article.valid_to < now
        if f"article:{article.id}" in cited or first is None or over or first > now - timedelta(days=UNUSED_DAYS):
            continue
        asked = sum(count for shop, count in drafts.items() if not article.shop_ids or shop in article.shop_ids)
        if asked >= ASKED:
            found.append(_neglected(article, version, {"asked": asked, **_times(article, version)}))
    return found


def _published(session: Session) -> list[tuple[Article, ArticleVersion]]:
    query = (
        select(Article, ArticleVersion)
        .join(ArticleVersion, ArticleVersion.article_id == Article.id)
        .where(ArticleVersion.status == VersionStatus.PUBLISHED, Article.archived_at.is_(None))
        .order_by(Article.id)
    )
    return [(article, version) for article, version in session.execute(query).all()]


def _corrections(session: Session) -> Mapping[tuple[int, int], int]:
    """{(article, version number): corrections of open tasks}."""
    query = (
        select(KnowledgeTask.article_id, TaskEvidence.article_version, func.count())
        .join(TaskEvidence, TaskEvidence.task_id == KnowledgeTask.id)
        .where(KnowledgeTask.state == TaskState.OPEN)
        .group_by(KnowledgeTask.article_id, TaskEvidence.article_version)
    )
    return {(article, number): count for article, number, count in session.execute(query).all()}


def _drafts(session: Session, since: datetime) -> Mapping[int, int]:
    """{shop: drafts made}."""
    query = (
        select(Ticket.shop_id, func.count())
        .join(Suggestion, Suggestion.ticket_id == Ticket.id)
        .where(Suggestion.created_at >= since)
        .group_by(Ticket.shop_id)
    )
    return dict(session.execute(query).tuples().all())


def _times(article: Article, version: ArticleVersion) -> dict[str, str | None]:
    return {
        "published_at": version.published_at.isoformat() if version.published_at else None,
        "valid_to": article.valid_to.isoformat() if article.valid_to else None,
    }


def _neglected(article: Article, version: ArticleVersion, data: Mapping[str, Any]) -> Neglected:
    intent = article.intents[0] if article.intents else None
    return Neglected(article.id, version.number, version.title, article.language, intent, data)

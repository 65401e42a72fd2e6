"""Put versions into use and take them out."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.errors import Conflict, NotFound
from knowledge import events
from knowledge.articles.actions.rows import (
    ArticleScope,
    add_version,
    database_time,
    emit_for,
    lock_article,
    locked_version,
    require_open,
    set_scope,
    touch,
)
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.passages import create_passages
from knowledge.policies import Act, require
from knowledge.similarity import forget_bands, store_bands
from records.principals import Principal


def publish_version(
    session: Session,
    principal: Principal,
    article_version_id: int,
    *,
    expected_version: int | None = None,
    published_at: datetime | None = None,
) -> ArticleVersion:
    """Make a draft the published version: its predecessor retires at the same moment, its passages are written.

    `published_at` is the true time of an imported text; it is taken when it lies before now and after the
    predecessor's. Publishing a draft of an archived article brings the article back.
    """
    article, version = locked_version(session, article_version_id, expected_version)
    require(principal, Act.PUBLISH, article.shop_ids)
    require_open(version)
    return _publish(session, principal, article, version, published_at)


def roll_back(
    session: Session, principal: Principal, article_id: int, number: int, *, expected_version: int | None = None
) -> ArticleVersion:
    """Publish the text of version `number` again, as a new version. An open draft stays as it is."""
    article = lock_article(session, article_id, expected_version)
    require(principal, Act.PUBLISH, article.shop_ids)
    old = session.scalar(
        select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.number == number)
    )
    if old is None or old.published_at is None:
        raise NotFound(f"The article has no version {number} that was ever published.", number=number)
    if old.status == VersionStatus.PUBLISHED:
        raise Conflict(f"Version {number} is the published one.")
    version = add_version(session, principal, article, old.title, old.body, f"version {number} again")
    return _publish(session, principal, article, version, None)


def publish_text(
    session: Session,
    principal: Principal,
    article_id: int,
    *,
    title: str,
    body: str,
    note: str = "",
    published_at: datetime | None = None,
) -> ArticleVersion:
    """Publish a new text at once, as an import does; an open draft stays as it is."""
    article = lock_article(session, article_id)
    require(principal, Act.PUBLISH, article.shop_ids)
    version = add_version(session, principal, article, title, body, note)
    return _publish(session, principal, article, version, published_at)


def archive_article(
    session: Session,
    principal: Principal,
    article_id: int,
    *,
    expected_version: int | None = None,
    retired_at: datetime | None = None,
) -> Article:
    """Take an article out of use; its versions and passages stay. `retired_at` is the true time of an imported end."""
    article = lock_article(session, article_id, expected_version)
    require(principal, Act.PUBLISH, article.shop_ids)
    if article.archived_at is not None:
        raise Conflict("The article is archived already.")
    now = database_time(session)
    at = min(retired_at, now) if retired_at else now
    _retire(session, article_id, at)
    article.archived_at = at
    touch(article)
    forget_bands(session, f"article:{article_id}")
    emit_for(session, events.KnowledgeRetired, principal, article)
    return article


def change_scope(
    session: Session,
    principal: Principal,
    article_id: int,
    scope: ArticleScope,
    *,
    expected_version: int | None = None,
) -> Article:
    """Change who finds the article. Both the old and the new shops must be the principal's. Equal: nothing happens."""
    article = lock_article(session, article_id, expected_version)
    require(principal, Act.SCOPE, article.shop_ids)
    require(principal, Act.SCOPE, scope.shop_ids)
    scope.check()
    if ArticleScope.of(article) == scope:
        return article
    set_scope(article, scope)
    touch(article)
    emit_for(session, events.ArticleScopeChanged, principal, article)
    return article


def _publish(
    session: Session, principal: Principal, article: Article, version: ArticleVersion, published_at: datetime | None
) -> ArticleVersion:
    create_passages(session, version, article.language)
    now = database_time(session)
    at = min(published_at, now) if published_at else now
    before = session.scalar(
        select(func.max(ArticleVersion.published_at)).where(ArticleVersion.article_id == article.id)
    )
    if before is not None and at <= before:
        at = now
    _retire(session, article.id, at)
    version.status, version.published_at, version.retired_at = VersionStatus.PUBLISHED, at, None
    article.archived_at = None
    touch(article)
    store_bands(session, f"article:{article.id}", version.body)
    emit_for(session, events.KnowledgePublished, principal, article, version)
    return version


def _retire(session: Session, article_id: int, at: datetime) -> None:
    for version in session.scalars(
        select(ArticleVersion).where(
            ArticleVersion.article_id == article_id, ArticleVersion.status == VersionStatus.PUBLISHED
        )
    ):
        version.status = VersionStatus.RETIRED
        version.retired_at = max(at, version.published_at) if version.published_at else at
    session.flush()

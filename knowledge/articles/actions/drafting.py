"""Write drafts and hand them in."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict
from knowledge import events
from knowledge.articles.actions.rows import (
    OPEN,
    ArticleScope,
    add_version,
    check_text,
    emit_for,
    lock_article,
    locked_version,
    require_open,
    require_own,
    require_sight,
    set_scope,
    text_digest,
    touch,
)
from knowledge.models import Article, ArticleVersion, VersionStatus
from knowledge.policies import Act, require
from records.principals import Principal
from retrieval.language import detect


def create_article(
    session: Session,
    principal: Principal,
    *,
    title: str,
    body: str,
    scope: ArticleScope | None = None,
    language: str | None = None,
    external_id: str | None = None,
    note: str = "",
) -> Article:
    """A new article with draft version 1. Raises Conflict when `external_id` is taken."""
    scope = scope or ArticleScope()
    scope.check()
    require(principal, Act.PROPOSE, scope.shop_ids)
    if external_id is not None and session.scalar(select(Article.id).where(Article.external_id == external_id)):
        raise Conflict(f"There is an article with the id {external_id!r} already.", external_id=external_id)
    article = Article(external_id=external_id, language=language or detect(f"{title}\n{body}"))
    set_scope(article, scope)
    session.add(article)
    session.flush()
    version = add_version(session, principal, article, title, body, note)
    emit_for(session, events.ArticleDrafted, principal, article, version)
    return article


def new_draft(
    session: Session,
    principal: Principal,
    article_id: int,
    *,
    title: str,
    body: str,
    note: str = "",
    expected_version: int | None = None,
) -> ArticleVersion:
    """A draft of the next version. Raises Conflict while another draft of the article is open."""
    article = lock_article(session, article_id, expected_version)
    require(principal, Act.PROPOSE, article.shop_ids)
    require_sight(principal, article)
    if (draft := _open_version(session, article_id)) is not None:
        raise Conflict(
            f"Version {draft.number} is a draft already: edit or publish it first.", article_version_id=draft.id
        )
    version = add_version(session, principal, article, title, body, note)
    touch(article)
    emit_for(session, events.ArticleDrafted, principal, article, version)
    return version


def edit_draft(
    session: Session,
    principal: Principal,
    article_version_id: int,
    *,
    title: str,
    body: str,
    note: str | None = None,
    expected_version: int | None = None,
) -> ArticleVersion:
    """Change a draft's text; one under review becomes a draft again. Agents may edit only what they proposed."""
    article, version = locked_version(session, article_version_id, expected_version)
    require_own(principal, article, version)
    require_open(version)
    check_text(title, body)
    version.title, version.body, version.digest = title.strip(), body, text_digest(title.strip(), body)
    version.status = VersionStatus.DRAFT
    if note is not None:
        version.note = note
    touch(article)
    emit_for(session, events.ArticleDrafted, principal, article, version)
    return version


def submit_for_review(
    session: Session, principal: Principal, article_version_id: int, *, expected_version: int | None = None
) -> ArticleVersion:
    """Hand a draft to the editors."""
    article, version = locked_version(session, article_version_id, expected_version)
    require_own(principal, article, version)
    if version.status != VersionStatus.DRAFT:
        raise Conflict(f"Version {version.number} is {version.status}; only a draft can be submitted.")
    version.status = VersionStatus.REVIEW
    touch(article)
    emit_for(session, events.ArticleSubmitted, principal, article, version)
    return version


def _open_version(session: Session, article_id: int) -> ArticleVersion | None:
    return session.scalar(
        select(ArticleVersion).where(ArticleVersion.article_id == article_id, ArticleVersion.status.in_(OPEN)).limit(1)
    )

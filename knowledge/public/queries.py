"""Reads for people who are not signed in. Every query here goes through `offered`: there is no other way in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import NotFound
from knowledge.json_columns import json_contains
from knowledge.models import Article, ArticleVersion, KnowledgeFeedback, VersionStatus
from retrieval.types import PUBLIC

OPENING = 700  # characters of a body that lists read, enough for an excerpt
_HELPFUL_DAYS = 365


@dataclass(frozen=True, slots=True)
class PublicArticle:
    """The published version of an article. `body` is the whole Markdown, in lists only its first OPENING characters.

    `shop_ids` empty: for every shop. `updated_at` is when this version was published.
    """

    id: int
    category: str
    language: str
    shop_ids: tuple[int, ...]
    intents: tuple[str, ...]
    version: int
    title: str
    body: str
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class PublicCategory:
    name: str
    articles: int


def offered(shop_id: int | None) -> ColumnElement[bool]:
    """Published, public, in its time and for this shop (None: for any), as a condition on Article and its version."""
    now = db_now()
    rule = and_(
        ArticleVersion.status == VersionStatus.PUBLISHED,
        Article.archived_at.is_(None),
        Article.audience == PUBLIC,
        or_(Article.valid_from.is_(None), Article.valid_from <= now),
        or_(Article.valid_to.is_(None), Article.valid_to > now),
    )
    if shop_id is None:
        return rule
    return and_(rule, or_(Article.shop_ids == [], json_contains(Article.shop_ids, shop_id)))


def _articles(body: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
    return select(
        Article.id,
        Article.category,
        Article.language,
        Article.shop_ids,
        Article.intents,
        ArticleVersion.number,
        ArticleVersion.title,
        body.label("body"),
        func.coalesce(ArticleVersion.published_at, ArticleVersion.created_at).label("updated_at"),
    ).join(ArticleVersion, ArticleVersion.article_id == Article.id)


_OPENINGS = func.substr(ArticleVersion.body, 1, OPENING)
_WHOLE = func.substr(ArticleVersion.body, 1)


def list_public(
    session: Session,
    shop_id: int | None,
    *,
    language: str | None = None,
    category: str | None = None,
    ids: Collection[int] | None = None,
    title_has: str | None = None,
    whole: bool = False,
    limit: int | None = None,
) -> list[PublicArticle]:
    """The newest first. `category` is exactly this one; `whole` reads whole bodies."""
    query = _articles(_WHOLE if whole else _OPENINGS).where(offered(shop_id))
    if language is not None:
        query = query.where(Article.language == language)
    if category is not None:
        query = query.where(Article.category == category)
    if ids is not None:
        query = query.where(Article.id.in_(ids))
    if title_has is not None:
        query = query.where(ArticleVersion.title.icontains(title_has, autoescape=True))
    newest = func.coalesce(ArticleVersion.published_at, ArticleVersion.created_at)
    return [_article(row) for row in session.execute(query.order_by(newest.desc(), Article.id.desc()).limit(limit))]


def get_public(session: Session, article_id: int, shop_id: int | None = None) -> PublicArticle:
    """With its whole body. Raises NotFound, also for one that is not (or no longer, or not yet) for everybody."""
    row = session.execute(_articles(_WHOLE).where(offered(shop_id), Article.id == article_id)).first()
    if row is None:
        raise NotFound("There is no such article.", article_id=article_id)
    return _article(row)


def public_categories(session: Session, shop_id: int | None, language: str) -> list[PublicCategory]:
    """Those with articles in this language, the fullest first."""
    query = (
        select(Article.category, func.count())
        .join(ArticleVersion, ArticleVersion.article_id == Article.id)
        .where(offered(shop_id), Article.language == language)
        .group_by(Article.category)
        .order_by(func.count().desc(), Article.category)
    )
    return [PublicCategory(name, count) for name, count in session.execute(query)]


def languages(session: Session, shop_id: int | None, category: str | None = None) -> dict[str, int]:
    """How many articles there are by language."""
    query = (
        select(Article.language, func.count().label("articles"))
        .join(ArticleVersion, ArticleVersion.article_id == Article.id)
        .where(offered(shop_id))
        .group_by(Article.language)
    )
    if category is not None:
        query = query.where(Article.category == category)
    return {row.language: row.articles for row in session.execute(query)}


def most_helpful(session: Session, shop_id: int | None, language: str, limit: int = 6) -> list[PublicArticle]:
    """Those that readers of the last year called helpful more often than not, by how often; nobody's word, no list."""
    worth = func.sum(case((KnowledgeFeedback.helpful.is_(True), 1), else_=-1))
    liked = (
        select(KnowledgeFeedback.article_id, worth.label("worth"))
        .where(KnowledgeFeedback.at > db_now(-_HELPFUL_DAYS * 86_400))
        .group_by(KnowledgeFeedback.article_id)
        .having(worth > 0)
        .subquery()
    )
    query = (
        _articles(_OPENINGS)
        .join(liked, liked.c.article_id == Article.id)
        .where(offered(shop_id), Article.language == language)
        .order_by(liked.c.worth.desc(), Article.id)
        .limit(limit)
    )
    return [_article(row) for row in session.execute(query)]


def related(session: Session, article: PublicArticle, shop_id: int | None, limit: int = 4) -> list[PublicArticle]:
    """Others in its language on the same intents, then of its category, the newest first among equals."""
    others = [one for one in list_public(session, shop_id, language=article.language) if one.id != article.id]
    near = [(_nearness(article, one), one) for one in others]
    return [one for score, one in sorted(near, key=lambda pair: -pair[0]) if score][:limit]


def _nearness(article: PublicArticle, other: PublicArticle) -> int:
    shared = len(set(article.intents) & set(other.intents))
    return 2 * shared + (bool(article.category) and article.category == other.category)


def in_order(articles: Sequence[PublicArticle], ids: Sequence[int]) -> list[PublicArticle]:
    """The articles in the order of `ids`; ids without one are left out."""
    known = {article.id: article for article in articles}
    return [known[one] for one in dict.fromkeys(ids) if one in known]


def _article(row: Row[Any]) -> PublicArticle:
    return PublicArticle(
        id=row.id,
        category=row.category,
        language=row.language,
        shop_ids=tuple(sorted(row.shop_ids)),
        intents=tuple(row.intents),
        version=row.number,
        title=row.title,
        body=row.body,
        updated_at=row.updated_at,
    )

"""Read articles: lists, versions, what ends soon and what says the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, exists, false, literal, or_, select
from sqlalchemy.orm import Session, defer, joinedload, selectinload

from core.db import db_now
from core.errors import NotFound
from knowledge.json_columns import json_contains
from knowledge.models import Article, ArticleVersion, KnowledgeFeedback, VersionStatus
from knowledge.policies import Act, may, may_read
from knowledge.similarity import candidates, jaccard, shingles
from records.principals import Principal

EXPIRING_DAYS = 30
NEAR_DUPLICATE = 0.7  # of character 3-grams; two texts of the same template with another topic stay below


class Validity(StrEnum):
    """Where an article stands between `valid_from` and `valid_to`, now."""

    SCHEDULED = "scheduled"  # begins later
    CURRENT = "current"
    EXPIRING = "expiring"  # current, and ends within EXPIRING_DAYS
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What to list. None: no matter. `status` is of any version, or "archived"; `text` is looked for in titles
    and texts of versions that are not replaced."""

    status: str | None = None
    category: str | None = None
    audience: str | None = None
    language: str | None = None
    shop_id: int | None = None  # articles for every shop are included
    owner_id: int | None = None
    text: str | None = None
    validity: Validity | None = None
    unread_feedback: bool | None = None  # True: with feedback that nobody has handled


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article with the version that stands for it in a list: the published one, or else the newest.

    `opened` is the version being written or reviewed, if there is one.
    """

    article: Article
    current: ArticleVersion
    opened: ArticleVersion | None = None

    @property
    def has_draft(self) -> bool:
        return self.opened is not None


def visible(principal: Principal) -> ColumnElement[bool]:
    """Articles that the principal may work with, as a condition; a customer meets articles only in citations."""
    if principal.role is None or principal.kind == "customer":
        return false()
    rule: ColumnElement[bool] = literal(True)
    if not may(principal, Act.READ_ALL):
        rule = Article.audience.in_(principal.audiences)
    if principal.shops is not None:
        own = [json_contains(Article.shop_ids, shop) for shop in sorted(principal.shops)]
        rule = and_(rule, or_(Article.shop_ids == [], *own))
    return rule


def list_articles(
    session: Session,
    principal: Principal,
    filters: ArticleFilter | None = None,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[ArticleRow]:
    """Newest first; `before` is the last article id of the page before."""
    filters = filters or ArticleFilter()
    query = select(Article).where(visible(principal), *_conditions(filters)).order_by(Article.id.desc()).limit(limit)
    if before is not None:
        query = query.where(Article.id < before)
    articles = list(session.scalars(query))
    return _rows(session, articles)


def _conditions(filters: ArticleFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if filters.status == "archived":
        found.append(Article.archived_at.is_not(None))
    else:
        found.append(Article.archived_at.is_(None))
    if filters.status not in (None, "archived"):
        found.append(Article.versions.any(ArticleVersion.status == filters.status))
    if filters.category is not None:
        below = Article.category.startswith(filters.category + "/", autoescape=True)
        found.append(or_(Article.category == filters.category, below))
    for column, value in (
        (Article.audience, filters.audience),
        (Article.language, filters.language),
        (Article.owner_id, filters.owner_id),
    ):
        if value is not None:
            found.append(column == value)
    if filters.shop_id is not None:
        found.append(or_(Article.shop_ids == [], json_contains(Article.shop_ids, filters.shop_id)))
    if filters.validity is not None:
        found.append(_validity(filters.validity))
    if filters.unread_feedback:
        found.append(exists().where(KnowledgeFeedback.article_id == Article.id, KnowledgeFeedback.handled_at.is_(None)))
    if filters.text:
        said = or_(
            ArticleVersion.title.icontains(filters.text, autoescape=True),
            ArticleVersion.body.icontains(filters.text, autoescape=True),
        )
        replaced = ArticleVersion.status == VersionStatus.RETIRED
        found.append(Article.versions.any(and_(said, or_(~replaced, Article.archived_at.is_not(None)))))
    return found


def _validity(wanted: Validity) -> ColumnElement[bool]:
    now = datetime.now(UTC)
    begun = or_(Article.valid_from.is_(None), Article.valid_from <= now)
    if wanted == Validity.SCHEDULED:
        return Article.valid_from > now
    if wanted == Validity.EXPIRED:
        return Article.valid_to <= now
    if wanted == Validity.EXPIRING:
        return and_(begun, Article.valid_to > now, Article.valid_to <= now + timedelta(days=EXPIRING_DAYS))
    return and_(begun, or_(Article.valid_to.is_(None), Article.valid_to > now))


def _rows(session: Session, articles: Sequence[Article]) -> list[ArticleRow]:
    versions = session.scalars(
        select(ArticleVersion)
        .where(ArticleVersion.article_id.in_([article.id for article in articles]))
        .options(defer(ArticleVersion.body, raiseload=True))
        .order_by(ArticleVersion.number)
    )
    current: dict[int, ArticleVersion] = {}
    opened: dict[int, ArticleVersion] = {}
    for version in versions:
        known = current.get(version.article_id)
        if known is None or known.status != VersionStatus.PUBLISHED:
            current[version.article_id] = version
        if version.status in (VersionStatus.DRAFT, VersionStatus.REVIEW):
            opened[version.article_id] = version
    return [ArticleRow(article, current[article.id], opened.get(article.id)) for article in articles]


def _may_work_with(principal: Principal, article: Article) -> bool:
    staff = principal.role is not None and principal.kind != "customer"
    return staff and may_read(principal, article.audience, article.shop_ids)


def get_article(session: Session, principal: Principal, article_id: int) -> Article:
    """The article with all its versions. Raises NotFound also for one that the principal may not see."""
    article = session.scalar(select(Article).where(Article.id == article_id).options(selectinload(Article.versions)))
    if article is None or not _may_work_with(principal, article):
        raise NotFound("There is no such article.", article_id=article_id)
    return article


def version_of(session: Session, principal: Principal, article_id: int, number: int) -> ArticleVersion:
    """Raises NotFound."""
    for version in get_article(session, principal, article_id).versions:
        if version.number == number:
            return version
    raise NotFound(f"Article {article_id} has no version {number}.")


def get_version(session: Session, principal: Principal, article_version_id: int) -> ArticleVersion:
    """A version with its article. Raises NotFound also for one that the principal may not see."""
    version = session.scalar(
        select(ArticleVersion)
        .where(ArticleVersion.id == article_version_id)
        .options(joinedload(ArticleVersion.article))
    )
    if version is None or not _may_work_with(principal, version.article):
        raise NotFound("There is no such version.", article_version_id=article_version_id)
    return version


def due_to_expire(session: Session, principal: Principal, until: datetime) -> list[ArticleRow]:
    """Published articles whose validity ends between now and `until`, the next to end first."""
    query = (
        select(Article)
        .where(
            visible(principal),
            Article.valid_to > db_now(),
            Article.valid_to <= until,
            Article.versions.any(ArticleVersion.status == VersionStatus.PUBLISHED),
        )
        .order_by(Article.valid_to, Article.id)
    )
    articles = list(session.scalars(query))
    return _rows(session, articles)


def near_duplicates(
    session: Session, principal: Principal, text: str, *, exclude: int | None = None, threshold: float = NEAR_DUPLICATE
) -> list[tuple[ArticleRow, float]]:
    """Published articles whose text is nearly `text`, with the similarity, the most similar first: a warning for
    whoever writes the same twice."""
    wanted = shingles(text)
    ids = [one for one in candidates(session, "article", wanted) if one != exclude]
    query = (
        select(ArticleVersion)
        .join(Article)
        .options(joinedload(ArticleVersion.article))
        .where(Article.id.in_(ids), ArticleVersion.status == VersionStatus.PUBLISHED, visible(principal))
    )
    scored = [(version, jaccard(wanted, shingles(version.body))) for version in session.scalars(query)]
    found = [(ArticleRow(version.article, version), score) for version, score in scored if score >= threshold]
    return sorted(found, key=lambda pair: (-pair[1], pair[0].article.id))

"""Read articles: lists, trees, versions and what is different between them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, false, func, literal, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.db import db_now
from core.errors import NotFound
from knowledge.json_columns import json_contains
from knowledge.models import Article, ArticleVersion, KnowledgeFeedback, VersionStatus
from knowledge.policies import Act, may, may_read
from knowledge.similarity import candidates, jaccard, shingles
from records.principals import Principal

NEAR_DUPLICATE = 0.7  # of character 3-grams; two texts of the same template with another topic stay below


@dataclass(frozen=True, slots=True)
class ArticleFilter:
    """What to list. None: no matter. `status` is of any version, or "archived"; `text` is looked for in titles."""

    status: str | None = None
    category: str | None = None
    audience: str | None = None
    language: str | None = None
    shop_id: int | None = None  # articles for every shop are included
    owner_id: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """An article with the version that stands for it in a list: the published one, or else the newest."""

    article: Article
    current: ArticleVersion
    has_draft: bool


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category ("a/b" is below "a") with the number of articles in it that are not archived."""

    name: str
    articles: int


@dataclass(frozen=True, slots=True)
class LineChange:
    """`kind`: equal, insert, delete or replace. `parts` marks characters within a replaced pair of lines."""

    kind: str
    old: str
    new: str
    parts: tuple[tuple[str, str], ...] = ()


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
    current, drafts = _current_versions(session, [article.id for article in articles])
    return [ArticleRow(article, current[article.id], article.id in drafts) for article in articles]


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
    if filters.text:
        found.append(Article.versions.any(ArticleVersion.title.icontains(filters.text, autoescape=True)))
    return found


def _current_versions(session: Session, article_ids: Sequence[int]) -> tuple[dict[int, ArticleVersion], set[int]]:
    versions = session.scalars(
        select(ArticleVersion).where(ArticleVersion.article_id.in_(article_ids)).order_by(ArticleVersion.number)
    )
    current: dict[int, ArticleVersion] = {}
    drafts: set[int] = set()
    for version in versions:
        known = current.get(version.article_id)
        if known is None or known.status != VersionStatus.PUBLISHED:
            current[version.article_id] = version
        if version.status in (VersionStatus.DRAFT, VersionStatus.REVIEW):
            drafts.add(version.article_id)
    return current, drafts


def category_tree(session: Session, principal: Principal) -> list[CategoryNode]:
    """Categories of the articles in use that the principal may see, by name."""
    query = (
        select(Article.category, func.count())
        .where(visible(principal), Article.archived_at.is_(None))
        .group_by(Article.category)
        .order_by(Article.category)
    )
    return [CategoryNode(name, count) for name, count in session.execute(query)]


def _may_work_with(principal: Principal, article: Article) -> bool:
    staff = principal.role is not None and principal.kind != "customer"
    return staff and may_read(principal, article.audience, article.shop_ids)


def get_article(session: Session, principal: Principal, article_id: int) -> Article:
    """The article with all its versions. Raises NotFound also for one that the principal may not see."""
    article = session.scalar(select(Article).where(Article.id == article_id).options(selectinload(Article.versions)))
    if article is None or not _may_work_with(principal, article):
        raise NotFound("There is no such article.", article_id=article_id)
    return article


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


def compare_texts(old: str, new: str) -> list[LineChange]:
    """What turns `old` into `new`, line by line; a replaced line also character by character, since Chinese has no
    words to compare. Unchanged lines are included."""
    old_lines, new_lines = old.splitlines(), new.splitlines()
    changes: list[LineChange] = []
    matcher = difflib.SequenceMatcher(None, old_lines, new_lines, autojunk=False)
    for kind, old_start, old_end, new_start, new_end in matcher.get_opcodes():
        before, after = old_lines[old_start:old_end], new_lines[new_start:new_end]
        if kind == "equal":
            changes += [LineChange("equal", line, line) for line in before]
            continue
        paired = min(len(before), len(after))
        changes += [_line_change(before[at], after[at]) for at in range(paired)]
        changes += [LineChange("delete", line, "") for line in before[paired:]]
        changes += [LineChange("insert", "", line) for line in after[paired:]]
    return changes


def _line_change(old: str, new: str) -> LineChange:
    parts: list[tuple[str, str]] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            parts.append(("equal", old[a:b]))
            continue
        parts += [(name, text) for name, text in (("delete", old[a:b]), ("insert", new[c:d])) if text]
    return LineChange("replace", old, new, tuple(parts))


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
    current, drafts = _current_versions(session, [article.id for article in articles])
    return [ArticleRow(article, current[article.id], article.id in drafts) for article in articles]


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
    found = [(ArticleRow(version.article, version, False), score) for version, score in scored if score >= threshold]
    return sorted(found, key=lambda pair: (-pair[1], pair[0].article.id))


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

"""The tree of categories, with what is in them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from knowledge.articles.queries import visible
from knowledge.models import Article, ArticleVersion, VersionStatus
from records.principals import Principal


@dataclass(frozen=True, slots=True)
class CategoryNode:
    """A category ("a/b" is below "a") and how many articles stand in it alone, not below it.

    `articles` are those not archived; `published`, `draft` and `review` count articles with such a version, so an
    article with a published version and a draft of the next one is in both.
    """

    name: str
    articles: int
    published: int
    draft: int
    review: int
    archived: int


def category_tree(session: Session, principal: Principal) -> list[CategoryNode]:
    """Categories of the articles that the principal may see, by name."""
    totals: dict[str, dict[str, int]] = defaultdict(dict)
    gone = Article.archived_at.is_not(None)
    for category, archived, count in session.execute(
        select(Article.category, gone, func.count()).where(visible(principal)).group_by(Article.category, gone)
    ):
        totals[category]["archived" if archived else "articles"] = count
    by_status = (
        select(Article.category, ArticleVersion.status, func.count(Article.id.distinct()))
        .join(ArticleVersion, ArticleVersion.article_id == Article.id)
        .where(visible(principal), ~gone, ArticleVersion.status != VersionStatus.RETIRED)
        .group_by(Article.category, ArticleVersion.status)
    )
    for category, status, count in session.execute(by_status):
        totals[category][status] = count
    return [
        CategoryNode(
            name,
            *(counts.get(word, 0) for word in ("articles", "published", "draft", "review", "archived")),
        )
        for name, counts in sorted(totals.items())
    ]

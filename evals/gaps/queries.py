"""Read findings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from core.errors import NotFound
from evals.gaps.models import FindingKind, FindingState, KnowledgeFinding
from knowledge.articles.queries import visible as visible_article
from knowledge.models import Article
from records.principals import Principal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list goes on: after this effort, volume and id."""

    effort: float
    volume: float
    id: int


def list_findings(
    session: Session,
    principal: Principal,
    *,
    kind: str | None = None,
    state: str | None = FindingState.OPEN,
    shop_id: int | None = None,
    after: Place | None = None,
    limit: int = 50,
) -> list[KnowledgeFinding]:
    """The dearest first (effort, then volume, then newest); of open ones only those that the last computation found."""
    effort, volume, id_ = KnowledgeFinding.effort, KnowledgeFinding.volume, KnowledgeFinding.id
    query = select(KnowledgeFinding).where(visible(principal)).order_by(effort.desc(), volume.desc(), id_.desc())
    if kind is not None:
        query = query.where(KnowledgeFinding.kind == kind)
    if state is not None:
        query = query.where(KnowledgeFinding.state == state)
    if state == FindingState.OPEN:
        query = query.where(KnowledgeFinding.current)
    if shop_id is not None:
        query = query.where(KnowledgeFinding.shop_id == shop_id)
    if after is not None:
        query = query.where(
            or_(
                effort < after.effort,
                and_(effort == after.effort, volume < after.volume),
                and_(effort == after.effort, volume == after.volume, id_ < after.id),
            )
        )
    return list(session.scalars(query.limit(limit)))


def get_finding(session: Session, principal: Principal, finding_id: int) -> KnowledgeFinding:
    """Raises NotFound also for one that concerns a shop or an article out of reach."""
    query = select(KnowledgeFinding).where(KnowledgeFinding.id == finding_id, visible(principal))
    if (row := session.scalar(query)) is None:
        raise NotFound(f"There is no finding {finding_id} that you may see.")
    return row


def count_open(session: Session, principal: Principal) -> dict[str, int]:
    """Open and current ones by kind; a kind without has 0."""
    query = (
        select(KnowledgeFinding.kind, func.count())
        .where(visible(principal), KnowledgeFinding.state == FindingState.OPEN, KnowledgeFinding.current)
        .group_by(KnowledgeFinding.kind)
    )
    found = dict(session.execute(query).tuples().all())
    return {str(kind): found.get(kind, 0) for kind in FindingKind}


def computed_at(session: Session) -> datetime | None:
    """When findings were last computed; None: never, or nothing was found."""
    return session.scalar(select(func.max(KnowledgeFinding.computed_at)))


def visible(principal: Principal) -> ColumnElement[bool]:
    """Of no shop or one of the principal's, and about articles that the principal may see, both of them."""
    articles = select(Article.id).where(visible_article(principal))
    rules = [
        or_(column.is_(None), column.in_(articles))
        for column in (KnowledgeFinding.article_id, KnowledgeFinding.other_id)
    ]
    if principal.shops is not None:
        of_no_shop = and_(KnowledgeFinding.shop_id.is_(None), KnowledgeFinding.article_id.is_not(None))
        rules.append(or_(of_no_shop, KnowledgeFinding.shop_id.in_(principal.shops)))
    return and_(true(), *rules)

"""Read cases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, literal, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from knowledge.models import Case, CaseStatus
from knowledge.policies import Act, may, may_read
from knowledge.similarity import candidates, jaccard, shingles
from records.principals import Principal

ALIKE = 0.4  # of the questions' character 3-grams: what an editor may want to merge, not yet a duplicate


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """What to list. None: no matter. `text` is looked for in question and answer."""

    status: str | None = None
    shop_id: int | None = None
    intent: str | None = None
    language: str | None = None
    duplicate_of: int | None = None
    text: str | None = None


def list_cases(
    session: Session,
    principal: Principal,
    filters: CaseFilter | None = None,
    *,
    before: int | None = None,
    limit: int = 50,
) -> list[Case]:
    """Newest first; `before` is the last case id of the page before."""
    filters = filters or CaseFilter()
    query = select(Case).where(_visible(principal)).order_by(Case.id.desc()).limit(limit)
    for column, value in (
        (Case.status, filters.status),
        (Case.shop_id, filters.shop_id),
        (Case.intent, filters.intent),
        (Case.language, filters.language),
        (Case.duplicate_of, filters.duplicate_of),
    ):
        if value is not None:
            query = query.where(column == value)
    if filters.text:
        query = query.where(
            or_(
                Case.question.icontains(filters.text, autoescape=True),
                Case.answer.icontains(filters.text, autoescape=True),
            )
        )
    if before is not None:
        query = query.where(Case.id < before)
    return list(session.scalars(query))


def get_case(session: Session, principal: Principal, case_id: int) -> Case:
    """Raises NotFound also for a case that the principal may not see."""
    case = session.get(Case, case_id)
    if case is None or not may_read(principal, case.audience, [case.shop_id]):
        raise NotFound("There is no such case.", case_id=case_id)
    return case


def case_counts(session: Session, principal: Principal, shop_id: int | None = None) -> dict[CaseStatus, int]:
    """Of the cases that the principal may see, by status; a status without cases has 0."""
    query = select(Case.status, func.count()).where(_visible(principal)).group_by(Case.status)
    if shop_id is not None:
        query = query.where(Case.shop_id == shop_id)
    found: dict[str, int] = dict(session.execute(query).tuples().all())
    return {status: found.get(status, 0) for status in CaseStatus}


def similar_cases(session: Session, principal: Principal, case: Case, limit: int = 5) -> list[tuple[Case, float]]:
    """Proposed and published cases of the same shop with nearly the same question, and how alike the questions are,
    the most similar first: what `case` could be merged into."""
    wanted = shingles(case.question)
    rows = session.scalars(
        select(Case).where(
            Case.id.in_(candidates(session, "case", wanted)),
            Case.id != case.id,
            Case.shop_id == case.shop_id,
            Case.status.in_((CaseStatus.PROPOSED, CaseStatus.PUBLISHED)),
            _visible(principal),
        )
    )
    scored = [(other, jaccard(wanted, shingles(other.question))) for other in rows]
    alike = [(other, score) for other, score in scored if score >= ALIKE]
    return sorted(alike, key=lambda pair: (-pair[1], pair[0].id))[:limit]


def _visible(principal: Principal) -> ColumnElement[bool]:
    rule: ColumnElement[bool] = literal(True)
    if not may(principal, Act.READ_ALL):
        rule = Case.audience.in_(principal.audiences)
    if principal.shops is not None:
        rule = rule & Case.shop_id.in_(principal.shops)
    return rule

"""Read cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Text, cast, func, or_, select, true
from sqlalchemy.orm import Session

from core.errors import NotFound
from evals.cases.models import EvalCase, EvalCaseStatus, EvalCaseVersion
from records.principals import Principal


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """None: no matter. `text` is looked for in question and good answer; `source`: "article", "case" or "none", the
    type of one of its relevant documents."""

    status: str | None = None
    kind: str | None = None
    language: str | None = None
    shop_id: int | None = None
    intent: str | None = None
    expected: str | None = None
    dangerous: bool | None = None
    text: str | None = None
    source: str | None = None


def list_cases(
    session: Session,
    principal: Principal,
    wanted: CaseFilter | None = None,
    *,
    before: int | None = None,
    limit: int | None = 50,
) -> list[EvalCase]:
    """Newest first, those of all shops and of the principal's; `before` is the last id of the page before."""
    wanted = wanted or CaseFilter()
    query = select(EvalCase).where(visible(principal)).order_by(EvalCase.id.desc())
    for column, value in (
        (EvalCase.status, wanted.status),
        (EvalCase.kind, wanted.kind),
        (EvalCase.language, wanted.language),
        (EvalCase.shop_id, wanted.shop_id),
        (EvalCase.intent, wanted.intent),
        (EvalCase.expected, wanted.expected),
        (EvalCase.dangerous, wanted.dangerous),
    ):
        if value is not None:
            query = query.where(column == value)
    if wanted.text:
        query = query.where(
            or_(
                EvalCase.question.icontains(wanted.text, autoescape=True),
                EvalCase.good_answer.icontains(wanted.text, autoescape=True),
            )
        )
    if wanted.source is not None:
        stored = cast(EvalCase.sources, Text)  # a JSON list of short words: the text of it is enough
        query = query.where(stored == "[]" if wanted.source == "none" else stored.contains(f'"{wanted.source}:'))
    if before is not None:
        query = query.where(EvalCase.id < before)
    return list(session.scalars(query if limit is None else query.limit(limit)))


def get_case(session: Session, principal: Principal, case_id: int) -> EvalCase:
    """Raises NotFound also for a case of a shop out of reach."""
    case = session.scalar(select(EvalCase).where(EvalCase.id == case_id, visible(principal)))
    if case is None:
        raise NotFound(f"There is no evaluation case {case_id} that you may see.")
    return case


def versions_of(session: Session, case_id: int) -> Sequence[EvalCaseVersion]:
    """Newest first."""
    query = select(EvalCaseVersion).where(EvalCaseVersion.case_id == case_id).order_by(EvalCaseVersion.number.desc())
    return list(session.scalars(query))


def count_by_status(session: Session, principal: Principal) -> dict[str, int]:
    """Of the cases that the principal may see; a status without cases has 0."""
    query = select(EvalCase.status, func.count()).where(visible(principal)).group_by(EvalCase.status)
    found = dict(session.execute(query).tuples().all())
    return {str(status): found.get(status, 0) for status in EvalCaseStatus}


def visible(principal: Principal) -> ColumnElement[bool]:
    """The cases that are of no shop or of one that the principal works for."""
    if principal.shops is None:
        return true()
    return or_(EvalCase.shop_id.is_(None), EvalCase.shop_id.in_(principal.shops))

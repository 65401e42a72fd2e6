"""What editors decide about cases. Nothing here commits; each action emits one event."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import EventType, emit
from knowledge import events
from knowledge.cases.proposing import propose_cases
from knowledge.models import Case, CaseStatus
from knowledge.passages import create_case_passage
from knowledge.policies import Act, check_audience, require
from knowledge.similarity import forget_bands, store_bands
from records.principals import Principal

__all__ = ["discard_case", "edit_case", "merge_case", "propose_cases", "publish_case", "retire_case"]


def edit_case(
    session: Session,
    principal: Principal,
    case_id: int,
    *,
    question: str,
    answer: str,
    intent: str | None = None,
    audience: str | None = None,
    expected_version: int | None = None,
) -> Case:
    """Change a proposal. A published case is never changed (its passage is cited): retire it, or merge it."""
    case = _locked(session, principal, case_id, expected_version)
    _require(case, CaseStatus.PROPOSED)
    if not question.strip() or not answer.strip():
        raise InvalidInput("A case needs a question and an answer.", field="question" if answer.strip() else "answer")
    case.question, case.answer = question.strip(), answer.strip()
    if intent is not None:
        case.intent = intent or None
    if audience is not None:
        case.audience = check_audience(audience)
    case.decided_by = _staff(principal)  # from now on the ticket no longer changes it
    store_bands(session, f"case:{case.id}", case.question)
    _emit(session, events.CaseEdited, principal, case)
    return case


def publish_case(session: Session, principal: Principal, case_id: int, *, expected_version: int | None = None) -> Case:
    """Let the next customer profit from it; also a proposal that was discarded may be published after all."""
    case = _locked(session, principal, case_id, expected_version)
    _require(case, CaseStatus.PROPOSED, CaseStatus.DISCARDED)
    case.status, case.duplicate_of, case.decided_by = CaseStatus.PUBLISHED, None, _staff(principal)
    case.published_at = session.execute(select(db_now())).scalar_one()
    create_case_passage(session, case)
    store_bands(session, f"case:{case.id}", case.question)
    _emit(session, events.CasePublished, principal, case)
    return case


def discard_case(session: Session, principal: Principal, case_id: int, *, expected_version: int | None = None) -> Case:
    """Not worth publishing."""
    case = _locked(session, principal, case_id, expected_version)
    _require(case, CaseStatus.PROPOSED)
    case.status, case.decided_by = CaseStatus.DISCARDED, _staff(principal)
    forget_bands(session, f"case:{case.id}")
    _emit(session, events.CaseDiscarded, principal, case, duplicate_of=None)
    return case


def merge_case(
    session: Session, principal: Principal, case_id: int, into_id: int, *, expected_version: int | None = None
) -> Case:
    """The case says what `into_id` says: it is discarded, or retired when it was published, and points there."""
    case = _locked(session, principal, case_id, expected_version)
    into = session.get(Case, into_id)
    if into is None or into_id == case_id or into.shop_id != case.shop_id:
        raise InvalidInput("Merge a case into another case of the same shop.", field="into_id")
    if into.status not in (CaseStatus.PROPOSED, CaseStatus.PUBLISHED):
        raise Conflict(f"The case to merge into is {into.status}.", case_id=into_id)
    _require(case, CaseStatus.PROPOSED, CaseStatus.PUBLISHED)
    case.duplicate_of = into_id
    if case.status == CaseStatus.PUBLISHED:
        return _retire(session, principal, case)
    case.status, case.decided_by = CaseStatus.DISCARDED, _staff(principal)
    forget_bands(session, f"case:{case.id}")
    _emit(session, events.CaseDiscarded, principal, case, duplicate_of=into_id)
    return case


def retire_case(session: Session, principal: Principal, case_id: int, *, expected_version: int | None = None) -> Case:
    """Take a published case out of use; its passage stays for the answers that cited it."""
    case = _locked(session, principal, case_id, expected_version)
    _require(case, CaseStatus.PUBLISHED)
    return _retire(session, principal, case)


def _retire(session: Session, principal: Principal, case: Case) -> Case:
    case.status, case.decided_by = CaseStatus.RETIRED, _staff(principal)
    case.retired_at = session.execute(select(db_now())).scalar_one()
    forget_bands(session, f"case:{case.id}")
    _emit(session, events.CaseRetired, principal, case)
    return case


def _locked(session: Session, principal: Principal, case_id: int, expected_version: int | None) -> Case:
    case = session.scalar(
        select(Case).where(Case.id == case_id).with_for_update().execution_options(populate_existing=True)
    )
    if case is None:
        raise NotFound("There is no such case.", case_id=case_id)
    require(principal, Act.CURATE, [case.shop_id])
    if expected_version is not None and case.version != expected_version:
        raise PreconditionFailed(
            "Somebody changed the case meanwhile. Load it again, then decide.", current_version=case.version
        )
    return case


def _require(case: Case, *states: CaseStatus) -> None:
    if case.status not in states:
        raise Conflict(f"The case is {case.status}; this needs one that is {' or '.join(states)}.", status=case.status)


def _staff(principal: Principal) -> int | None:
    return principal.id if principal.kind == "staff" else None


def _emit(session: Session, kind: EventType, principal: Principal, case: Case, **data: int | None) -> None:
    session.flush()
    emit(
        session,
        kind,
        actor=principal.actor,
        shop_id=case.shop_id,
        ticket_id=case.ticket_id,
        case_id=case.id,
        **data,
    )

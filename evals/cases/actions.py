"""Editors write, correct and retire cases."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from evals.cases.merging import find_same
from evals.cases.models import EvalCase, EvalCaseStatus, Expected, Kind, Note
from evals.cases.queries import visible
from evals.cases.versions import keep_version
from knowledge.cases.redaction import redact
from records.principals import Principal
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.language import detect

DOCUMENT: Final = re.compile(r"(?:article|case):[1-9]\d*")


def create_case(
    session: Session,
    principal: Principal,
    *,
    question: str,
    language: str | None = None,
    shop_id: int | None = None,
    intent: str | None = None,
    expected: str = Expected.ANSWER,
    sources: Sequence[str] = (),
    good_answer: str = "",
    dangerous: bool = False,
    kind: str = Kind.WRITTEN,
    weight: float = 1.0,
) -> EvalCase:
    """A case that a person wrote or brought along. Personal data by its shape is taken out here too.

    Raises InvalidInput for what could not be measured, Conflict when a case asks the same.
    """
    _require_reach(principal, shop_id)
    text = redact(question.strip()).text
    if not text:
        raise InvalidInput("Write the question as a customer would ask it.", field="question")
    spoken = language or detect(text)
    if (same := find_same(session, text, spoken, shop_id)) is not None:
        raise Conflict(f"Case {same.id} asks the same. Correct that one.", case_id=same.id)
    case = EvalCase(
        kind=kind,
        question=text,
        language=spoken,
        shop_id=shop_id,
        intent=intent,
        intent_by_person=intent is not None,
        expected=expected,
        sources=list(dict.fromkeys(sources)),
        good_answer=redact(good_answer.strip()).text,
        dangerous=dangerous,
        weight=weight,
        seen=1,
    )
    case.status = (
        EvalCaseStatus.REVIEW if case.expected == Expected.UNKNOWN and intent is None else EvalCaseStatus.ACTIVE
    )
    check_case(case)
    session.add(case)
    session.flush()
    keep_version(session, case, Note.MADE, kind, author_id=staff_of(principal))
    return case


def update_case(
    session: Session, principal: Principal, case_id: int, *, expected_version: int, note: str = "", **changes: Any
) -> EvalCase:
    """Correct what is given (question, language, intent, expected, sources, good_answer, dangerous, status).

    A corrected case of which something is known counts in runs from now on. Raises PreconditionFailed when somebody
    was first, and as `create_case`.
    """
    case = locked_case(session, principal, case_id, expected_version)
    for name, value in changes.items():
        if name in ("question", "good_answer"):
            value = redact(value.strip()).text
        setattr(case, name, value)
    if "intent" in changes:
        case.intent_by_person = case.intent is not None
    check_case(case)
    if "status" not in changes and (case.expected != Expected.UNKNOWN or case.intent_by_person):
        case.status = EvalCaseStatus.ACTIVE
    keep_version(session, case, Note.CHANGED, author_id=staff_of(principal), note=note)
    return case


def retire_case(
    session: Session, principal: Principal, case_id: int, *, expected_version: int, note: str = ""
) -> EvalCase:
    """Take it out of later runs; what was measured stays."""
    case = locked_case(session, principal, case_id, expected_version)
    if case.status == EvalCaseStatus.RETIRED:
        raise Conflict("The case is retired already.")
    case.status = EvalCaseStatus.RETIRED
    keep_version(session, case, Note.RETIRED, author_id=staff_of(principal), note=note)
    return case


def locked_case(session: Session, principal: Principal, case_id: int, expected_version: int) -> EvalCase:
    """To be changed. Raises NotFound, Forbidden for a shop out of reach, and PreconditionFailed."""
    case = session.scalar(select(EvalCase).where(EvalCase.id == case_id, visible(principal)).with_for_update())
    if case is None:
        raise NotFound(f"There is no evaluation case {case_id} that you may see.")
    _require_reach(principal, case.shop_id)
    if case.version != expected_version:
        raise PreconditionFailed("The case has changed since you read it. Read it again.", current_version=case.version)
    return case


def _require_reach(principal: Principal, shop_id: int | None) -> None:
    if shop_id is not None:
        principal.require_shop(shop_id)
    elif principal.shops is not None:
        raise InvalidInput("Name a shop: you do not work for all of them.", field="shop_id")


def check_case(case: EvalCase) -> None:
    """Raises InvalidInput for what could not be measured."""
    strange = [one for one in case.sources if not DOCUMENT.fullmatch(one)]
    if strange:
        raise InvalidInput(f"{strange[0]!r} is not a document: write article:12 or case:7.", field="sources")
    if case.expected not in set(Expected):
        raise InvalidInput(f"expected is one of {', '.join(Expected)}.", field="expected")
    if case.intent_by_person and case.intent not in load_taxonomy().intents:
        raise InvalidInput(f"There is no intent {case.intent!r}. They are under /api/v1/intents.", field="intent")
    if case.status not in set(EvalCaseStatus):
        raise InvalidInput(f"status is one of {', '.join(EvalCaseStatus)}.", field="status")


def staff_of(principal: Principal) -> int | None:
    return principal.id if principal.kind == "staff" else None

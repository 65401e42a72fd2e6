"""Cases from resolved tickets: an editor decides which of them the next customer profits from."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response

from api.deps import IfMatch, Reading, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.knowledge import CaseCountsOut, CaseIn, CaseOut, MergeIn, SimilarCaseOut
from api.versioned import versioned
from copilot.policies import Permission
from knowledge.cases import actions, queries
from knowledge.models import Case, CaseStatus
from records.principals import Principal

router = versioned("/cases", tags=["cases"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_KNOWLEDGE))]
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.get("")
def list_cases(
    session: Reading,
    principal: Reader,
    paging: Paged,
    status_is: Annotated[CaseStatus | None, Query(alias="status")] = None,
    shop_id: int | None = None,
    intent: str | None = None,
    language: str | None = None,
    duplicate_of: int | None = None,
    q: Annotated[str | None, Query(max_length=200, description="in question and answer")] = None,
) -> Page[CaseOut]:
    """Newest first."""
    wanted = queries.CaseFilter(status_is, shop_id, intent, language, duplicate_of, q)
    rows = queries.list_cases(session, principal, wanted, before=paging.after_id, limit=paging.rows)
    return paging.page(rows, CaseOut.model_validate, lambda row: [row.id])


@router.get("/counts")
def count_cases(session: Reading, principal: Reader, shop_id: int | None = None) -> CaseCountsOut:
    """By status."""
    return CaseCountsOut.model_validate(queries.case_counts(session, principal, shop_id))


@router.get("/{case_id}/similar")
def list_similar_cases(case_id: int, session: Reading, principal: Reader) -> list[SimilarCaseOut]:
    """Cases of the same shop with nearly the same question, the most similar first: what it could be merged into."""
    case = queries.get_case(session, principal, case_id)
    return [
        SimilarCaseOut(case=CaseOut.model_validate(other), similarity=round(score, 3))
        for other, score in queries.similar_cases(session, principal, case)
    ]


@router.get("/{case_id}")
def read_case(case_id: int, session: Reading, principal: Reader, response: Response) -> CaseOut:
    return _shown(queries.get_case(session, principal, case_id), response)


@router.put("/{case_id}")
def edit_case(
    case_id: int, body: CaseIn, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> CaseOut:
    """Change a proposal; what is published stays as it was cited."""
    queries.get_case(session, principal, case_id)
    case = actions.edit_case(
        session,
        principal,
        case_id,
        question=body.question,
        answer=body.answer,
        intent=body.intent,
        audience=body.audience,
        expected_version=version,
    )
    return _shown(case, response)


@router.post("/{case_id}/publish")
def publish_case(case_id: int, session: Writing, principal: Editor, version: IfMatch, response: Response) -> CaseOut:
    queries.get_case(session, principal, case_id)
    return _shown(actions.publish_case(session, principal, case_id, expected_version=version), response)


@router.post("/{case_id}/discard")
def discard_case(case_id: int, session: Writing, principal: Editor, version: IfMatch, response: Response) -> CaseOut:
    """Not worth publishing."""
    queries.get_case(session, principal, case_id)
    return _shown(actions.discard_case(session, principal, case_id, expected_version=version), response)


@router.post("/{case_id}/merge")
def merge_case(
    case_id: int, body: MergeIn, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> CaseOut:
    """It says what another one says: take it out and let it point there."""
    queries.get_case(session, principal, case_id)
    queries.get_case(session, principal, body.into_id)
    return _shown(actions.merge_case(session, principal, case_id, body.into_id, expected_version=version), response)


@router.post("/{case_id}/retire")
def retire_case(case_id: int, session: Writing, principal: Editor, version: IfMatch, response: Response) -> CaseOut:
    """Take a published case out of use."""
    queries.get_case(session, principal, case_id)
    return _shown(actions.retire_case(session, principal, case_id, expected_version=version), response)


def _shown(case: Case, response: Response) -> CaseOut:
    set_etag(response, case.version)
    return CaseOut.model_validate(case)

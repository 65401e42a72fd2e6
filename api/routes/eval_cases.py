"""Evaluation cases: what writes itself is looked at, corrected, added to and retired here."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, File, Form, Query, Response, UploadFile, status

from api.deps import IfMatch, Once, Reading, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.evals import (
    EvalCaseChanges,
    EvalCaseCountsOut,
    EvalCaseIn,
    EvalCaseOut,
    EvalCasesImportedOut,
    EvalCaseVersionOut,
)
from api.versioned import versioned
from copilot.policies import Permission
from evals.cases import actions, queries
from evals.cases.exchange import export_archive
from evals.cases.importing import import_upload
from evals.cases.models import EvalCase, EvalCaseStatus, Kind
from records.principals import Principal

router = versioned("/evaluations/cases", tags=["evaluations"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_KNOWLEDGE))]
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.get("")
def list_eval_cases(
    session: Reading,
    principal: Reader,
    paging: Paged,
    status_is: Annotated[EvalCaseStatus | None, Query(alias="status")] = None,
    kind: Kind | None = None,
    language: str | None = None,
    shop_id: int | None = None,
    intent: str | None = None,
    expected: str | None = None,
    source: Annotated[str | None, Query(pattern="^(article|case|none)$", description="type of what answers it")] = None,
    dangerous: bool | None = None,
    q: Annotated[str | None, Query(max_length=200, description="in question and good answer")] = None,
) -> Page[EvalCaseOut]:
    """Newest first."""
    wanted = queries.CaseFilter(status_is, kind, language, shop_id, intent, expected, dangerous, q, source)
    rows = queries.list_cases(session, principal, wanted, before=paging.after_id, limit=paging.rows)
    return paging.page(rows, EvalCaseOut.model_validate, lambda row: [row.id])


@router.get("/counts")
def count_eval_cases(session: Reading, principal: Reader) -> EvalCaseCountsOut:
    """By status."""
    return EvalCaseCountsOut(**queries.count_by_status(session, principal))


@router.get("/export", response_class=Response, responses={200: {"content": {"application/zip": {}}}})
def export_eval_cases(session: Reading, principal: Editor) -> Response:
    """A BEIR folder as a ZIP (corpus, queries, qrels) with intents.csv: `copilot eval retrieval` reads it."""
    headers = {"Content-Disposition": 'attachment; filename="evaluation-cases.zip"'}
    return Response(export_archive(session, principal), media_type="application/zip", headers=headers)


@router.post("/import")
def import_eval_cases(
    session: Writing,
    principal: Editor,
    file: Annotated[UploadFile, File(description="a ZIP of a BEIR folder, or intents.csv (text,label); at most 20 MB")],
    shop: Annotated[str, Form(max_length=32, description="code of the shop they are of; empty: of none")] = "",
    dry_run: Annotated[bool, Form(description="say what would be done and write nothing")] = False,
) -> EvalCasesImportedOut:
    """Wrong rows are reported and stop nothing else; the same file twice changes nothing."""
    with session.begin_nested() as trial:
        found = import_upload(session, principal, file.file, file.filename or "", shop=shop or None)
        if dry_run:
            trial.rollback()
    shown = EvalCasesImportedOut.model_validate(found)
    shown.tried = dry_run
    return shown


@router.post("", status_code=status.HTTP_201_CREATED, response_model=EvalCaseOut)
def create_eval_case(
    body: EvalCaseIn, session: Writing, principal: Editor, once: Once, response: Response
) -> EvalCaseOut | Response:
    """409 when a case asks the same."""
    if (known := once.known(session)) is not None:
        return known
    shown = _shown(actions.create_case(session, principal, **body.model_dump()), response)
    response.headers["Location"] = f"/api/v1/evaluations/cases/{shown.id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.get("/{case_id}")
def read_eval_case(case_id: int, session: Reading, principal: Reader, response: Response) -> EvalCaseOut:
    return _shown(queries.get_case(session, principal, case_id), response)


@router.get("/{case_id}/versions")
def list_eval_case_versions(case_id: int, session: Reading, principal: Reader) -> list[EvalCaseVersionOut]:
    """Newest first: who changed what, and what each run measured."""
    queries.get_case(session, principal, case_id)
    return [EvalCaseVersionOut.model_validate(row) for row in queries.versions_of(session, case_id)]


@router.patch("/{case_id}")
def correct_eval_case(
    case_id: int, body: EvalCaseChanges, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> EvalCaseOut:
    """Change what is given. 412 when somebody was first."""
    given = body.model_dump(exclude_unset=True)
    note = given.pop("note", "")
    given = {name: value for name, value in given.items() if value is not None or name == "intent"}
    case = actions.update_case(session, principal, case_id, expected_version=version, note=note, **given)
    return _shown(case, response)


@router.post("/{case_id}/retire")
def retire_eval_case(
    case_id: int, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> EvalCaseOut:
    """Take it out of later runs."""
    return _shown(actions.retire_case(session, principal, case_id, expected_version=version), response)


def _shown(case: EvalCase, response: Response) -> EvalCaseOut:
    set_etag(response, case.version)
    return EvalCaseOut.model_validate(case)

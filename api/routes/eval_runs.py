"""Evaluation runs: start, watch, compare, download; and the queue of what a run did worst."""

from __future__ import annotations

import csv
import io
import json
from typing import Annotated, Literal

from fastapi import Depends, Response, status
from sqlalchemy.orm import Session

from api.deps import IfMatch, Once, Reading, RuntimeDep, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.evals import (
    ComparedCaseOut,
    ComparisonOut,
    EvalCaseOut,
    EvalRunIn,
    EvalRunOut,
    GatePreviewOut,
    QueueItemOut,
    VerdictIn,
)
from api.versioned import versioned
from copilot.policies import Permission
from evals.cases.queries import CaseFilter, get_case
from evals.cases.verdicts import give_verdict, take_back_verdict
from evals.runs import queue, running
from evals.runs.changes import changed_cases
from evals.runs.export import COLUMNS, csv_rows
from evals.runs.models import EvalRun
from evals.runs.summary import Effect, compare
from records.principals import Principal

router = versioned("/evaluations/runs", tags=["evaluations"])
previews = versioned("/evaluations/previews", tags=["evaluations"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_KNOWLEDGE))]
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.get("")
def list_eval_runs(session: Reading, principal: Reader, paging: Paged) -> Page[EvalRunOut]:
    """Newest first."""
    rows = running.list_runs(session, before=paging.after_id, limit=paging.rows)
    return paging.page(rows, lambda row: _run(session, row), lambda row: [row.id])


@router.post("", status_code=status.HTTP_202_ACCEPTED, response_model=EvalRunOut)
def start_eval_run(body: EvalRunIn, session: Writing, principal: Editor, once: Once) -> EvalRunOut | Response:
    """A job measures every case; killed, it goes on with what is left."""
    if (known := once.known(session)) is not None:
        return known
    wanted = CaseFilter(kind=body.kind, language=body.language, shop_id=body.shop_id, intent=body.intent)
    run = running.begin_run(session, principal, name=body.name, wanted=wanted, like=body.like)
    shown = _run(session, run)
    once.keep(session, status.HTTP_202_ACCEPTED, shown)
    return shown


@router.get("/{run_id}")
def read_eval_run(run_id: int, session: Reading, principal: Reader) -> EvalRunOut:
    """Figures with intervals by slice when it is done; until then `computed` of `cases`."""
    return _run(session, running.get_run(session, run_id))


@router.post("/{run_id}/resume", status_code=status.HTTP_202_ACCEPTED)
def resume_eval_run(run_id: int, session: Writing, principal: Editor) -> EvalRunOut:
    """Go on with the cases that have no result yet. 409 when it is done or being worked off."""
    return _run(session, running.resume_run(session, principal, run_id))


@router.get("/{run_id}/compare/{other_id}")
def compare_eval_runs(run_id: int, other_id: int, session: Reading, principal: Reader) -> ComparisonOut:
    """`other_id` less `run_id`, paired on the cases that both measured in the same version and you may see."""
    for one in (run_id, other_id):
        running.get_run(session, one)
    found = compare(*(running.results_of(session, one, principal) for one in (run_id, other_id)))
    return ComparisonOut.model_validate(found)


@router.get("/{run_id}/compare/{other_id}/cases")
def list_changed_eval_cases(
    run_id: int, other_id: int, session: Reading, principal: Reader, paging: Paged, effect: Effect | None = None
) -> Page[ComparedCaseOut]:
    """The cases whose rightness, first source or outcome changed, both answers side by side; the worse ones first."""
    place = paging.place("effect")
    rows = changed_cases(
        session, principal, run_id, other_id,
        effect=effect, behind=None if place is None else (place[0], place[1]), limit=paging.rows,
    )  # fmt: skip
    return paging.page_of([(row, row.place) for row in rows], ComparedCaseOut.model_validate, "effect")


@router.get("/{run_id}/download", response_class=Response, responses={200: {"content": {"text/csv": {}}}})
def download_eval_run(
    run_id: int, session: Reading, principal: Editor, form: Literal["json", "csv"] = "json"
) -> Response:
    """Every case that you may see with its figures; JSON also with what was retrieved and said, and the summary."""
    run = running.get_run(session, run_id)
    results = running.results_of(session, run_id, principal)
    headers = {"Content-Disposition": f'attachment; filename="evaluation-run-{run_id}.{form}"'}
    if form == "json":
        whole = {"run": _run(session, run).model_dump(mode="json"), "results": results}
        return Response(json.dumps(whole, ensure_ascii=False), media_type="application/json", headers=headers)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS)
    writer.writeheader()
    writer.writerows(csv_rows(results))
    return Response(text.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/{run_id}/queue")
def list_review_queue(run_id: int, session: Reading, principal: Reader, paging: Paged) -> Page[QueueItemOut]:
    """Worst first: expected, retrieved and said side by side. A verdict takes a case out of it."""
    running.get_run(session, run_id)
    place = paging.place("badness")
    rows = queue.review_queue(
        session, principal, run_id, after=None if place is None else (place[0], place[1]), limit=paging.rows
    )
    marked = [(row, [row.badness, row.case_id]) for row in rows]
    return paging.page_of(marked, QueueItemOut.model_validate, "badness")


@router.post("/{run_id}/queue/{case_id}/verdict")
def give_eval_verdict(
    run_id: int,
    case_id: int,
    body: VerdictIn,
    session: Writing,
    principal: Editor,
    version: IfMatch,
    response: Response,
) -> EvalCaseOut:
    """An editor's word on what the run said: it is kept, and becomes the case's label."""
    get_case(session, principal, case_id)
    result = queue.result_of(session, run_id, case_id)
    answered = result.said.get("kind") != "unknown"
    case = give_verdict(
        session,
        principal,
        case_id,
        body.verdict,
        expected_version=version,
        run_id=run_id,
        said=str(result.said.get("text", "")) if answered else "",
        cited=result.said.get("cited", []),
        document_id=body.document_id,
    )
    set_etag(response, case.version)
    return EvalCaseOut.model_validate(case)


@router.delete("/{run_id}/queue/{case_id}/verdict")
def take_back_eval_verdict(
    run_id: int, case_id: int, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> EvalCaseOut:
    """Undo the newest verdict: the case is what it was before, and waits in the queue again."""
    case = take_back_verdict(session, principal, case_id, run_id=run_id, expected_version=version)
    set_etag(response, case.version)
    return EvalCaseOut.model_validate(case)


@previews.get("/{article_version_id}")
def preview_draft(
    article_version_id: int, runtime: RuntimeDep, principal: Editor, answers: bool = True
) -> GatePreviewOut:
    """Which past questions would find another source or get another answer if this draft were published, the worst
    first. `answers=false` leaves out drafting them. The first preview of a process takes longer."""
    from evals.gate.preview import preview  # noqa: PLC0415 - SciPy, only when a change is looked at

    return GatePreviewOut.model_validate(preview(runtime, principal, article_version_id, answers=answers))


def _run(session: Session, run: EvalRun) -> EvalRunOut:
    shown = EvalRunOut.model_validate(run)
    shown.computed = running.count_computed(session, run.id)
    return shown

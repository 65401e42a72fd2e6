"""Start, read and finish reports. Nothing here commits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, NotFound
from core.events import emit
from core.jobs.queue import is_at_it
from evals.reports.events import ReportRequested
from evals.reports.models import EvalReport, EvalReportItem, ReportKind, ReportState
from records.principals import Principal
from records.shops.models import Shop

JOB = "evals.report"
_ANSWERED, _RIGHT = EvalReportItem.data["answered"].as_boolean(), EvalReportItem.data["right"].as_boolean()


class Verdict(StrEnum):
    """What became of a replayed ticket."""

    WRONG = "wrong"
    RIGHT = "right"
    UNTOLD = "untold"  # answered, and nothing to compare with
    SILENT = "silent"  # nothing would have been said


_VERDICTS = {
    Verdict.WRONG: (_RIGHT.is_(False),),
    Verdict.RIGHT: (_RIGHT.is_(True),),
    Verdict.UNTOLD: (_ANSWERED.is_(True), _RIGHT.is_(None)),
    Verdict.SILENT: (_ANSWERED.is_(False),),
}


def new_report(
    session: Session,
    principal: Principal,
    kind: ReportKind,
    shop_id: int,
    params: Mapping[str, Any],
    *,
    ask_worker: bool = True,
) -> EvalReport:
    """A report to be made; `ask_worker`: by the job `evals.report`. Raises NotFound for an unknown shop, Forbidden for
    one that the principal does not work for."""
    principal.require_shop(shop_id)
    if session.get(Shop, shop_id) is None:
        raise NotFound(f"There is no shop {shop_id}.")
    staff_id = principal.id if principal.kind == "staff" else None
    row = EvalReport(kind=kind, shop_id=shop_id, params=dict(params), created_by=staff_id)
    session.add(row)
    session.flush()
    if ask_worker:
        emit(session, ReportRequested, actor=principal.actor, shop_id=shop_id, report_id=row.id)
    return row


def get_report(session: Session, principal: Principal, report_id: int) -> EvalReport:
    """Raises NotFound also for a shop out of reach."""
    row = session.get(EvalReport, report_id)
    if row is None or not principal.may_see_shop(row.shop_id):
        raise NotFound(f"There is no report {report_id} that you may see.")
    return row


def list_reports(
    session: Session,
    principal: Principal,
    *,
    kind: str | None = None,
    shop_id: int | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[EvalReport]:
    """Newest first; `before` is the last id of the page before."""
    query = select(EvalReport).order_by(EvalReport.id.desc()).limit(limit)
    if principal.shops is not None:
        query = query.where(EvalReport.shop_id.in_(principal.shops))
    for column, value in ((EvalReport.kind, kind), (EvalReport.shop_id, shop_id)):
        if value is not None:
            query = query.where(column == value)
    if before is not None:
        query = query.where(EvalReport.id < before)
    return list(session.scalars(query))


def resume(session: Session, principal: Principal, report_id: int) -> EvalReport:
    """Let the job `evals.report` go on with it. Raises NotFound, and Conflict when it is done or a job is at it."""
    row = get_report(session, principal, report_id)
    session.refresh(row, with_for_update=True)
    if row.state == ReportState.DONE:
        raise Conflict("The report is done; there is nothing to go on with.")
    if is_at_it(session, JOB, {"report_id": report_id}):
        raise Conflict("The report is being made.")
    row.state, row.error, row.finished_at = ReportState.RUNNING, "", None
    emit(session, ReportRequested, actor=principal.actor, shop_id=row.shop_id, report_id=row.id)
    session.flush()
    return row


def done_of(session: Session, report_ids: Sequence[int]) -> dict[int, int]:
    """How many tickets of each report are replayed."""
    counted = select(EvalReportItem.report_id, func.count()).where(EvalReportItem.report_id.in_(report_ids))
    found = dict(session.execute(counted.group_by(EvalReportItem.report_id)).tuples().all())
    return {report_id: found.get(report_id, 0) for report_id in report_ids}


def items_of(
    session: Session, report_id: int, *, verdict: Verdict | None = None, after: int = -1, limit: int | None = None
) -> list[EvalReportItem]:
    """In order; `after` is the last ordinal of the page before. `verdict`: those of a report that is done."""
    query = (
        select(EvalReportItem)
        .where(EvalReportItem.report_id == report_id, EvalReportItem.ordinal > after)
        .order_by(EvalReportItem.ordinal)
    )
    if verdict is not None:
        query = query.where(*_VERDICTS[verdict])
    return list(session.scalars(query if limit is None else query.limit(limit)))


def add_items(session: Session, report_id: int, items: Sequence[tuple[int, int | None, Mapping[str, Any]]]) -> None:
    """(ordinal, ticket id, data) each."""
    session.add_all(
        EvalReportItem(report_id=report_id, ordinal=ordinal, ticket_id=ticket_id, data=dict(data))
        for ordinal, ticket_id, data in items
    )


def finish(session: Session, report_id: int, report: Mapping[str, Any]) -> None:
    row = session.get_one(EvalReport, report_id)
    row.state, row.report, row.finished_at, row.error = ReportState.DONE, dict(report), db_now(), ""


def fail(session: Session, report_id: int, error: str) -> None:
    row = session.get(EvalReport, report_id)
    if row is not None and row.state == ReportState.RUNNING:
        row.state, row.error, row.finished_at = ReportState.FAILED, error, db_now()

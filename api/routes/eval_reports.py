"""Studies of a shop's own tickets: the backtest before launch."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response, status
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

from api.deps import Once, Reading, Writing, allowed
from api.pages import Page, Paged
from api.schemas.reports import ItemVerdict, ReportIn, ReportItemOut, ReportKindWord, ReportOut
from api.versioned import versioned
from copilot.policies import Permission
from evals.reports import store
from evals.reports.models import EvalReport, ReportKind
from records.principals import Principal

router = versioned("/evaluations/reports", tags=["evaluations"], route_class=APIRoute)
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.post("", status_code=status.HTTP_202_ACCEPTED, response_model=ReportOut)
def start_report(body: ReportIn, session: Writing, principal: Editor, once: Once) -> ReportOut | Response:
    """A job makes it, and goes on where it stopped when it is interrupted."""
    if (known := once.known(session)) is not None:
        return known
    params = {"limit": body.limit, "since": body.since.isoformat() if body.since else None}
    row = store.new_report(session, principal, ReportKind(body.kind), body.shop_id, params)
    session.refresh(row)
    shown = ReportOut.of(row, 0)
    once.keep(session, status.HTTP_202_ACCEPTED, shown)
    return shown


@router.get("")
def read_reports(
    session: Reading,
    principal: Editor,
    paging: Paged,
    kind: ReportKindWord | None = None,
    shop_id: int | None = None,
) -> Page[ReportOut]:
    """Newest first."""
    rows = store.list_reports(session, principal, kind=kind, shop_id=shop_id, before=paging.after_id, limit=paging.rows)
    done = store.done_of(session, [row.id for row in rows])
    return paging.page(rows, lambda row: ReportOut.of(row, done[row.id]), lambda row: [row.id])


@router.get("/{report_id}")
def read_report(report_id: int, session: Reading, principal: Editor) -> ReportOut:
    return _shown(session, store.get_report(session, principal, report_id))


@router.post("/{report_id}/resume", status_code=status.HTTP_202_ACCEPTED)
def resume_report(report_id: int, session: Writing, principal: Editor) -> ReportOut:
    """Go on with the tickets that are not replayed yet. 409 when it is done or being made."""
    return _shown(session, store.resume(session, principal, report_id))


@router.get("/{report_id}/items")
def read_items(
    report_id: int, session: Reading, principal: Editor, paging: Paged, verdict: ItemVerdict | None = None
) -> Page[ReportItemOut]:
    """The tickets of a backtest in time order: what would have been answered, with its agreement."""
    store.get_report(session, principal, report_id)
    wanted = None if verdict is None else store.Verdict(verdict)
    after = paging.after_id if paging.after_id is not None else -1
    rows = store.items_of(session, report_id, verdict=wanted, after=after, limit=paging.rows)
    return paging.page(rows, ReportItemOut.of, lambda row: [row.ordinal])


def _shown(session: Session, row: EvalReport) -> ReportOut:
    return ReportOut.of(row, store.done_of(session, [row.id])[row.id])

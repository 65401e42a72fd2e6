"""Jobs that study a shop's tickets: they take minutes and go on where they stopped."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.jobs.queue import Claim
from evals.reports import store
from evals.reports.models import EvalReport, ReportKind, ReportState
from worker.context import JobContext


def make_report(job: JobContext) -> None:
    with job.db.reading() as session:
        row = session.get(EvalReport, job.arg("report_id"))
        if row is None or row.state != ReportState.RUNNING:
            return
        kind = ReportKind(row.kind)
    if kind is ReportKind.BACKTEST:
        from evals.backtest.run import run_backtest  # noqa: PLC0415 - a store of its own, only for this job

        run_backtest(job.runtime, job.arg("report_id"), job.progress)


def find_gaps(job: JobContext) -> None:
    """Gaps, contradictions, stale and unused articles, found anew."""
    from evals.gaps.computing import compute_findings  # noqa: PLC0415 - scikit-learn, only for this job

    compute_findings(job.runtime, job.progress)


def give_up(session: Session, claim: Claim, error: str) -> None:
    store.fail(session, int(claim.args["report_id"]), error)

"""The review queue: what a run did worst, until an editor has said something about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from evals.cases.models import EvalCase, EvalCaseStatus, EvalLabel
from evals.cases.queries import visible
from evals.runs.models import EvalResult, EvalRun, RunState
from records.principals import Principal


@dataclass(frozen=True, slots=True)
class QueueItem:
    """The case as it is now beside what the run retrieved (document ids in order) and said."""

    case_id: int
    version: int
    badness: float
    expected: EvalCase
    retrieved: list[str]
    said: dict[str, Any]
    metrics: dict[str, float]


def latest_run(session: Session) -> int:
    """Raises NotFound when no run is done yet."""
    found = session.scalar(
        select(EvalRun.id).where(EvalRun.state == RunState.DONE).order_by(EvalRun.id.desc()).limit(1)
    )
    if found is None:
        raise NotFound("No evaluation run is done yet. Start one: POST /api/v1/evaluations/runs.")
    return found


def review_queue(
    session: Session,
    principal: Principal,
    run_id: int,
    *,
    after: tuple[float, int] | None = None,
    limit: int = 50,
) -> Sequence[QueueItem]:
    """Worst first. Left out: what nothing speaks against, retired cases, and those with a verdict on this run.

    `after` is (badness, case id) of the last one of the page before.
    """
    judged = exists().where(EvalLabel.case_id == EvalResult.case_id, EvalLabel.run_id == run_id)
    query = (
        select(EvalResult, EvalCase)
        .join(EvalCase, EvalCase.id == EvalResult.case_id)
        .where(EvalResult.run_id == run_id, EvalResult.badness > 0, ~judged)
        .where(EvalCase.status != EvalCaseStatus.RETIRED, visible(principal))
        .order_by(EvalResult.badness.desc(), EvalResult.case_id)
        .limit(limit)
    )
    if after is not None:
        score, case_id = after
        query = query.where(
            or_(EvalResult.badness < score, and_(EvalResult.badness == score, EvalResult.case_id > case_id))
        )
    return [
        QueueItem(case.id, case.version, result.badness, case, result.hits, result.said, result.metrics)
        for result, case in session.execute(query)
    ]


def result_of(session: Session, run_id: int, case_id: int) -> EvalResult:
    """Raises NotFound."""
    found = session.get(EvalResult, (run_id, case_id))
    if found is None or found.computed_at is None:
        raise NotFound(f"Run {run_id} has no result of case {case_id}.")
    return found

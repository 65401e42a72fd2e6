"""Begin a run, work it off case by case, end it. Killed anywhere, it goes on with the cases that have no result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session

from copilot.asking import ask
from copilot.runtime import Runtime
from core.db import db_now
from core.errors import Conflict, InvalidInput, NotFound
from core.events import emit
from core.jobs.queue import is_at_it
from evals.cases.models import EvalCase, EvalCaseStatus, EvalCaseVersion
from evals.cases.queries import CaseFilter, list_cases, visible
from evals.events import EvaluationRequested
from evals.runs.measuring import measure
from evals.runs.models import EvalResult, EvalRun, RunState
from evals.runs.summary import summarise
from records.principals import Principal
from records.shops.models import Shop

Progress = Callable[[int, int], None]
BATCH = 20  # cases a transaction
JOB = "evals.run"


def begin_run(
    session: Session,
    principal: Principal,
    *,
    name: str = "",
    wanted: CaseFilter | None = None,
    like: int | None = None,
    announce: bool = True,
) -> EvalRun:
    """Fix which cases, in which version, are measured: the active ones and those waiting for review, or those of run
    `like`. `announce` lets a job work it off. Raises InvalidInput without cases, NotFound for an unknown `like`."""
    if like is not None:
        get_run(session, like)
        pairs = list(
            session.execute(
                select(EvalResult.case_id, EvalResult.case_version).where(EvalResult.run_id == like)
            ).tuples()
        )
    else:
        found = list_cases(session, principal, wanted, limit=None)
        pairs = [(case.id, case.version) for case in found if case.status != EvalCaseStatus.RETIRED]
    if not pairs:
        raise InvalidInput("There are no evaluation cases yet: they come from reviews, or import some.")
    run = EvalRun(
        name=name.strip(),
        cases=len(pairs),
        wanted={"like": like, **({} if wanted is None else _told(wanted))},
        author_id=principal.id if principal.kind == "staff" else None,
    )
    session.add(run)
    session.flush()
    session.add_all(EvalResult(run_id=run.id, case_id=case, case_version=version) for case, version in pairs)
    session.flush()
    if announce:
        emit(session, EvaluationRequested, actor=principal.actor, run_id=run.id)
    return run


def resume_run(session: Session, principal: Principal, run_id: int) -> EvalRun:
    """Let a job go on with it. Raises NotFound, Conflict when it is done or a job is at it already."""
    run = session.get(EvalRun, run_id, with_for_update=True)
    if run is None:
        raise NotFound(f"There is no evaluation run {run_id}.")
    if run.state == RunState.DONE:
        raise Conflict("The run is done; there is nothing to go on with.")
    if is_at_it(session, JOB, {"run_id": run_id}):
        raise Conflict("The run is being worked off.")
    run.state, run.error = RunState.RUNNING, ""
    emit(session, EvaluationRequested, actor=principal.actor, run_id=run_id)
    session.flush()
    return run


def work_off_run(runtime: Runtime, run_id: int, progress: Progress | None = None) -> None:
    """Measure every case that has no result yet, a few a transaction, none open while thinking. Raises NotFound."""
    with runtime.db.reading() as session:
        run = get_run(session, run_id)
        if run.state == RunState.DONE:
            return
        total = run.cases
        shops = dict(session.execute(select(Shop.id, Shop.code)).tuples().all())
    versions: dict[str, str] = {}
    while True:
        with runtime.db.reading() as session:
            waiting = _waiting(session, run_id)
            left = _count_waiting(session, run_id)
        if progress is not None:
            progress(total - left, total)
        if not waiting:
            return
        rows = []
        for case_id, content in waiting:
            asked = ask(runtime, content["question"], shop=shops.get(content["shop_id"] or 0))
            found = measure(content, asked)
            versions |= dict(asked.answer.versions)
            rows.append((case_id, found))
        with runtime.db.unit_of_work() as session:
            for case_id, found in rows:
                session.execute(
                    update(EvalResult)
                    .where(EvalResult.run_id == run_id, EvalResult.case_id == case_id)
                    .values(
                        hits=found.hits,
                        said=found.said,
                        metrics=found.metrics,
                        badness=found.badness,
                        computed_at=db_now(),
                    )
                )
            run = session.get_one(EvalRun, run_id, with_for_update=True)
            run.versions = {**run.versions, **versions}


def conclude_run(session: Session, run_id: int) -> EvalRun:
    """Sum up; the run is done. Call it when no case is left."""
    run = session.get_one(EvalRun, run_id, with_for_update=True)
    if run.state != RunState.DONE:
        run.summary = summarise(list(results_of(session, run_id).values()))
        run.state, run.finished_at = RunState.DONE, session.scalar(select(db_now()))
        session.flush()
    return run


def fail_run(session: Session, run_id: int, error: str) -> None:
    """The job has failed for good; what was measured stays, and `copilot jobs retry` goes on from there."""
    run = session.get(EvalRun, run_id)
    if run is not None and run.state == RunState.RUNNING:
        run.state, run.error = RunState.FAILED, error


def get_run(session: Session, run_id: int) -> EvalRun:
    """Raises NotFound."""
    run = session.get(EvalRun, run_id)
    if run is None:
        raise NotFound(f"There is no evaluation run {run_id}.")
    return run


def list_runs(session: Session, *, before: int | None = None, limit: int = 50) -> Sequence[EvalRun]:
    """Newest first."""
    query = select(EvalRun).order_by(EvalRun.id.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(EvalRun.id < before)))


def results_of(session: Session, run_id: int, reader: Principal | None = None) -> dict[int, dict[str, Any]]:
    """{case id: {version, hits, said, metrics, badness, case}} of what is computed, by case id.

    With a `reader`, only of the cases that they may see.
    """
    query = (
        select(EvalResult, EvalCaseVersion.content)
        .join(EvalCaseVersion, _same_version())
        .where(EvalResult.run_id == run_id, EvalResult.computed_at.is_not(None))
        .order_by(EvalResult.case_id)
    )
    if reader is not None:
        query = query.join(EvalCase, EvalCase.id == EvalResult.case_id).where(visible(reader))
    return {
        row.case_id: {
            "version": row.case_version,
            "hits": row.hits,
            "said": row.said,
            "metrics": row.metrics,
            "badness": row.badness,
            "case": content,
        }
        for row, content in session.execute(query)
    }


def count_computed(session: Session, run_id: int) -> int:
    return session.get_one(EvalRun, run_id).cases - _count_waiting(session, run_id)


def _waiting(session: Session, run_id: int) -> list[tuple[int, Mapping[str, Any]]]:
    query = (
        select(EvalResult.case_id, EvalCaseVersion.content)
        .join(EvalCaseVersion, _same_version())
        .where(EvalResult.run_id == run_id, EvalResult.computed_at.is_(None))
        .order_by(EvalResult.case_id)
        .limit(BATCH)
    )
    return list(session.execute(query).tuples())


def _count_waiting(session: Session, run_id: int) -> int:
    query = select(func.count()).where(EvalResult.run_id == run_id, EvalResult.computed_at.is_(None))
    return session.scalar(query) or 0


def _same_version() -> Any:
    return and_(EvalCaseVersion.case_id == EvalResult.case_id, EvalCaseVersion.number == EvalResult.case_version)


def _told(wanted: CaseFilter) -> dict[str, Any]:
    return {name: getattr(wanted, name) for name in CaseFilter.__slots__ if getattr(wanted, name) is not None}

"""The book of an import: which file, how far, what became of its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict
from core.events import emit
from records import events
from records.imports.models import ImportRowError, ImportRun
from records.imports.rows import Problem
from records.principals import Principal


def begin_run(
    session: Session, kind: str, shop_id: int, file_name: str, digest: str, errors: int
) -> tuple[ImportRun, list[ImportRowError]]:
    """The interrupted run of exactly this file, with its first errors, or a new run."""
    query = select(ImportRun).where(
        ImportRun.kind == kind, ImportRun.shop_id == shop_id, ImportRun.digest == digest, ImportRun.state == "running"
    )
    run = session.scalar(query.order_by(ImportRun.id.desc()).limit(1))
    if run is None:
        run = ImportRun(kind=kind, shop_id=shop_id, file_name=file_name[-255:], digest=digest)
        session.add(run)
        session.flush()
        session.refresh(run)
    told = select(ImportRowError).where(ImportRowError.run_id == run.id).order_by(ImportRowError.id).limit(errors)
    return run, list(session.scalars(told))


def advance_run(
    session: Session,
    run_id: int,
    before: int,
    done: int,
    counts: Mapping[str, int],
    problems: Sequence[tuple[int, Sequence[Problem]]],
) -> None:
    """Write down a batch that took the run from row `before` to row `done`. Raises Conflict when another did so."""
    moved = session.execute(
        update(ImportRun)
        .where(ImportRun.id == run_id, ImportRun.rows_done == before, ImportRun.state == "running")
        .values(
            rows_done=done,
            created=ImportRun.created + counts["created"],
            updated=ImportRun.updated + counts["updated"],
            unchanged=ImportRun.unchanged + counts["unchanged"],
            failed=ImportRun.failed + counts["failed"],
        )
        .returning(ImportRun.id)
    ).first()
    if moved is None:
        raise Conflict("Another process is importing the same file at this moment. Let it finish.")
    for row, found in problems:
        told = {problem.field[:128]: problem for problem in found}
        session.add_all(
            ImportRowError(run_id=run_id, row=row, field=name, value=p.value, message=p.message, code=p.code)
            for name, p in told.items()
        )


def finish_run(session: Session, principal: Principal, run_id: int, shop_id: int) -> None:
    """The whole file is read: say so to whoever reacts to it."""
    session.execute(update(ImportRun).where(ImportRun.id == run_id).values(state="done", finished_at=db_now()))
    emit(session, events.ImportFinished, actor=principal.actor, shop_id=shop_id, run_id=run_id)

"""Keep what an import of articles did beside the imports of records."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from core.db import db_now
from core.events import emit
from knowledge.imports.report import ImportReport
from records.events import ImportFinished
from records.imports.models import ImportRowError, ImportRun
from records.principals import Principal


def record_run(
    session: Session, principal: Principal, path: Path, shop_id: int | None, digest: str, report: ImportReport
) -> int:
    """The id of the run that says what this import did. Emits `ImportFinished`."""
    run = ImportRun(
        kind="articles",
        shop_id=shop_id,
        file_name=path.name[:255],
        digest=digest,
        state="done",
        rows_done=report.done,
        created=report.created,
        updated=report.updated,
        unchanged=report.unchanged,
        failed=report.failed,
    )
    run.finished_at = db_now()
    session.add(run)
    session.flush()
    for number, problem in enumerate(report.errors, start=1):
        text = f"{problem.place}: {problem.message}"
        session.add(
            ImportRowError(run_id=run.id, row=number, field=problem.field, value=problem.value[:500], message=text)
        )
    session.flush()
    emit(session, ImportFinished, actor=principal.actor, shop_id=shop_id, run_id=run.id)
    return run.id

"""What happens by the clock. Each entry emits an event once a period, however many schedulers run."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import or_, select, update

from copilot.events import AcceptanceTrainingDue, AutonomyReviewDue, PruningDue
from core.db import Database, db_now, insert_into
from core.events import SYSTEM, EventType, emit
from core.jobs.models import Schedule
from evals.gaps.events import FindingsDue
from knowledge.events import ValidityCheckDue
from records.events import UploadSweepDue

# event → its period in seconds
SCHEDULES: Mapping[EventType, int] = {
    ValidityCheckDue: 60, UploadSweepDue: 3600, PruningDue: 3600, FindingsDue: 86_400,
    AutonomyReviewDue: 3600, AcceptanceTrainingDue: 86_400,
}  # fmt: skip


def emit_due(db: Database) -> int:
    """Emit the events whose next period has begun, by the database's clock; returns how many."""
    emitted = 0
    with db.reading() as session:
        now = session.scalar(select(db_now()))
        known = {row.name: row.slot for row in session.scalars(select(Schedule))}
    assert now is not None
    for kind, period in SCHEDULES.items():
        slot = str(int(now.timestamp()) // period)
        if known.get(kind.name) == slot:
            continue
        with db.unit_of_work() as session:
            session.execute(insert_into(session, Schedule).values(name=kind.name, slot="").on_conflict_do_nothing())
            won = session.execute(
                update(Schedule)
                .where(Schedule.name == kind.name, or_(Schedule.slot != slot))
                .values(slot=slot, at=db_now())
                .returning(Schedule.name)
            ).first()
            if won is not None:
                emit(session, kind, actor=SYSTEM, slot=slot)
                emitted += 1
    return emitted

"""Rows that have done their work: finished jobs, the clock's events, sentences of drafts under way, kept answers."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import CursorResult, Select, delete, exists, false, or_, select
from sqlalchemy.orm import Session

from copilot.models import DraftChunk
from core.db import db_now
from core.events import Event, EventOutbox
from core.idempotency import IdempotencyRecord
from core.jobs.models import DONE, Job
from core.settings import Settings

_DAY = 86_400
BATCH = 1000  # rows of a kind in one unit: on SQLite nobody else writes meanwhile


@dataclass(frozen=True, slots=True)
class Keep:
    """Days. `events` 0: for ever, but for those by the clock, which go when the jobs do."""

    jobs: float
    idempotency: float
    draft_chunks: float
    events: float

    @classmethod
    def of(cls, settings: Settings) -> Keep:
        return cls(
            settings.keep_jobs_days,
            settings.keep_idempotency_days,
            settings.keep_draft_chunks_days,
            settings.keep_events_days,
        )


def prune(session: Session, keep: Keep, clock: Collection[str], batch: int = BATCH) -> int:
    """Delete at most `batch` rows of each kind that is past its time; returns how many. Repeat until there are none.

    `clock` are the names of events that only say that it is time. A dead job stays until somebody retries it, and an
    event as long as a job of it is there or is still to be made: what has not happened yet is never lost.
    """
    jobs = select(Job.id).where(Job.state == DONE, Job.finished_at < db_now(-keep.jobs * _DAY))
    chunks = select(DraftChunk.id).where(DraftChunk.created_at < db_now(-keep.draft_chunks * _DAY))
    answers = select(IdempotencyRecord.id).where(IdempotencyRecord.created_at < db_now(-keep.idempotency * _DAY))
    by_clock = Event.name.in_(clock) & (Event.at < db_now(-keep.jobs * _DAY))
    old = Event.at < db_now(-keep.events * _DAY) if keep.events else false()
    events = select(Event.id).where(
        or_(by_clock, old),
        ~exists().where(Job.event_id == Event.id),
        ~exists().where(EventOutbox.event_id == Event.id),
    )
    # Statements, since a session refuses to delete an event: nobody changes what happened, only time forgets it.
    return (
        _delete(session, Job, jobs, batch)
        + _delete(session, DraftChunk, chunks, batch)
        + _delete(session, IdempotencyRecord, answers, batch)
        + _delete(session, Event, events, batch)
    )


def _delete(
    session: Session,
    table: type[Job] | type[DraftChunk] | type[IdempotencyRecord] | type[Event],
    ids: Select[int],
    batch: int,
) -> int:
    done = session.execute(
        delete(table)
        .where(table.id.in_(ids.order_by(table.id).limit(batch)))
        .execution_options(synchronize_session=False)
    )
    assert isinstance(done, CursorResult)
    return int(done.rowcount)

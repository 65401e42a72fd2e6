"""What has done its work goes in its time; what has not happened yet, and what was said, stays."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, insert, select, update

from copilot.models import DraftChunk, Suggestion
from copilot.pruning import Keep, prune
from core.db import Database, db_now
from core.events import SYSTEM, Event, EventOutbox, emit
from core.idempotency import IdempotencyRecord
from core.jobs.models import DEAD, DONE, QUEUED, RUNNING, Job
from core.settings import Settings
from knowledge.events import ReindexRequested, ValidityCheckDue
from records.principals import SYSTEM_PRINCIPAL
from records.tickets.actions import NewTicket, open_ticket
from records.tickets.messages import NewMessage, add_inbound
from tests.factories import make_customer, make_shop
from worker import handlers

KEEP = Keep(jobs=14, idempotency=7, draft_chunks=2, events=0)
CLOCK = {ValidityCheckDue.name}
DAY = 86_400


def count(db: Database, table: Any) -> int:
    with db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def run(db: Database, keep: Keep = KEEP, **values: Any) -> int:
    with db.unit_of_work() as session:
        return prune(session, keep, CLOCK, **values)


def job(db: Database, name: str, state: str, days: float, event_id: int | None = None) -> None:
    with db.unit_of_work() as session:
        at = db_now(-days * DAY)
        values = {"name": name, "key": name, "args": {}, "state": state, "attempt": 1, "max_attempts": 8}
        session.execute(insert(Job).values(**values, event_id=event_id, created_at=at, finished_at=at))


def event(db: Database, kind: Any, days: float, *, waiting: bool = False) -> int:
    with db.unit_of_work() as session:
        emit(session, kind, actor=SYSTEM, **dict.fromkeys(kind.fields, "1"))
    with db.unit_of_work() as session:
        newest = session.scalar(select(func.max(Event.id))) or 0
        session.execute(update(Event).where(Event.id == newest).values(at=db_now(-days * DAY)))
        if not waiting:
            session.execute(EventOutbox.__table__.delete())
        return newest


def test_finished_jobs_go_and_all_others_stay(db: Database) -> None:
    job(db, "old", DONE, 15)
    job(db, "recent", DONE, 13)
    for state in (DEAD, QUEUED, RUNNING):
        job(db, state, state, 400)
    assert run(db) == 1
    with db.reading() as session:
        assert set(session.scalars(select(Job.name))) == {"recent", DEAD, QUEUED, RUNNING}


def test_the_clock_s_events_go_with_their_jobs_and_no_others_do(db: Database) -> None:
    old = event(db, ValidityCheckDue, 15)
    held = event(db, ValidityCheckDue, 15)
    job(db, "still dead", DEAD, 15, held)
    recent = event(db, ValidityCheckDue, 13)
    told = event(db, ReindexRequested, 900)
    job(db, "done", DONE, 15, old)
    assert run(db) == 2, "the job, and with it the event"
    with db.reading() as session:
        assert set(session.scalars(select(Event.id))) == {held, recent, told}


def test_an_event_that_no_job_was_made_of_yet_stays(db: Database) -> None:
    event(db, ValidityCheckDue, 100, waiting=True)
    assert run(db) == 0 and count(db, Event) == 1 and count(db, EventOutbox) == 1


def test_other_events_go_only_when_they_are_told_to(db: Database) -> None:
    event(db, ReindexRequested, 31)
    assert run(db) == 0
    assert run(db, Keep(14, 7, 2, events=32)) == 0
    assert run(db, Keep(14, 7, 2, events=30)) == 1


def test_kept_answers_and_streamed_sentences_go(db: Database) -> None:
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        ticket = open_ticket(session, SYSTEM_PRINCIPAL, NewTicket(shop.id, customer.id, "web"))
        message = add_inbound(session, SYSTEM_PRINCIPAL, ticket, NewMessage("在吗"))
        session.flush()
        draft = Suggestion(
            ticket_id=ticket.id, message_id=message.id, state="pending", kind="", language="zh", text="", confidence=0,
            answer={}, versions={},
        )  # fmt: skip
        session.add(draft)
        session.flush()
        for ordinal, days in enumerate((1, 3)):
            chunk = {"suggestion_id": draft.id, "attempt": 1, "ordinal": ordinal, "sentence": {}}
            session.execute(insert(DraftChunk).values(**chunk, created_at=db_now(-days * DAY)))
        for key, days in (("new", 6), ("old", 8)):
            answer = {"owner": "staff:1", "key": key, "request_digest": "", "status": 201, "body": {}}
            session.execute(insert(IdempotencyRecord).values(**answer, created_at=db_now(-days * DAY)))
    assert run(db) == 2
    with db.reading() as session:
        assert list(session.scalars(select(IdempotencyRecord.key))) == ["new"]
        assert list(session.scalars(select(DraftChunk.ordinal))) == [0]
    assert count(db, Suggestion) == 1


def test_the_job_takes_batches_until_nothing_is_left(db: Database, settings: Settings, monkeypatch: Any) -> None:
    for number in range(5):
        job(db, f"old {number}", DONE, 15)
    sizes: list[int] = []

    def small(session: Any, keep: Keep, clock: Any) -> int:
        sizes.append(prune(session, keep, clock, batch=2))
        return sizes[-1]

    monkeypatch.setattr(handlers.pruning, "prune", small)
    told: list[int] = []
    context = SimpleNamespace(
        db=db, runtime=SimpleNamespace(settings=settings), progress=lambda done, total: told.append(done)
    )
    handlers.prune(context)  # type: ignore[arg-type]
    assert sizes == [2, 2, 1, 0] and told == [2, 4, 5] and count(db, Job) == 0


@pytest.mark.parametrize("name", ["keep_jobs_days", "keep_idempotency_days", "keep_draft_chunks_days"])
def test_nothing_is_deleted_before_it_is_done_with(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        Settings(_env_file=None, **{name: 0})  # type: ignore[arg-type]

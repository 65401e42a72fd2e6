from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from sqlalchemy import func, select, update

from core.db import Database, db_now
from core.errors import LeaseLost, NotFound
from core.events import SYSTEM, Event, EventOutbox, EventType, emit
from core.jobs import queue
from core.jobs.models import DEAD, DONE, QUEUED, RUNNING, Job
from core.jobs.queue import Claim

Happened = EventType("TestHappened", ("n",))
REACTIONS = {"TestHappened": ("test.first", "test.second")}


def happen(db: Database, n: int = 1) -> int:
    with db.unit_of_work() as session:
        emit(session, Happened, actor=SYSTEM, n=n)
        return session.scalars(select(Event.id).order_by(Event.id.desc()).limit(1)).one()


def one_job(db: Database) -> int:
    with db.unit_of_work() as session:
        queue.enqueue(session, "test.first", "k1", {"n": 1})
    with db.reading() as session:
        return session.scalars(select(Job.id)).one()


def claimed(db: Database, job_id: int, lease: float = 30) -> Claim:
    claim = queue.claim(db, job_id, lease)
    assert claim is not None
    return claim


def job(db: Database, job_id: int) -> Job:
    with db.reading() as session:
        return session.get_one(Job, job_id)


@contextmanager
def expired(db: Database, job_id: int) -> Iterator[None]:
    with db.unit_of_work() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=db_now(-1)))
    yield


def test_an_event_is_expanded_once_by_many_workers(db: Database) -> None:
    for n in range(20):
        happen(db, n)
    threads = [threading.Thread(target=queue.expand_events, args=(db, REACTIONS)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert session.scalar(select(func.count(Job.id))) == 40
        assert session.scalar(select(func.count(EventOutbox.event_id))) == 0


def test_an_event_that_commits_late_is_not_lost(db: Database) -> None:
    """Its id is lower than one that was expanded before: "ids after the last seen" would miss it."""
    if db.is_sqlite:
        return  # one writer at a time: ids commit in order there
    started, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        with db.unit_of_work() as session:
            emit(session, Happened, actor=SYSTEM, n=1)
            session.scalars(select(Event.id)).all()  # a query writes what is pending: the id is taken
            started.set()
            go_on.wait(10)

    thread = threading.Thread(target=slow)
    thread.start()
    started.wait(10)
    later = happen(db, 2)
    assert queue.expand_events(db, REACTIONS) == 1
    go_on.set()
    thread.join()
    assert queue.expand_events(db, REACTIONS) == 1
    with db.reading() as session:
        expanded = set(session.scalars(select(Job.event_id)))
    assert len(expanded) == 2 and min(expanded) < later


def test_expanding_twice_makes_the_same_jobs(db: Database) -> None:
    event_id = happen(db)
    queue.expand_events(db, REACTIONS)
    with db.unit_of_work() as session:
        session.add(EventOutbox(event_id=event_id))
    queue.expand_events(db, REACTIONS)
    with db.reading() as session:
        assert session.scalar(select(func.count(Job.id))) == 2


def test_only_one_of_many_claims_wins(db: Database) -> None:
    job_id = one_job(db)
    won: list[Claim] = []

    def run() -> None:
        claim = queue.claim(db, job_id, 30)
        if claim:
            won.append(claim)

    threads = [threading.Thread(target=run) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_taken_over_attempt_commits_nothing(db: Database) -> None:
    job_id = one_job(db)
    first = claimed(db, job_id)
    with expired(db, job_id):
        second = claimed(db, job_id)
    with pytest.raises(LeaseLost), db.unit_of_work() as session:
        emit(session, Happened, actor=SYSTEM, n=99)
        queue.finish(session, first)
    with pytest.raises(LeaseLost):
        queue.renew(db, first, 30)
    with db.unit_of_work() as session:
        queue.finish(session, second)
    assert job(db, job_id).state == DONE
    with db.reading() as session:
        assert session.scalar(select(func.count(Event.id))) == 0


def test_a_failure_backs_off_and_ends_with_the_dead(db: Database) -> None:
    job_id = one_job(db)
    with db.unit_of_work() as session:
        session.execute(update(Job).values(max_attempts=2))
    assert queue.fail(db, claimed(db, job_id), "broken") == QUEUED
    with db.reading() as session:
        assert queue.due_jobs(session) == []
    with db.unit_of_work() as session:
        session.execute(update(Job).values(run_at=db_now()))
    assert queue.fail(db, claimed(db, job_id), "broken again") == DEAD
    assert job(db, job_id).last_error == "broken again"
    with db.unit_of_work() as session:
        assert queue.retry(session, job_id).state == QUEUED
    with db.unit_of_work() as session, pytest.raises(NotFound):
        queue.retry(session, job_id)
    assert claimed(db, job_id).attempt == 3


def test_a_worker_that_dies_every_time_does_not_try_for_ever(db: Database) -> None:
    job_id = one_job(db)
    with db.unit_of_work() as session:
        session.execute(update(Job).values(max_attempts=1))
    claimed(db, job_id)
    with expired(db, job_id):
        assert queue.claim(db, job_id, 30) is None
    assert job(db, job_id).state == DEAD and "lease" in (job(db, job_id).last_error or "")


def test_waiting_is_no_attempt(db: Database) -> None:
    job_id = one_job(db)
    for _ in range(12):
        queue.postpone(db, claimed(db, job_id), 0)
    assert job(db, job_id).state == QUEUED
    assert queue.fail(db, claimed(db, job_id), "x") == QUEUED


def test_a_running_job_with_a_lease_is_left_alone(db: Database) -> None:
    job_id = one_job(db)
    claimed(db, job_id)
    assert queue.claim(db, job_id, 30) is None and job(db, job_id).state == RUNNING


def test_a_failing_wake_up_does_not_fail_the_commit(db: Database) -> None:
    def broken(_: object) -> None:
        raise ConnectionError("no broker")

    db.on_events = broken
    assert happen(db) > 0
    with db.reading() as session:
        assert session.scalar(select(func.count(Event.id))) == 1


def test_events_are_immutable(db: Database) -> None:
    event_id = happen(db)
    with pytest.raises(TypeError), db.unit_of_work() as session:
        session.get_one(Event, event_id).name = "Other"


def test_events_of_a_savepoint_or_unit_that_was_rolled_back_are_gone(db: Database) -> None:
    with db.unit_of_work() as session:
        emit(session, Happened, actor=SYSTEM, n=1)
        with pytest.raises(RuntimeError), session.begin_nested():
            emit(session, Happened, actor=SYSTEM, n=2)
            raise RuntimeError
        emit(session, Happened, actor=SYSTEM, n=3)
    with pytest.raises(RuntimeError), db.unit_of_work() as session:
        emit(session, Happened, actor=SYSTEM, n=4)
        raise RuntimeError
    with db.reading() as session:
        assert [row.data["n"] for row in session.scalars(select(Event).order_by(Event.id))] == [1, 3]
        assert session.scalar(select(func.count(EventOutbox.event_id))) == 2


def test_the_wake_up_names_the_events_of_the_unit_and_comes_after_its_commit(db: Database) -> None:
    told: list[tuple[list[int], int]] = []

    def wake(ids: Sequence[int]) -> None:
        with db.reading() as reading:
            told.append((list(ids), reading.scalar(select(func.count(Event.id))) or 0))

    db.on_events = wake
    with db.unit_of_work() as session:
        for n in range(3):
            emit(session, Happened, actor=SYSTEM, n=n)
    with db.reading() as session:
        rows = list(session.scalars(select(Event).order_by(Event.id)))
    assert told == [([row.id for row in rows], 3)] and [row.data["n"] for row in rows] == [0, 1, 2]

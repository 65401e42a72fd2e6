"""What becomes of a job when its handler ends in each possible way, on both databases."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from sqlalchemy import func, select, update

from channels.outbound import TryLater
from core.db import Database, db_now
from core.errors import CopilotError, InvalidInput, LeaseLost, Unavailable
from core.events import SYSTEM, Event, EventType, emit
from core.jobs import queue
from core.jobs.models import DEAD, DONE, QUEUED, RUNNING, Job
from core.settings import Settings
from records.tickets.models import AuthorKind, Delivery, DeliveryState
from tests.copilot.world import a_reply
from worker import handlers, runner
from worker.context import JobContext
from worker.runner import Runner

Result = EventType("TestResult", ("n",))
Handler = Callable[[JobContext], None]


@pytest.fixture
def handle(monkeypatch: pytest.MonkeyPatch) -> Callable[[Handler], None]:
    def set_handler(handler: Handler) -> None:
        monkeypatch.setitem(handlers.HANDLERS, "test.job", handler)  # type: ignore[arg-type]

    return set_handler


def a_runner(db: Database, lease: float = 30) -> Runner:
    settings = Settings(_env_file=None, job_lease_seconds=lease)  # type: ignore[call-arg]
    return Runner(SimpleNamespace(db=db, settings=settings), channels={})  # type: ignore[arg-type]


def a_job(db: Database, name: str = "test.job", **args: int) -> int:
    with db.unit_of_work() as session:
        queue.enqueue(session, name, f"k-{name}-{args}", args)
    with db.reading() as session:
        return session.scalars(select(Job.id).order_by(Job.id.desc()).limit(1)).one()


def job(db: Database, job_id: int) -> Job:
    with db.reading() as session:
        return session.get_one(Job, job_id)


def fails_with(error: Exception) -> Handler:
    def handler(_: JobContext) -> None:
        raise error

    return handler


def seconds_until(db: Database, job_id: int) -> float:
    with db.reading() as session:
        row = session.get_one(Job, job_id)
        now = session.scalars(select(db_now())).one()
        return (row.run_at - now).total_seconds()


def test_a_job_without_a_handler_waits_for_a_newer_worker(db: Database) -> None:
    job_id = a_job(db, "test.of_the_future")
    assert a_runner(db).run(job_id)
    found = job(db, job_id)
    assert found.state == QUEUED and found.attempt == 1 and "older than the job" in (found.last_error or "")


def test_a_handler_that_returns_is_done_with_its_result(db: Database, handle: Callable[[Handler], None]) -> None:
    def handler(context: JobContext) -> None:
        with context.finish() as session:
            emit(session, Result, actor=SYSTEM, n=context.arg("n"))

    handle(handler)
    job_id = a_job(db, n=7)
    assert a_runner(db).run(job_id) and not a_runner(db).run(job_id)
    assert job(db, job_id).state == DONE
    with db.reading() as session:
        assert session.scalars(select(Event.data)).one() == {"n": 7}
    handle(lambda _: None)
    plain = a_job(db)
    a_runner(db).run(plain)
    assert job(db, plain).state == DONE


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (InvalidInput("the row is gone"), DEAD),
        (CopilotError("something of ours"), QUEUED),
        (RuntimeError("a bug"), QUEUED),
    ],
)
def test_only_what_can_never_work_is_given_up(
    db: Database, handle: Callable[[Handler], None], error: Exception, state: str
) -> None:
    handle(fails_with(error))
    job_id = a_job(db)
    a_runner(db).run(job_id)
    found = job(db, job_id)
    assert found.state == state and str(error) in (found.last_error or "")
    assert found.max_attempts == 8 and found.lease_until is None


def test_a_part_that_is_away_is_waited_for_without_spending_attempts(
    db: Database, handle: Callable[[Handler], None]
) -> None:
    handle(fails_with(Unavailable("the index does not answer")))
    job_id = a_job(db)
    for _ in range(12):  # more than the attempts of a job
        with db.unit_of_work() as session:
            session.execute(update(Job).values(run_at=db_now()))
        assert a_runner(db).run(job_id)
        assert job(db, job_id).state == QUEUED and seconds_until(db, job_id) <= runner.LONGEST_WAIT
    assert "index" in (job(db, job_id).last_error or "")
    with db.unit_of_work() as session:  # after a day it is a failure
        session.execute(update(Job).values(run_at=db_now(), created_at=db_now(-90_000), max_attempts=13))
    a_runner(db).run(job_id)
    assert job(db, job_id).state == DEAD


def test_not_yet_is_no_attempt_and_not_sent_is_one(db: Database, handle: Callable[[Handler], None]) -> None:
    job_id = a_job(db)
    handle(fails_with(TryLater("not its time", 40, due=False)))
    a_runner(db).run(job_id)
    found = job(db, job_id)
    assert (found.state, found.max_attempts) == (QUEUED, 9) and 30 < seconds_until(db, job_id) <= 40
    with db.unit_of_work() as session:
        session.execute(update(Job).values(run_at=db_now()))
    handle(fails_with(TryLater("HTTP 429", 25)))
    a_runner(db).run(job_id)
    found = job(db, job_id)
    assert (found.state, found.attempt, found.max_attempts) == (QUEUED, 2, 9)
    assert 15 < seconds_until(db, job_id) <= 25


def take_over(db: Database, job_id: int) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=db_now(-1)))
    assert queue.claim(db, job_id, 30) is not None


def test_an_attempt_that_was_taken_over_commits_nothing(db: Database, handle: Callable[[Handler], None]) -> None:
    job_id = a_job(db)

    def handler(context: JobContext) -> None:
        take_over(db, job_id)
        with context.finish() as session:
            emit(session, Result, actor=SYSTEM, n=1)

    handle(handler)
    a_runner(db).run(job_id)
    found = job(db, job_id)
    assert (found.state, found.attempt) == (RUNNING, 2)
    with db.reading() as session:
        assert session.scalar(select(func.count(Event.id))) == 0


@pytest.mark.parametrize("error", [RuntimeError("late"), InvalidInput("late"), Unavailable("late"), LeaseLost("late")])
def test_what_a_taken_over_attempt_fails_with_is_nobodys_business(
    db: Database, handle: Callable[[Handler], None], error: Exception
) -> None:
    job_id = a_job(db)

    def handler(_: JobContext) -> None:
        take_over(db, job_id)
        raise error

    handle(handler)
    a_runner(db).run(job_id)
    found = job(db, job_id)
    assert (found.state, found.attempt, found.last_error) == (RUNNING, 2, None)


def test_the_heartbeat_keeps_a_long_job_and_progress_is_seen(db: Database, handle: Callable[[Handler], None]) -> None:
    job_id = a_job(db)
    seen: list[object] = []

    def handler(context: JobContext) -> None:
        context.progress(3, 10, "embedding")
        until = time.monotonic() + 2.2
        while time.monotonic() < until:
            seen.append(queue.claim(db, job_id, 1))
            time.sleep(0.1)

    handle(handler)
    a_runner(db, lease=1).run(job_id)
    assert set(seen) == {None}
    found = job(db, job_id)
    assert (
        found.state == DONE and found.attempt == 1 and found.progress == {"done": 3, "total": 10, "note": "embedding"}
    )


def test_without_a_heartbeat_the_lease_runs_out(
    db: Database, handle: Callable[[Handler], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The test above could not fail without this one."""
    monkeypatch.setattr(queue, "renew", lambda *_: None)
    job_id = a_job(db)
    taken: list[bool] = []

    def handler(_: JobContext) -> None:
        time.sleep(1.2)
        taken.append(queue.claim(db, job_id, 30) is not None)

    handle(handler)
    a_runner(db, lease=1).run(job_id)
    assert taken == [True]


def last_attempt(db: Database, job_id: int) -> None:
    with db.unit_of_work() as session:
        session.execute(update(Job).where(Job.id == job_id).values(attempt=7))


def delivery(db: Database, message_id: int) -> str:
    with db.reading() as session:
        return session.scalars(select(Delivery.state).where(Delivery.message_id == message_id)).one()


def test_a_reply_whose_job_failed_for_good_is_shown_as_failed(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    message_id = a_reply(db, AuthorKind.AGENT)
    job_id = a_job(db, "channels.send", message_id=message_id)
    last_attempt(db, job_id)
    monkeypatch.setitem(handlers.HANDLERS, "channels.send", fails_with(RuntimeError("a bug")))  # type: ignore[arg-type]
    a_runner(db).run(job_id)
    assert job(db, job_id).state == DEAD and delivery(db, message_id) == DeliveryState.FAILED


def test_a_reply_whose_worker_died_at_the_last_attempt_is_shown_as_failed(db: Database) -> None:
    message_id = a_reply(db, AuthorKind.AGENT)
    job_id = a_job(db, "channels.send", message_id=message_id)
    last_attempt(db, job_id)
    assert queue.claim(db, job_id, 0) is not None  # killed before it did anything
    time.sleep(0.05)
    a_runner(db).run(job_id)
    assert job(db, job_id).state == DEAD and delivery(db, message_id) == DeliveryState.FAILED


def test_the_last_rites_and_the_death_are_one_commit(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("killed here")

    job_id = a_job(db, "channels.send", message_id=1)
    last_attempt(db, job_id)
    claim = queue.claim(db, job_id, 30)
    assert claim is not None
    with pytest.raises(RuntimeError):
        queue.fail(db, claim, "x", last_rites={"channels.send": broken})
    assert job(db, job_id).state == RUNNING  # its lease runs out, and it is buried again


def test_two_runners_share_the_work_and_do_each_job_once(db: Database, handle: Callable[[Handler], None]) -> None:
    done: list[int] = []
    handle(lambda context: done.append(context.arg("n")))
    for n in range(20):
        a_job(db, n=n)
    threads = [threading.Thread(target=a_runner(db).drain) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(20))

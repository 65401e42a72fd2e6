"""Schedules, wake-ups and the thread that is kept for replies."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from types import SimpleNamespace

import pytest
from kombu.exceptions import OperationalError
from sqlalchemy import delete, func, select

from channels.outbound import send_message
from core.db import Database
from core.events import SYSTEM, Event, EventOutbox, EventType, emit
from core.jobs import queue
from core.jobs.models import Job, Schedule
from core.settings import Settings
from knowledge.events import ValidityCheckDue
from records.events import MessageReceived
from records.tickets.models import AuthorKind, Delivery, DeliveryState
from tests.copilot.world import a_reply
from tests.ports import free_port
from tests.stack import eventually
from worker import handlers, schedule
from worker.celery_app import make_app
from worker.embedded import SILENT_SECONDS, JobThreads
from worker.handlers import HANDLERS, PROMPT_JOBS
from worker.runner import Runner
from worker.wakeup import WAKE, CeleryWakeUp

Noted = EventType("TestNoted", ("n",))


def test_the_schedule_emits_once_a_period_with_many_schedulers(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "SCHEDULES", {ValidityCheckDue: 3600})
    emitted: list[int] = []
    start = threading.Barrier(6)

    def run() -> None:
        start.wait()
        emitted.append(schedule.emit_due(db))

    threads = [threading.Thread(target=run) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(emitted) == 1 and len(emitted) == 6
    assert schedule.emit_due(db) == 0
    with db.unit_of_work() as session:
        session.execute(delete(Schedule))
    assert schedule.emit_due(db) == 1
    with db.reading() as session:
        assert session.scalar(select(func.count(Event.id)).where(Event.name == ValidityCheckDue.name)) == 2


def test_a_dead_broker_delays_no_commit_and_the_sweep_finds_the_events(db: Database) -> None:
    settings = Settings(_env_file=None, redis_url="", secret_key="x" * 40)  # type: ignore[call-arg]
    app = make_app(settings)
    app.conf.broker_url = f"redis://127.0.0.1:{free_port()}/0"  # nobody listens
    wake_up = CeleryWakeUp(app)
    db.on_events = wake_up.notify
    try:
        seconds = []
        for n in range(20):
            started = time.perf_counter()
            with db.unit_of_work() as session:
                emit(session, Noted, actor=SYSTEM, n=n)
            seconds.append(time.perf_counter() - started)
        assert sorted(seconds)[10] < 1, "commits waited for the broker"
    finally:
        db.on_events = None
        wake_up.close()
    assert queue.expand_events(db, {"TestNoted": ("test.job",)}) == 20
    with db.reading() as session:
        assert session.scalar(select(func.count(Job.id))) == 20
        assert session.scalar(select(func.count(EventOutbox.event_id))) == 0


def test_a_wake_up_is_tried_once() -> None:
    """A broker that hangs up on whoever comes: kombu would come again after two seconds, and after four."""
    tried = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def hang_up() -> None:
            while True:
                try:
                    caller, _ = server.accept()
                except OSError:
                    return
                tried.append(caller.getpeername())
                caller.close()

        threading.Thread(target=hang_up, daemon=True).start()
        app = make_app(Settings(_env_file=None, redis_url="", secret_key="x" * 40))  # type: ignore[call-arg]
        app.conf.broker_url = f"redis://127.0.0.1:{server.getsockname()[1]}/0"
        with pytest.raises(OperationalError):
            app.send_task(WAKE, ([1],), retry=False, ignore_result=True)
        with contextlib.suppress(OSError):  # of a system that knows no end of listening
            server.shutdown(socket.SHUT_RDWR)
    assert len(tried) == 1


def test_a_full_list_of_wake_ups_drops_instead_of_waiting(caplog: pytest.LogCaptureFixture) -> None:
    started, release = threading.Event(), threading.Event()

    def publish(*_: object, **__: object) -> None:
        started.set()
        release.wait(60)

    wake_up = CeleryWakeUp(SimpleNamespace(send_task=publish))  # type: ignore[arg-type]
    wake_up.notify([0])
    started.wait(5)
    wake_up._waiting.maxsize = 2
    before = time.perf_counter()
    for n in range(5):
        wake_up.notify([n])
    assert time.perf_counter() - before < 10 and "sweep will find" in caplog.text
    release.set()
    wake_up.close()


def test_what_the_thread_for_replies_runs_are_jobs() -> None:
    assert set(PROMPT_JOBS) <= set(HANDLERS)


def test_a_reply_passes_drafts_that_hang(sqlite_db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """All job threads are in drafts that do not end: the reply goes out all the same."""
    release = threading.Event()
    busy = threading.Semaphore(0)

    def hang(_: object) -> None:
        busy.release()
        release.wait(20)

    monkeypatch.setitem(handlers.HANDLERS, "copilot.prepare", hang)  # type: ignore[arg-type]
    message_id = a_reply(sqlite_db, AuthorKind.AGENT)
    with sqlite_db.unit_of_work() as session:
        session.execute(delete(EventOutbox))  # the reply becomes due only when all threads are busy
    settings = Settings(_env_file=None, job_threads=2, sweep_seconds=0.1)  # type: ignore[call-arg]
    runtime = SimpleNamespace(db=sqlite_db, settings=settings)
    threads = JobThreads(Runner(runtime))  # type: ignore[arg-type]
    sqlite_db.on_events = threads.wake
    with sqlite_db.unit_of_work() as session:
        for n in range(6):
            emit(session, MessageReceived, actor=SYSTEM, message_id=n)
    threads.start()
    try:
        assert busy.acquire(timeout=10) and busy.acquire(timeout=10)
        with sqlite_db.unit_of_work() as session:
            queue.enqueue(session, "channels.send", "send", {"message_id": message_id})
        eventually(lambda: delivered(sqlite_db, message_id), 5)
        assert not busy.acquire(timeout=0.3), "the thread for replies took a draft"
    finally:
        release.set()
        sqlite_db.on_events = None
        threads.stop()


@pytest.mark.parametrize("calling", [True, False])
def test_a_worker_that_nobody_calls_looks_for_work_itself(
    sqlite_db: Database, monkeypatch: pytest.MonkeyPatch, calling: bool
) -> None:
    """The broker is dead, or the way to it: what is due is done all the same, and left to Celery while it calls."""
    done = threading.Event()
    monkeypatch.setitem(handlers.HANDLERS, "copilot.prepare", lambda _: done.set())
    monkeypatch.setattr(schedule, "SCHEDULES", {})
    settings = Settings(_env_file=None, sweep_seconds=0.1)  # type: ignore[call-arg]
    runtime = SimpleNamespace(db=sqlite_db, settings=settings)
    silence = 0.0 if calling else SILENT_SECONDS + 1
    threads = JobThreads(Runner(runtime), silence=lambda: silence)  # type: ignore[arg-type]
    with sqlite_db.unit_of_work() as session:
        emit(session, MessageReceived, actor=SYSTEM, message_id=1)
    threads.start()
    try:
        assert done.wait(1 if calling else 20) is not calling
    finally:
        threads.stop()


def delivered(db: Database, message_id: int) -> bool:
    with db.reading() as session:
        state = session.scalars(select(Delivery.state).where(Delivery.message_id == message_id)).one()
    return state == DeliveryState.SENT


def test_a_reply_without_a_channel_is_read_from_us(sqlite_db: Database) -> None:
    assert send_message(sqlite_db, {}, a_reply(sqlite_db, AuthorKind.BOT)) == DeliveryState.SENT

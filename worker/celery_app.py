"""The served mode: Celery is a wake-up call, the database says what is to be done.

Messages carry row ids only. A lost message is found by the sweep, a repeated one finds nothing to claim. A worker that
nobody calls looks for work itself.
"""

from __future__ import annotations

import gc
import logging
import os
import time
from typing import Any

from celery import Celery, bootsteps
from celery.bin.celery import celery
from celery.signals import task_postrun, task_prerun, worker_process_init
from celery.worker import state
from sqlalchemy import select

from copilot.runtime import Runtime
from core.jobs import queue
from core.jobs.models import QUEUED, Job
from core.settings import Settings, get_settings
from worker import broker
from worker.embedded import JobThreads
from worker.runner import Runner
from worker.schedule import emit_due
from worker.wakeup import WAKE, CeleryWakeUp

log = logging.getLogger(__name__)
RUN, SWEEP = "copilot.run", "copilot.sweep"
PUBLISH_SECONDS = 0.5


def make_app(settings: Settings) -> Celery:
    """A Celery app for this broker; tasks are bound to it by name."""
    broker.use()
    app = Celery("copilot", broker=settings.redis_url or "memory://")
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,  # a lost message is found by the sweep; a late ack would only repeat it
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": PUBLISH_SECONDS,
            "max_retries": 0,  # of publishing; how a worker connects again is not asked here
            "visibility_timeout": 3600,
        },
        task_default_queue="copilot",
        beat_schedule={
            "sweep": {
                "task": SWEEP,
                "schedule": settings.sweep_seconds,
                # A sweep that waited behind others has nothing left to find.
                "options": {"expires": max(2.0, settings.sweep_seconds * 2)},
            }
        },
        beat_schedule_filename=os.devnull,
        beat_scheduler="celery.beat:Scheduler",
        timezone="UTC",
    )
    return app


app = make_app(get_settings())
_runners: dict[int, Runner] = {}
_threads: dict[int, JobThreads] = {}
_called_at = time.monotonic()
_concurrency = 1


def runner() -> Runner:
    """One a process, made in the process: connections and models do not survive a fork."""
    pid = os.getpid()
    if pid not in _runners:
        runtime = Runtime(get_settings())
        runtime.db.on_events = CeleryWakeUp(app).notify
        _runners[pid] = Runner(runtime)
    return _runners[pid]


@app.task(name=WAKE)
def wake(event_ids: list[int]) -> None:
    """Expand these events and call for the jobs that came of them."""
    mine = runner()
    mine.expand(event_ids)
    if threads := _threads.get(os.getpid()):
        threads.wake(event_ids)
    with mine.runtime.db.reading() as session:
        jobs = session.scalars(select(Job.id).where(Job.event_id.in_(event_ids), Job.state == QUEUED))
        for job_id in list(jobs):
            run.delay(job_id)


@app.task(name=RUN)
def run(job_id: int) -> None:
    runner().run(job_id)


@app.task(name=SWEEP)
def sweep() -> None:
    """Find what no wake-up told of: events of a dead broker, jobs put back, leases that ran out, the schedule."""
    mine = runner()
    emit_due(mine.runtime.db)
    mine.expand()
    with mine.runtime.db.reading() as session:
        for job_id in queue.due_jobs(session, 50):
            run.apply_async((job_id,), expires=30)


@task_prerun.connect
@task_postrun.connect
def _called(**_: Any) -> None:
    global _called_at
    _called_at = time.monotonic()


def _silence() -> float:
    """Seconds since the broker last called or could not, since all threads were at work for it."""
    return 0.0 if len(state.active_requests) >= _concurrency else time.monotonic() - _called_at


class OwnThreads(bootsteps.StartStopStep):
    """Begins before the broker is first reached, which may be away, and after everything that forks."""

    requires = ("celery.worker.components:Pool", "celery.worker.components:Beat")

    def start(self, parent: Any) -> None:
        global _concurrency
        _concurrency = parent.concurrency
        try:
            _warm()
        except Exception:  # Celery would end the worker and leave its beat behind; a job says what is wrong, too
            log.exception("warming up failed")
        _called()

    def stop(self, parent: Any) -> None:
        for threads in _threads.values():
            threads.stop()


app.steps["worker"].add(OwnThreads)


@worker_process_init.connect
def _warm(**_: Any) -> None:
    if os.getpid() not in _threads:
        _threads[os.getpid()] = JobThreads(runner(), silence=_silence)
        _threads[os.getpid()].start()
    runner().runtime.warm_up()
    gc.collect()
    gc.freeze()  # as a server does (api.app.settle)


def command(*arguments: str) -> int:
    """Celery's command line. Returns its exit code, which `Celery.start` forgets: a service manager starts again what
    has failed. A worker that was told to stop says 0, one that had to says something else or nothing."""
    code: int | None = celery.main(["--app", __name__, *arguments], standalone_mode=False)
    return int(arguments[0] == "worker") if code is None else code

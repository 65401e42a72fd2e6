"""The served mode: Celery is a wake-up call, the database says what is to be done.

Messages carry row ids only. A lost message is found by the sweep, a repeated one finds nothing to claim.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Sequence
from typing import Any

from celery import Celery
from celery.signals import worker_process_init, worker_ready
from sqlalchemy import select

from copilot.runtime import Runtime
from core.jobs import queue
from core.jobs.models import QUEUED, Job
from core.settings import Settings, get_settings
from worker.embedded import JobThreads
from worker.runner import Runner
from worker.schedule import emit_due

WAKE, RUN, SWEEP = "copilot.wake", "copilot.run", "copilot.sweep"
PUBLISH_SECONDS = 0.5


def make_app(settings: Settings) -> Celery:
    """A Celery app for this broker; tasks are bound to it by name."""
    app = Celery("copilot", broker=settings.redis_url or "memory://")
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=False,  # a lost message is found by the sweep; a late ack would only repeat it
        worker_prefetch_multiplier=1,
        broker_connection_retry_on_startup=True,
        broker_transport_options={
            "socket_timeout": 5,
            "socket_connect_timeout": PUBLISH_SECONDS,
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
_replies: dict[int, JobThreads] = {}


def runner() -> Runner:
    """One a process, made in the process: connections and models do not survive a fork."""
    pid = os.getpid()
    if pid not in _runners:
        runtime = Runtime(get_settings())
        runtime.db.on_events = _call_for
        _runners[pid] = Runner(runtime)
    return _runners[pid]


def _call_for(event_ids: Sequence[int]) -> None:
    wake.apply_async((list(event_ids),), retry=False)


@app.task(name=WAKE)
def wake(event_ids: list[int]) -> None:
    """Expand these events and call for the jobs that came of them."""
    mine = runner()
    mine.expand(event_ids)
    if replies := _replies.get(os.getpid()):
        replies.wake(event_ids)
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


@worker_process_init.connect
@worker_ready.connect
def _warm(**_: Any) -> None:
    if os.getpid() not in _replies:
        _replies[os.getpid()] = JobThreads(runner(), only_prompt=True)
        _replies[os.getpid()].start()
    runner().runtime.warm_up()
    gc.collect()
    gc.freeze()  # as a server does (api.app.settle)

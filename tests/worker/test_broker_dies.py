"""What a Celery worker needs to outlive its broker, and what it says when it does not."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kombu
import pytest
import redis
from celery.bin.celery import celery

from core.db import Database
from core.jobs import queue
from core.jobs.models import DONE
from core.settings import Settings
from tests.conftest import create_postgres_database
from tests.ports import free_port
from tests.stack import eventually, make_stack
from worker import celery_app
from worker.celery_app import make_app


@pytest.fixture
def in_hand(redis_url: str) -> Iterator[Any]:
    """A message that was taken from the queue and not acknowledged."""
    app = make_app(Settings(_env_file=None))
    app.conf.update(broker_url=redis_url)
    with app.connection() as connection:
        channel: Any = connection.default_channel
        box = kombu.Queue("in-hand", channel=channel)
        box.declare()
        kombu.Producer(channel).publish({}, routing_key="in-hand")
        taken: list[Any] = []
        with kombu.Consumer(channel, [box], callbacks=[lambda _, message: taken.append(message)]):
            connection.drain_events(timeout=5)
        box.delete()
        channel._disconnect_pools()
        yield taken[0]


def test_a_channel_whose_transport_was_taken_apart_closes_with_a_message_in_hand(in_hand: Any) -> None:
    """So kombu leaves its default channel at times when Redis dies."""
    in_hand.channel.connection.client = None
    in_hand.channel.close()


def test_a_message_that_came_over_a_dead_connection_can_be_acknowledged(in_hand: Any) -> None:
    """A thread of the pool begins with it when Celery has connected anew."""
    transport, in_hand.channel.connection = in_hand.channel.connection, None
    in_hand.ack()
    in_hand.channel.connection = transport


def test_a_message_is_acknowledged_over_a_living_one(in_hand: Any, redis_url: str) -> None:
    client = redis.Redis.from_url(redis_url)
    assert client.hexists("unacked", in_hand.delivery_tag)
    in_hand.ack()
    assert not client.hexists("unacked", in_hand.delivery_tag)


def test_a_worker_without_a_broker_ends_in_order_when_it_is_told_to(tmp_path: Path, postgres_server: str) -> None:
    url = f"redis://127.0.0.1:{free_port()}/0"  # nobody listens
    stack = make_stack(
        tmp_path, database_url=create_postgres_database(postgres_server), redis_url=url, sweep_seconds=0.5
    )
    database = stack.database()
    with database.unit_of_work() as session:
        queue.enqueue(session, "copilot.prune", "work", {})
    stack.launch("worker", "worker", "--beat")
    worker = stack.processes["worker"]
    log = stack.data_dir / "worker.log"
    try:
        eventually(lambda: worker.poll() is not None or count_done(database), 60)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(30) == 0, log.read_text()[-3000:]
        assert count_done(database) and "looking for it here" in log.read_text()
    finally:
        stack.stop()
        database.close()


def count_done(database: Database) -> int:
    with database.reading() as session:
        return queue.count_by_state(session)[DONE]


def test_a_worker_that_cannot_warm_up_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise RuntimeError("no model")

    monkeypatch.setattr(celery_app, "_warm", fail)
    monkeypatch.setattr(celery_app, "_concurrency", 0)
    celery_app.OwnThreads(None).start(SimpleNamespace(concurrency=2))
    assert "no model" in caplog.text and celery_app._concurrency == 2


def test_a_worker_whose_threads_are_all_at_work_is_not_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery_app, "_concurrency", 2)
    monkeypatch.setattr(celery_app, "_called_at", time.monotonic() - 60)
    monkeypatch.setattr(celery_app.state, "active_requests", {1})
    assert celery_app._silence() >= 60
    monkeypatch.setattr(celery_app.state, "active_requests", {1, 2})
    assert celery_app._silence() == 0
    monkeypatch.setattr(celery_app.state, "active_requests", set())
    celery_app._called()
    assert celery_app._silence() < 30


@pytest.mark.parametrize(("said", "code"), [(70, 70), (None, 1), (0, 0)])
def test_a_worker_that_was_not_told_to_stop_ends_with_a_code(
    monkeypatch: pytest.MonkeyPatch, said: int | None, code: int
) -> None:
    monkeypatch.setattr(celery, "main", lambda *_, **__: said)
    assert celery_app.command("worker") == code

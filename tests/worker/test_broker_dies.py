"""What a Celery worker needs to outlive its broker, and what it says when it does not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import kombu
import pytest
import redis
from celery.bin.celery import celery

from core.settings import Settings
from worker.celery_app import command, make_app


@pytest.fixture
def in_hand(redis_url: str) -> Iterator[Any]:
    """A message that was taken from the queue and not acknowledged."""
    app = make_app(Settings(_env_file=None))
    app.conf.update(broker_url=redis_url)
    with app.connection() as connection:
        channel: Any = connection.default_channel
        queue = kombu.Queue("in-hand", channel=channel)
        queue.declare()
        kombu.Producer(channel).publish({}, routing_key="in-hand")
        taken: list[Any] = []
        with kombu.Consumer(channel, [queue], callbacks=[lambda _, message: taken.append(message)]):
            connection.drain_events(timeout=5)
        queue.delete()
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


def test_a_worker_that_celery_gives_up_ends_with_its_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celery, "main", lambda *_, **__: 70)
    assert command("worker") == 70

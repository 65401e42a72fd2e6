"""kombu's Redis transport, mended so that a worker outlives its broker.

Messages are wake-up calls: what was not acknowledged when a connection died need not go back to the queue, because the
sweep finds the job. kombu 5.7 insists, over a channel that has lost its transport already: AttributeError, for which
Celery ends the worker (kombu issue 582).
"""

from __future__ import annotations

from kombu.transport import TRANSPORT_ALIASES, redis


class QoS(redis.QoS):
    """Acknowledges over what is still connected."""

    def ack(self, delivery_tag: str) -> None:
        transport = self.channel.connection
        if transport is not None and transport.client is not None:
            super().ack(delivery_tag)


class Channel(redis.Channel):
    QoS = QoS
    do_restore = False


class Transport(redis.Transport):
    Channel = Channel


def use() -> None:
    """From now on redis:// and rediss:// mean `Transport` in this process."""
    TRANSPORT_ALIASES.update(dict.fromkeys(("redis", "rediss"), f"{__name__}:{Transport.__name__}"))

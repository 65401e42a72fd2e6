"""Tell Celery after a commit, without ever delaying the request: a thread publishes, a dead broker is only logged."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Sequence

from celery import Celery

log = logging.getLogger(__name__)
WAKE = "copilot.wake"
WAITING = 10_000  # wake-ups kept while the broker is slow; more are dropped, since the sweep finds their events


class CeleryWakeUp:
    """`notify` is for `Database.on_events`: it returns at once and never raises."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._waiting: queue.Queue[list[int] | None] = queue.Queue(WAITING)
        self._thread = threading.Thread(target=self._publish, name="celery-wake-up", daemon=True)
        self._thread.start()

    def notify(self, event_ids: Sequence[int]) -> None:
        try:
            self._waiting.put_nowait(list(event_ids))
        except queue.Full:
            log.warning("the broker is slow; the sweep will find events %s", event_ids)

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(2)

    def _publish(self) -> None:
        while (event_ids := self._waiting.get()) is not None:
            try:
                self._app.send_task(WAKE, (event_ids,), retry=False, ignore_result=True)
            except Exception as error:
                log.warning("the broker does not answer (%s); the sweep will find events %s", error, event_ids)

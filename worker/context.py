"""What a job's handler is given, and the heartbeat that keeps its lease."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from sqlalchemy.orm import Session

from channels.protocol import Channel
from copilot.runtime import Runtime
from core.db import Database
from core.errors import LeaseLost
from core.jobs import queue
from core.jobs.queue import Claim

log = logging.getLogger(__name__)


class JobContext:
    """`finish()` opens the job's last transaction, which commits only while this attempt still holds the job."""

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel], claim: Claim) -> None:
        self.runtime = runtime
        self.channels = channels
        self.claim = claim
        self.finished = False

    @property
    def db(self) -> Database:
        return self.runtime.db

    def arg(self, name: str) -> int:
        return int(self.claim.args[name])

    @contextmanager
    def finish(self) -> Iterator[Session]:
        """The result and "done" in one commit. Raises LeaseLost, committing nothing, when the job was taken over."""
        with self.db.unit_of_work() as session:
            yield session
            session.flush()
            queue.finish(session, self.claim)
        self.finished = True

    def progress(self, done: int, total: int, note: str = "") -> None:
        """Show how far it is and keep the lease. Raises LeaseLost."""
        state: dict[str, Any] = {"done": done, "total": total, "note": note}
        queue.renew(self.db, self.claim, self.runtime.settings.job_lease_seconds, state)


class Heartbeat:
    """Renews the lease three times a lease while the handler works; `lost` tells that somebody else has the job."""

    def __init__(self, db: Database, claim: Claim, lease_seconds: float) -> None:
        self._db, self._claim, self._lease = db, claim, lease_seconds
        self._stop = threading.Event()
        self.lost = False
        self._thread = threading.Thread(target=self._beat, name=f"lease-{claim.id}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(self._lease / 3):
            try:
                queue.renew(self._db, self._claim, self._lease)
            except LeaseLost:
                self.lost = True
                return
            except Exception:  # the database may be away for a moment; the next beat tries again
                log.warning("could not renew the lease of job %s", self._claim.id, exc_info=True)

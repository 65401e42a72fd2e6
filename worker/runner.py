"""Run one job: claim it, keep its lease, finish it, or put it back."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping

from prometheus_client import Counter, Histogram

from channels.outbound import TryLater
from channels.protocol import Channel
from channels.web import ImportedChannel, WebChannel
from channels.webhook import WebhookChannel
from copilot.runtime import Runtime
from core.errors import CopilotError, LeaseLost, Unavailable
from core.jobs import queue
from worker.context import Heartbeat, JobContext
from worker.handlers import HANDLERS, ON_DEAD
from worker.reactions import REACTIONS

log = logging.getLogger(__name__)
JOBS = Counter("copilot_jobs_total", "Finished attempts of jobs", ["name", "outcome"])
# A part that is away comes back: waiting for it is no attempt, for a day. Then it is a failure like another.
OUTAGE_SECONDS = 86_400.0
LONGEST_WAIT = 60.0  # seconds between two looks at a part that is away
SECONDS = Histogram("copilot_job_seconds", "How long attempts of jobs took", ["name"])


class Runner:
    """Expands events and runs jobs. Thread-safe: several threads or processes may share the same database."""

    def __init__(self, runtime: Runtime, channels: Mapping[str, Channel] | None = None) -> None:
        self.runtime = runtime
        self.channels = channels or {
            "webhook": WebhookChannel(runtime.settings.send_timeout),
            "web": WebChannel(),
            "import": ImportedChannel(),
        }

    def expand(self, event_ids: list[int] | None = None) -> int:
        return queue.expand_events(self.runtime.db, REACTIONS, event_ids=event_ids or ())

    def step(self, limit: int = 10, names: Collection[str] = ()) -> int:
        """Expand what waits and run what is due, only jobs called `names` if any are; returns how much was done (0:
        nothing to do now)."""
        with self.runtime.db.reading() as session:
            waiting, due = queue.outbox_waiting(session), queue.due_jobs(session, limit, names)
        done = self.expand() if waiting else 0
        return done + sum(self.run(job_id) for job_id in due)

    def drain(self, seconds: float = 3600, progress: Callable[[int, int], None] | None = None) -> None:
        """Work until nothing is due, as a command does after an import. Stops after `seconds`.

        `progress(done, total)` is called after each step; the total grows when jobs lead to others.
        """
        deadline = time.monotonic() + seconds
        done = 0
        while time.monotonic() < deadline and (stepped := self.step()):
            done += stepped
            if progress is not None:
                with self.runtime.db.reading() as session:
                    progress(done, done + queue.count_due(session))

    def run(self, job_id: int) -> bool:
        """Run the job if it can be claimed. Never raises for what the handler does: the job remembers it."""
        lease = self.runtime.settings.job_lease_seconds
        claim = queue.claim(self.runtime.db, job_id, lease, ON_DEAD)
        if claim is None:
            return False
        handler = HANDLERS.get(claim.name)
        started = time.perf_counter()
        outcome = "done"
        try:
            if handler is None:
                raise CopilotError(f"No handler for job {claim.name!r}: this worker is older than the job.")
            context = JobContext(self.runtime, self.channels, claim)
            with Heartbeat(self.runtime.db, claim, lease):
                handler(context)
                if not context.finished:
                    with context.finish():
                        pass
        except LeaseLost as lost:
            outcome = "lease_lost"
            log.warning("%s", lost)
        except TryLater as later:
            outcome = "later"
            if later.due:
                self._fail(claim, str(later), delay=later.delay)
            else:
                queue.postpone(self.runtime.db, claim, later.delay or 1.0)
        except Unavailable as error:
            outcome = "waits"
            log.warning("job %s (%s) waits: %s", claim.id, claim.name, error)
            self._wait(claim, error.message)
        except CopilotError as error:
            outcome = "failed"
            log.warning("job %s (%s) failed: %s", claim.id, claim.name, error)
            self._fail(claim, error.message, permanent=error.status < 500)
        except Exception as error:
            outcome = "failed"
            log.exception("job %s (%s) failed", claim.id, claim.name)
            self._fail(claim, f"{type(error).__name__}: {error}")
        JOBS.labels(claim.name, outcome).inc()
        SECONDS.labels(claim.name).observe(time.perf_counter() - started)
        return True

    def _wait(self, claim: queue.Claim, reason: str) -> None:
        delay = min(LONGEST_WAIT, 2.0 ** min(claim.attempt, 10))
        if not queue.postpone(self.runtime.db, claim, delay, note=reason, younger_than=OUTAGE_SECONDS):
            self._fail(claim, reason)

    def _fail(self, claim: queue.Claim, error: str, *, permanent: bool = False, delay: float | None = None) -> None:
        queue.fail(self.runtime.db, claim, error, permanent=permanent, delay=delay, last_rites=ON_DEAD)

"""Threads that run jobs: all of them on the server's own in the embedded mode, some also beside Celery."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence
from typing import Any

from worker.handlers import PROMPT_JOBS
from worker.runner import Runner
from worker.schedule import emit_due

log = logging.getLogger(__name__)
SILENT_SECONDS, SILENT_SWEEPS = 10.0, 10  # that long, and for so many of the sweeps that Celery's beat calls for


class JobThreads:
    """`wake` is what the database calls after a commit; without one, work is looked for every `sweep_seconds`.

    One thread is kept for replies that are ready. `silence` is given where somebody else calls for the rest: seconds
    since the last call. One thread then does all work while nobody calls, for the broker or the way to it may be dead.
    """

    def __init__(self, runner: Runner, *, silence: Callable[[], float] | None = None) -> None:
        self._runner = runner
        self._silence = silence
        self._settings = runner.runtime.settings
        self._wake = threading.Condition()
        self._wakes = 0
        self._stopping = False
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        targets: list[tuple[Callable[..., None], tuple[Any, ...]]] = []
        if self._silence or self._settings.job_threads:
            targets.append((self._work, (PROMPT_JOBS,)))
        if self._silence:
            targets.append((self._stand_in, (self._silence,)))
        else:
            targets += [(self._work, ((),))] * self._settings.job_threads + [(self._keep_schedule, ())]
        for number, (target, arguments) in enumerate(targets):
            thread = threading.Thread(target=target, args=arguments, name=f"jobs-{number}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def wake(self, _: Sequence[int]) -> None:
        with self._wake:
            self._wakes += 1
            self._wake.notify_all()

    def stop(self, seconds: float = 10) -> None:
        """Let running jobs end, for at most `seconds`; what is cut off is taken over after its lease."""
        with self._wake:
            self._stopping = True
            self._wake.notify_all()
        for thread in self._threads:
            thread.join(seconds)

    def _work(self, names: Collection[str]) -> None:
        while not self._stopping:
            seen = self._wakes
            if not self._step(names=names):
                self._sleep(seen)

    def _step(self, **of: Any) -> int:
        try:
            return self._runner.step(**of)
        except Exception:  # the database may be away; a job's own failure never comes here
            log.exception("looking for jobs failed")
            return 0

    def _sleep(self, seen: int) -> None:
        with self._wake:
            if not self._stopping and self._wakes == seen:
                self._wake.wait(self._settings.sweep_seconds)

    def _stand_in(self, silence: Callable[[], float]) -> None:
        standing_in, patience = False, max(SILENT_SECONDS, SILENT_SWEEPS * self._settings.sweep_seconds)
        while not self._stopping:
            seen, silent = self._wakes, silence() > patience
            if silent != standing_in:
                standing_in = silent
                if silent:
                    log.warning("the broker has called for no work for %.0f s: looking for it here", patience)
                else:
                    log.warning("the broker calls for work again")
            if silent:
                self._emit_due()
            if not (silent and self._step(limit=1)):
                self._sleep(seen)

    def _emit_due(self) -> None:
        try:
            emit_due(self._runner.runtime.db)
        except Exception:
            log.exception("the schedule failed")

    def _keep_schedule(self) -> None:
        while not self._stopping:
            self._emit_due()
            with self._wake:
                if not self._stopping:
                    self._wake.wait(max(5.0, self._settings.sweep_seconds))

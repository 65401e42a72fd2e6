"""Waiting without sleeping, while there is a core that nobody else wants.

A search hands over twice between two processes. Waking the one that sleeps takes .05 ms on a machine of one's own and
.2 to 1.4 on a virtual one, whose idle core is given back to the host: up to a fifth of a question (docs/benchmarks.md).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Final

GAP_SECONDS: Final = 0.001  # between two looks: somebody else had the core, or Python's lock
REST_SECONDS: Final = 1.0  # without spinning, after that


class Spinner:
    """One a process. It never spins where there is one core only.

    Thread-safe: what two threads can do to each other is one spin too many.
    """

    def __init__(self, cores: int) -> None:
        self._rest_until = 0.0 if cores > 1 else float("inf")

    def wait(self, ready: Callable[[], object], alone: Callable[[], bool], seconds: float) -> None:
        """Until `ready()`, but no longer than `seconds`, than `alone()`, or than the core is ours. Promises nothing:
        the caller then waits as if this had not been."""
        last = start = time.monotonic()
        if start < self._rest_until:
            return
        while alone() and not ready():
            os.sched_yield()
            now = time.monotonic()
            if now - last > GAP_SECONDS:
                self._rest_until = now + REST_SECONDS
                return
            if now - start > seconds:
                return
            last = now


def available_cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1

"""How often an address may do what costs something. Each process counts for itself."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from core.errors import TooManyRequests

_KEYS = 20_000  # addresses remembered; the one not heard of for longest is forgotten first


class RateLimit:
    """At most `times` in any `seconds`, for each key."""

    def __init__(self, times: int, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.times, self.seconds = times, seconds
        self._clock = clock
        self._taken: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, key: str) -> None:
        """Count one. Raises TooManyRequests, with the seconds until the next one may come, when there are too many."""
        now = self._clock()
        with self._lock:
            taken = self._taken.setdefault(key, deque())
            self._taken.move_to_end(key)
            while taken and taken[0] <= now - self.seconds:
                taken.popleft()
            if len(taken) >= self.times:
                wait = int(taken[0] + self.seconds - now) + 1
                raise TooManyRequests(f"That is a lot at once. Try again in {wait} seconds.", retry_after=wait)
            taken.append(now)
            while len(self._taken) > _KEYS:
                self._taken.popitem(last=False)

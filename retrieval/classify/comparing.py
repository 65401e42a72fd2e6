"""Two classifiers on the same held-out messages, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from typing import Final

import numpy as np

from core.errors import InvalidInput

RESAMPLES: Final = 10_000
SEED: Final = 20240501
LEVEL: Final = 0.05


@dataclass(frozen=True, slots=True)
class Compared:
    """Accuracy of both over `questions` messages, and the 95% interval of the difference by paired bootstrap.

    `gained`: messages that only the candidate gets right, `lost`: only the current one; `p_value` of the exact McNemar
    test (two-sided), which unlike the bootstrap also holds for a handful of messages.
    """

    questions: int
    candidate: float
    current: float
    low: float
    high: float
    gained: int
    lost: int
    p_value: float
    metric: str = "accuracy"

    @property
    def better(self) -> bool:
        """Significantly, by both."""
        return self.low > 0 and self.p_value < LEVEL


def compare(truth: Sequence[str], candidate: Sequence[str], current: Sequence[str]) -> Compared:
    """What each says to the same messages. Raises InvalidInput without messages, ValueError for unequal lengths."""
    pairs = [(one == true, other == true) for true, one, other in zip(truth, candidate, current, strict=True)]
    if not pairs:
        raise InvalidInput("No message was held out, so nothing can be compared.")
    size = len(pairs)
    gained = sum(new and not old for new, old in pairs)
    lost = sum(old and not new for new, old in pairs)
    shares = np.array([gained, lost, size - gained - lost], np.float64) / size
    # the difference of a message is +1, -1 or 0: how often each is drawn is multinomial
    drawn = np.random.default_rng(SEED).multinomial(size, shares, RESAMPLES)
    low, high = np.quantile((drawn[:, 0] - drawn[:, 1]) / size, [0.025, 0.975])
    right, before = (sum(one[at] for one in pairs) / size for at in (0, 1))
    return Compared(size, right, before, float(low), float(high), gained, lost, mcnemar(gained, lost))


def mcnemar(gained: int, lost: int) -> float:
    """Two-sided exact p-value: the smaller of both under a fair coin (McNemar 1947, exact form)."""
    flips = gained + lost
    tail = sum(comb(flips, count) for count in range(min(gained, lost) + 1))
    return min(1.0, float(2 * tail / 2**flips))

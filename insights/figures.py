"""What a figure is: a share with its interval, a distribution of durations. Small numbers say how small they are."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

_Z = 1.959963984540054  # 95 %


@dataclass(frozen=True, slots=True)
class Share:
    """`count` of `total`; `low` and `high` bound the true share with 95 % (Wilson 1927). All null without a total."""

    count: int
    total: int
    value: float | None
    low: float | None
    high: float | None


def share(count: int, total: int) -> Share:
    """The share with Wilson's score interval, which stays within 0 and 1 and is right for small numbers too."""
    if total == 0:
        return Share(count, 0, None, None, None)
    p, z2 = count / total, _Z * _Z
    middle = (p + z2 / (2 * total)) / (1 + z2 / total)
    half = _Z * sqrt(p * (1 - p) / total + z2 / (4 * total * total)) / (1 + z2 / total)
    return Share(count, total, p, max(0.0, middle - half), min(1.0, middle + half))


@dataclass(frozen=True, slots=True)
class Durations:
    """Seconds: `median` and `p90` are values that occurred (nearest rank) among `n`; null when there are none."""

    n: int
    median: float | None
    p90: float | None

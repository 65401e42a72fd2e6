"""Bootstrap intervals over queries. Seeds are fixed, so the same input prints the same interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from core.errors import InvalidInput

SEED = 20240501
RESAMPLES = 2000
_CHUNK = 4_000_000  # resampled values held at once


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with its `level` (0.95: 2.5th to 97.5th percentile) bootstrap interval."""

    mean: float
    low: float
    high: float
    level: float = 0.95

    @property
    def significant(self) -> bool:
        """The interval of a difference leaves out zero."""
        return self.low > 0 or self.high < 0


def bootstrap(values: ArrayLike, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED) -> Interval:
    """Percentile bootstrap of the mean of `values` (one a query), Efron 1979.

    Raises `InvalidInput` when there are no values, or one is not a number.
    """
    sample = np.asarray(values, dtype=np.float64).ravel()
    if sample.size == 0:
        raise InvalidInput("There are no values to take an interval of: no query was evaluated.")
    if not np.isfinite(sample).all():
        raise InvalidInput("A value to take an interval of is not a finite number.")
    means = _resampled_means(sample, resamples, np.random.default_rng(seed))
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return Interval(float(sample.mean()), float(low), float(high), level)


def paired_bootstrap(
    left: ArrayLike, right: ArrayLike, *, level: float = 0.95, resamples: int = RESAMPLES, seed: int = SEED
) -> Interval:
    """Interval of mean(left - right) where both hold the same queries in the same order.

    Raises `InvalidInput` when their lengths differ.
    """
    first, second = np.asarray(left, dtype=np.float64).ravel(), np.asarray(right, dtype=np.float64).ravel()
    if first.shape != second.shape:
        raise InvalidInput(f"A paired comparison needs the same queries on both sides: {first.size} and {second.size}.")
    return bootstrap(first - second, level=level, resamples=resamples, seed=seed)


def _resampled_means(sample: NDArray[np.float64], resamples: int, rng: np.random.Generator) -> NDArray[np.float64]:
    step = max(1, _CHUNK // sample.size)
    chunks = [
        sample[rng.integers(0, sample.size, size=(min(step, resamples - done), sample.size))].mean(axis=1)
        for done in range(0, resamples, step)
    ]
    return np.concatenate(chunks)

"""Two ways to rank the same held-out questions, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from core.errors import InvalidInput
from retrieval.adapter.examples import Example, Passages
from retrieval.adapter.model import QueryAdapter
from retrieval.adapter.tuning import legs_of, values
from retrieval.fusion import Fusion

RESAMPLES: Final = 10_000
SEED: Final = 20240501
Served = tuple[QueryAdapter | None, Fusion]


@dataclass(frozen=True, slots=True)
class Compared:
    """nDCG@10 of both over `questions`, and the 95% interval of the difference by paired bootstrap (Efron 1979)."""

    questions: int
    candidate: float
    current: float
    low: float
    high: float

    @property
    def better(self) -> bool:
        """The whole interval lies above zero."""
        return self.low > 0


def compare(asked: Sequence[Example], collection: Passages, candidate: Served, current: Served) -> Compared:
    """Raises InvalidInput without questions."""
    if not asked:
        raise InvalidInput("No question was held out, so nothing can be compared.")
    new, old = (
        values(asked, legs_of(asked, collection, adapter), collection, fusion)
        for adapter, fusion in (candidate, current)
    )
    difference = new - old
    rng = np.random.default_rng(SEED)
    means = difference[rng.integers(0, len(difference), (RESAMPLES, len(difference)))].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return Compared(len(asked), float(new.mean()), float(old.mean()), float(low), float(high))

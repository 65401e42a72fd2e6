"""Does a score of 0.9 mean nine of ten? Bins of a reliability diagram with exact intervals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from copilot.autonomy.bounds import precision_lower, precision_upper
from retrieval.classify.calibration import ReliabilityBin, bins_error, reliability_bins


@dataclass(frozen=True, slots=True)
class Bin:
    """Scores in [`low`, `high`): `right` of `n`, their `mean_score`, the share's 95% Clopper-Pearson interval."""

    low: float
    high: float
    n: int
    right: int
    mean_score: float
    share_low: float
    share_high: float


def reliability(scores: Sequence[float], right: Sequence[bool], bins: int = 10) -> tuple[Bin, ...]:
    """Equal-width bins of [0, 1], the empty ones left out. Raises ValueError for sequences of different lengths."""
    found = []
    for one in reliability_bins(np.asarray(scores, float), np.asarray(right, bool), bins=bins):
        n = round(one.weight)
        k = round(one.right * n)
        interval = precision_lower(k, n, 0.025), precision_upper(k, n, 0.025)
        found.append(Bin(one.low, one.high, n, k, one.confidence, *interval))
    return tuple(found)


def calibration_error(bins: Sequence[Bin]) -> float:
    """Expected calibration error: the mean distance of share and score, by the bins' sizes."""
    return bins_error([ReliabilityBin(one.low, one.high, one.n, one.mean_score, one.right / one.n) for one in bins])

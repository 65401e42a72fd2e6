"""From scores to probabilities that mean what they say. Fitted on out-of-fold predictions only.

Two steps. (1) Stacking: logits = sum over heads of weight_h * scores_h, the weights chosen by log-loss; with one head
this is temperature scaling (Guo et al. 2017, "On Calibration of Modern Neural Networks"). (2) The highest probability
is mapped by beta calibration (Kull et al. 2017, "Beta calibration"), kept monotone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
_EDGE = 1e-6


def softmax(logits: Floats) -> Floats:
    """Row-wise, (n, k) → (n, k)."""
    shifted = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class BetaCalibration:
    """probability = sigmoid(a ln p - b ln(1 - p) + c), a and b not negative, so that the order of p is kept."""

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def __call__(self, p: NDArray[np.floating]) -> NDArray[np.float64]:
        clipped = np.clip(p.astype(np.float64), _EDGE, 1 - _EDGE)
        z = self.a * np.log(clipped) - self.b * np.log1p(-clipped) + self.c
        return np.asarray(1 / (1 + np.exp(-z)))


IDENTITY = BetaCalibration()


def stacked(scores: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """The weighted sum of the heads' scores, (n, k)."""
    total = weights[0] * scores[0]
    for weight, part in zip(weights[1:], scores[1:], strict=True):
        total = total + weight * part
    return np.asarray(total, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Predictions with a confidence in [`low`, `high`): their `weight` together (their number, unweighted), their mean
    `confidence` and the share of them that was `right`."""

    low: float
    high: float
    weight: float
    confidence: float
    right: float


def bin_places(confidence: NDArray[np.floating], bins: int = 10) -> NDArray[np.int64]:
    """In which of `bins` equal-width bins of [0, 1] each lies, 0 to `bins` - 1; 1.0 is in the last."""
    return np.clip((np.asarray(confidence) * bins).astype(np.int64), 0, bins - 1)


def reliability_bins(
    confidence: NDArray[np.floating],
    right: NDArray[np.bool_] | NDArray[np.floating],
    weights: NDArray[np.floating] | None = None,
    bins: int = 10,
) -> list[ReliabilityBin]:
    """The bins of a reliability diagram, those without weight left out. Raises ValueError for unequal lengths."""
    score, good = np.asarray(confidence, np.float64), np.asarray(right, np.float64)
    mass = np.ones(len(score)) if weights is None else np.asarray(weights, np.float64)
    if not len(score) == len(good) == len(mass):
        raise ValueError("scores, outcomes and weights differ in number")
    places = bin_places(score, bins)
    total, scores, hits = (np.bincount(places, values, bins) for values in (mass, mass * score, mass * good))
    return [
        ReliabilityBin(
            at / bins, (at + 1) / bins, float(total[at]), float(scores[at] / total[at]), float(hits[at] / total[at])
        )
        for at in np.flatnonzero(total > 0).tolist()
    ]


def bins_error(found: Sequence[ReliabilityBin]) -> float:
    """ECE of equal-width bins (Naeini et al. 2015): |share right - confidence|, weighted by the bins; 0 without any."""
    total = sum(one.weight for one in found)
    return sum(one.weight * abs(one.right - one.confidence) for one in found) / total if total else 0.0


def expected_calibration_error(confidence: NDArray[np.floating], correct: NDArray[np.bool_], bins: int = 10) -> float:
    """`bins_error` of these predictions. Raises ValueError without any."""
    if len(confidence) == 0:
        raise ValueError("the calibration error of no predictions is not defined")
    return bins_error(reliability_bins(confidence, correct, bins=bins))


def confidence_threshold(confidence: NDArray[np.floating], correct: NDArray[np.bool_], precision: float) -> float:
    """The lowest confidence at and above which at least `precision` of the predictions were right.

    0 when all of them together are that precise; just above 1 (always abstain) when no threshold reaches it.
    """
    order = np.argsort(-np.asarray(confidence), kind="stable")
    ordered = np.asarray(confidence, dtype=np.float64)[order]
    share = np.cumsum(np.asarray(correct)[order]) / np.arange(1, len(order) + 1)
    ends = np.r_[ordered[1:] < ordered[:-1], True]  # ties are taken or left together
    enough = np.flatnonzero((share >= precision) & ends)
    if len(enough) == 0:
        return float(np.nextafter(1.0, 2.0))
    last = int(enough[-1])
    return 0.0 if last == len(order) - 1 else float(ordered[last])

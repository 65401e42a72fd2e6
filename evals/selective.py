"""How well a confidence tells right answers from wrong ones: the risk-coverage curve, beside a threshold on a score.

Answering begins with the surest question; at each coverage the risk is the share of wrong ones among those answered.
AURC is the mean risk over the questions in that order (Geifman and El-Yaniv 2017); equal confidences enter together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from evals.statistics import RESAMPLES, SEED, Interval

PRECISION = 0.9
DECILES = tuple(n / 10 for n in range(1, 11))
Numbers = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Judged:
    """One question: is what would be said `right`, how `sure` is the drafter, and the `score` of its best passage.

    `first_right`: whether the first sentence of the best passage would be right; `reachable`: whether any sentence that
    was read would.
    """

    sure: float
    score: float
    right: bool
    first_right: bool
    reachable: bool = False


@dataclass(frozen=True, slots=True)
class Selective:
    """Over all questions, answerable or not; an unanswerable one is never right. 95% bootstrap intervals.

    `right`: share right if all were answered; `aurc` by the drafter's confidence, `aurc_score` of the same sentences by
    the best passage's score, `times_score` their ratio; `aurc_first` of the first sentence of the best passage by that
    score, `times_first` the ratio to it. `aurc_best`: of the same sentences if every right one came first.
    `coverage`: the largest share that can be answered with PRECISION right, `coverage_score` by the score.
    `risks`: risk at each of DECILES by confidence and by score.
    """

    questions: int
    right: float
    aurc: Interval
    aurc_score: Interval
    times_score: Interval
    aurc_first: Interval
    times_first: Interval
    aurc_best: float
    coverage: Interval
    coverage_score: Interval
    risks: tuple[tuple[float, float], ...]


def selective(judged: Sequence[Judged], resamples: int = RESAMPLES) -> Selective:
    """The figures of at least one question."""
    values = np.array([(one.sure, one.score, one.right, one.first_right) for one in judged], dtype=np.float64)
    rng = np.random.default_rng(SEED)
    drawn = [rng.integers(0, len(values), len(values)) for _ in range(resamples)]

    def interval(measure: Callable[[Numbers], float]) -> Interval:
        sample = [measure(values[rows]) for rows in drawn]
        low, high = np.quantile(sample, [0.025, 0.975]) if sample else (0.0, 0.0)
        return Interval(measure(values), float(low), float(high))

    by_sure, by_score = (risks_by(values[:, column], values[:, 2]) for column in (0, 1))
    places = [max(1, round(share * len(values))) - 1 for share in DECILES]
    return Selective(
        questions=len(values),
        right=float(values[:, 2].mean()),
        aurc=interval(lambda rows: aurc(rows[:, 0], rows[:, 2])),
        aurc_score=interval(lambda rows: aurc(rows[:, 1], rows[:, 2])),
        times_score=interval(lambda rows: _ratio(aurc(rows[:, 0], rows[:, 2]), aurc(rows[:, 1], rows[:, 2]))),
        aurc_first=interval(lambda rows: aurc(rows[:, 1], rows[:, 3])),
        times_first=interval(lambda rows: _ratio(aurc(rows[:, 0], rows[:, 2]), aurc(rows[:, 1], rows[:, 3]))),
        aurc_best=aurc(values[:, 2], values[:, 2], ties=False),
        coverage=interval(lambda rows: coverage_at(rows[:, 0], rows[:, 2])),
        coverage_score=interval(lambda rows: coverage_at(rows[:, 1], rows[:, 2])),
        risks=tuple((float(by_sure[at]), float(by_score[at])) for at in places),
    )


def risks_by(confidence: Numbers, right: Numbers, *, ties: bool = True) -> Numbers:
    """The risk when the n surest are answered, for n from 1; with `ties`, all of equal confidence enter together."""
    order = np.argsort(-confidence, kind="stable")
    ordered = confidence[order]
    counts = np.arange(1, len(order) + 1)
    risks: Numbers = np.cumsum(1 - right[order]) / counts
    if not ties:
        return risks
    last = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    together: Numbers = risks[last[np.searchsorted(last, np.arange(len(order)))]]
    return together


def aurc(confidence: Numbers, right: Numbers, *, ties: bool = True) -> float:
    """Area under the risk-coverage curve, in [0, 1]; less is better."""
    return float(risks_by(confidence, right, ties=ties).mean())


def coverage_at(confidence: Numbers, right: Numbers, precision: float = PRECISION) -> float:
    """The largest share of the questions that a threshold can answer with at least `precision` right."""
    good = np.flatnonzero(1 - risks_by(confidence, right) >= precision)
    return float((good[-1] + 1) / len(right)) if len(good) else 0.0


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0

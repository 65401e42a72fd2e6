"""The risk-coverage curve on lists short enough to count by hand."""

from __future__ import annotations

import numpy as np
import pytest

from evals.selective import Judged, aurc, coverage_at, selective


def test_aurc_is_the_mean_risk_from_the_surest_on() -> None:
    sure, right = np.array([0.1, 0.9, 0.5, 0.7]), np.array([1.0, 1.0, 0.0, 0.0])
    assert aurc(sure, right) == pytest.approx((0 + 1 / 2 + 2 / 3 + 2 / 4) / 4)
    assert aurc(right, right) == pytest.approx((0 + 0 + 1 / 2 + 1 / 2) / 4), "equal confidences enter together"
    assert aurc(right, right, ties=False) == pytest.approx((0 + 0 + 1 / 3 + 2 / 4) / 4)


def test_coverage_is_the_largest_share_that_is_right_often_enough() -> None:
    right = np.array([1.0] * 9 + [0.0, 1.0, 0.0])
    sure = np.linspace(1, 0, 12)
    assert coverage_at(sure, right) == pytest.approx(11 / 12), "ten of eleven; nine of ten is passed on the way"
    assert coverage_at(-sure, right) == 0.0
    assert coverage_at(np.ones(12), right) == 0.0, "a threshold takes all of equal confidence"


def test_a_confidence_is_compared_with_the_score_on_the_same_sentences() -> None:
    judged = [Judged(sure=n, score=-n, right=n > 4, first_right=n == 0) for n in range(8)]
    found = selective(judged, resamples=50)
    assert (found.questions, found.right) == (8, 3 / 8)
    assert found.aurc.mean == pytest.approx(found.aurc_best) and found.times_score.mean < 1
    assert found.coverage.mean == 3 / 8 and found.coverage_score.mean == 0.0
    assert found.aurc_first.mean == pytest.approx((0 + sum(1 - 1 / n for n in range(2, 9))) / 8)
    assert found.aurc.low <= found.aurc.mean <= found.aurc.high
    assert found.risks[-1] == (5 / 8, 5 / 8)

"""Intervals: against a known answer, reproducible, and paired where it matters."""

import numpy as np
import pytest

from core.errors import InvalidInput
from evals.statistics import bootstrap, paired_bootstrap


def test_interval_matches_the_normal_approximation() -> None:
    values = np.random.default_rng(1).normal(0.6, 0.2, size=2000)
    interval = bootstrap(values)
    half_width = 1.96 * values.std() / np.sqrt(values.size)
    assert interval.mean == pytest.approx(values.mean())
    assert interval.low == pytest.approx(values.mean() - half_width, abs=0.1 * half_width)
    assert interval.high == pytest.approx(values.mean() + half_width, abs=0.1 * half_width)


def test_coverage_of_the_true_mean() -> None:
    rng = np.random.default_rng(2)
    covered = 0
    for _ in range(200):
        interval = bootstrap(rng.binomial(1, 0.4, size=120), resamples=400)
        covered += interval.low <= 0.4 <= interval.high
    assert 0.89 <= covered / 200 <= 0.99


def test_same_seed_same_interval() -> None:
    values = np.random.default_rng(3).random(50)
    assert bootstrap(values) == bootstrap(values)
    assert bootstrap(values) != bootstrap(values, seed=7)


def test_pairing_finds_a_small_steady_difference_that_overlap_hides() -> None:
    difficulty = np.random.default_rng(4).random(300)
    left, right = difficulty + 0.01, difficulty
    assert bootstrap(left).low < bootstrap(right).high
    difference = paired_bootstrap(left, right)
    assert difference.significant and difference.mean == pytest.approx(0.01)
    assert not paired_bootstrap(left, left).significant


def test_no_values_unequal_sides_and_nan_are_refused() -> None:
    with pytest.raises(InvalidInput, match="no query"):
        bootstrap([])
    with pytest.raises(InvalidInput, match="3 and 2"):
        paired_bootstrap([1, 2, 3], [1, 2])
    with pytest.raises(InvalidInput, match="finite"):
        bootstrap([0.1, float("nan")])


def test_many_values_are_resampled_in_chunks() -> None:
    values = np.arange(30_000) % 2
    assert bootstrap(values, resamples=300).mean == 0.5

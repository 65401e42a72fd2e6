"""The bounds hold: against exact values, and against worlds whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom

from copilot.autonomy.bounds import Watch, cases_needed, lowest_safe_threshold, precision_lower, precision_upper

RUNS = 600


def mostly(rate: float, runs: int = RUNS) -> float:
    """The count of `runs` that a true rate exceeds with probability .001: a Monte-Carlo margin."""
    return float(binom.ppf(0.999, runs, rate))


@pytest.mark.parametrize(("right", "n", "lower"), [(59, 59, 0.9505), (58, 59, 0.9222), (95, 100, 0.8978), (0, 5, 0.0)])
def test_known_lower_bounds(right: int, n: int, lower: float) -> None:
    assert precision_lower(right, n) == pytest.approx(lower, abs=1e-4)


@given(st.integers(1, 300), st.data())
@settings(max_examples=60, deadline=None)
def test_the_interval_is_exact(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    low, high = precision_lower(right, n), precision_upper(right, n)
    assert 0 <= low <= right / n <= high <= 1
    if right:
        assert binom.sf(right - 1, n, low) == pytest.approx(0.05, abs=1e-6)
    if right < n:
        assert binom.cdf(right, n, high) == pytest.approx(0.05, abs=1e-6)


def test_fifty_nine_right_answers_prove_95_percent() -> None:
    assert cases_needed() == 59
    assert precision_lower(59, 59) >= 0.95 > precision_lower(58, 58)


def world(rng: np.random.Generator, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, the true chance of each being right, and what happened. Precision falls from 1 to .6 with the score."""
    scores = rng.random(n)
    truth = 0.6 + 0.4 * np.sqrt(scores)
    return scores, truth, rng.random(n) < truth


def test_the_threshold_is_below_the_target_in_at_most_delta_of_the_worlds() -> None:
    rng = np.random.default_rng(11)
    everyone, truth, _ = world(rng, 200_000)
    violations = answered = 0
    for _ in range(RUNS):
        scores, _, right = world(rng, 500)
        earned = lowest_safe_threshold(scores, right)
        if earned.threshold is not None:
            answered += 1
            violations += bool(truth[everyone >= earned.threshold].mean() < 0.95)
    assert answered > RUNS * 0.2, "a bound that never lets anything pass proves nothing"
    assert violations <= mostly(0.05)


def test_naive_choice_of_a_threshold_violates_the_promise() -> None:
    """What the test above can see: the best-looking threshold is too low in more than delta of the worlds."""
    rng = np.random.default_rng(12)
    everyone, truth, _ = world(rng, 200_000)
    violations = 0
    for _ in range(RUNS):
        scores, _, right = world(rng, 500)
        order = np.argsort(-scores)
        precision = np.cumsum(right[order]) / np.arange(1, 501)
        good = np.flatnonzero((precision >= 0.95) & (np.arange(500) >= 59))
        violations += bool(len(good) and truth[everyone >= scores[order[good[-1]]]].mean() < 0.95)
    assert violations > mostly(0.05)


def test_too_few_outcomes_earn_nothing() -> None:
    earned = lowest_safe_threshold([0.9] * 58, [True] * 58)
    assert earned.threshold is None and earned.n == 58
    assert lowest_safe_threshold([0.9] * 95, [True] * 95).threshold == 0.9
    assert lowest_safe_threshold([], []).threshold is None


def test_equal_scores_are_taken_together() -> None:
    scores = [0.9] * 60 + [0.5] * 60
    right = [True] * 60 + [False] * 60
    earned = lowest_safe_threshold(scores, right)
    assert earned.threshold in (None, 0.9)
    assert lowest_safe_threshold(scores, [True] * 120).threshold == 0.5


@pytest.mark.parametrize("precision", [0.95, 0.97])
def test_the_watch_seldom_cries_without_reason(precision: float) -> None:
    rng = np.random.default_rng(13)
    alarms = 0
    for _ in range(200):
        watch = Watch()
        alarms += any(watch.see(bool(right)) for right in rng.random(300) < precision)
    assert alarms <= mostly(0.05, 200)


def test_the_watch_sees_a_fall() -> None:
    rng = np.random.default_rng(14)
    noticed = []
    for _ in range(100):
        watch = Watch()
        for count, right in enumerate(rng.random(600) < 0.8, 1):
            if watch.see(bool(right)):
                noticed.append(count)
                break
    assert len(noticed) == 100 and np.median(noticed) < 60


def test_a_long_good_past_does_not_make_the_watch_blind() -> None:
    """Wealth lost while all was well would take as many wrong answers to win back: bets that begin anew need not."""
    rng = np.random.default_rng(15)
    noticed = []
    for _ in range(60):
        watch = Watch()
        for right in rng.random(400) < 0.98:
            watch.see(bool(right))
        for count, right in enumerate(rng.random(600) < 0.8, 1):
            if watch.see(bool(right)):
                noticed.append(count)
                break
    assert len(noticed) == 60 and np.median(noticed) < 90


def test_the_wealth_of_a_watch_is_a_fair_game() -> None:
    """At exactly the target the mean wealth is what it began with: 1, however many beginnings there were."""
    rng = np.random.default_rng(16)
    ends = []
    for _ in range(1000):
        watch = Watch()
        assert watch.evidence == pytest.approx(1.0)
        for right in rng.random(60) < 0.95:
            watch.see(bool(right), 0.1)
        ends.append(watch.evidence)
    assert np.mean(ends) == pytest.approx(1.0, abs=4 * np.std(ends) / 1000**0.5)


@pytest.mark.parametrize("wrong", [lambda: precision_lower(3, 2), lambda: precision_lower(1, 2, 0.0),
                                   lambda: Watch(1.0), lambda: cases_needed(1.0),
                                   lambda: lowest_safe_threshold([1.0], [])])  # fmt: skip
def test_nonsense_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError):
        wrong()  # type: ignore[operator]

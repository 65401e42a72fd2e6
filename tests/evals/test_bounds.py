"""The simulation sees what it is for: the proven choice keeps its promise, the naive one does not."""

from __future__ import annotations

import numpy as np

from evals.bounds import WORLDS, allowed, simulate, split_real


def test_the_proven_choice_keeps_the_promise_and_the_naive_one_does_not() -> None:
    falling = simulate(WORLDS[0], 200, 500, seed=5)
    assert falling["violations"] <= allowed(200) < falling["naive_violations"]
    assert falling["answered"] > 0.2 and falling["coverage"] > 0.05, "never answering would keep any promise"


def test_random_halves_of_outcomes_keep_the_promise_where_the_naive_choice_does_not() -> None:
    rng = np.random.default_rng(3)
    scores = rng.random(1500)
    right = rng.random(1500) < 0.6 + 0.4 * np.sqrt(scores)
    shares = split_real(scores, right, 60, seed=1)
    assert shares["certain_violations"] <= allowed(60) and shares["answered"] > 0 and shares["coverage"] > 0
    assert shares["naive_violations"] > shares["violations"]
    wrong = split_real(scores, rng.random(1500) < 0.5, 20, seed=1)
    assert wrong["answered"] == wrong["coverage"] == 0

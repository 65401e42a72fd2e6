"""The simulation sees what it is for: the proven choice keeps its promise, the naive one does not."""

from __future__ import annotations

from evals.bounds import WORLDS, allowed, simulate


def test_the_proven_choice_keeps_the_promise_and_the_naive_one_does_not() -> None:
    falling = simulate(WORLDS[0], 200, 500, seed=5)
    assert falling["violations"] <= allowed(200) < falling["naive_violations"]
    assert falling["answered"] > 0.2 and falling["coverage"] > 0.05, "never answering would keep any promise"

"""Does the promised bound hold? Simulated shops whose truth is known.

    python -m evals.bounds [--simulations 1000] [--outcomes 500] [--seed 20261122]

Each simulation draws judged outcomes from a world (how precision falls with the score), lets
`copilot.autonomy.bounds.lowest_safe_threshold` choose, and compares the *true* precision above the chosen threshold
with the target. A violation is a threshold whose true precision is below it; at most `delta` of the simulations may
have one, plus what chance adds to a count (the 99.9% point of a binomial). Beside it the naive choice, which takes the
best-looking threshold: what the proof is worth. One JSON line a figure.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from copilot.autonomy.bounds import DELTA, TARGET, cases_needed, lowest_safe_threshold

Floats = NDArray[np.floating[Any]]
SEED = 20261122
_EVERYBODY = 400_000  # draws that stand for the truth


@dataclass(frozen=True, slots=True)
class World:
    """`truth` gives the chance that an answer with this score (0 to 1) is right; `scores` draws n of them."""

    name: str
    truth: Callable[[Floats], Floats]
    scores: Callable[[np.random.Generator, int], Floats]


WORLDS = (
    World("falling", lambda s: 0.6 + 0.4 * np.sqrt(s), lambda rng, n: rng.random(n)),
    World("cliff", lambda s: np.where(s > 0.6, 0.97, 0.5), lambda rng, n: rng.random(n)),
    World("just_below", lambda s: np.full_like(s, 0.945), lambda rng, n: rng.random(n)),
    World("overconfident", lambda s: 0.97 - 0.3 * (s > 0.9), lambda rng, n: rng.beta(5, 1, n)),
)


def simulate(world: World, simulations: int, outcomes: int, seed: int) -> dict[str, float]:
    """Shares of the simulations: violations and answered (of both choices), and the mean share that is answered."""
    rng = np.random.default_rng(seed)
    everybody = world.scores(rng, _EVERYBODY)
    order = np.argsort(-everybody)
    ranked = everybody[order]
    precision = np.cumsum(world.truth(everybody)[order]) / np.arange(1, _EVERYBODY + 1)

    def true_precision(threshold: float) -> float:
        taken = int(np.searchsorted(-ranked, -threshold, side="right"))
        return float(precision[taken - 1]) if taken else 1.0

    found = {"violations": 0, "answered": 0, "coverage": 0.0, "naive_violations": 0, "naive_answered": 0}
    for _ in range(simulations):
        scores = world.scores(rng, outcomes)
        right = rng.random(outcomes) < world.truth(scores)
        earned = lowest_safe_threshold(scores.tolist(), right.tolist())
        if earned.threshold is not None:
            found["answered"] += 1
            found["coverage"] += earned.share
            found["violations"] += true_precision(earned.threshold) < TARGET
        naive = _naive(scores, right)
        if naive is not None:
            found["naive_answered"] += 1
            found["naive_violations"] += true_precision(naive) < TARGET
    return {name: value / simulations for name, value in found.items()}


def _naive(scores: Floats, right: NDArray[np.bool_]) -> float | None:
    order = np.argsort(-scores)
    observed = np.cumsum(right[order]) / np.arange(1, len(scores) + 1)
    good = np.flatnonzero((observed >= TARGET) & (np.arange(len(scores)) + 1 >= cases_needed()))
    return float(scores[order[good[-1]]]) if len(good) else None


def allowed(simulations: int) -> float:
    """`DELTA`, and what chance adds to a count of `simulations`."""
    return float(binom.ppf(0.999, simulations, DELTA)) / simulations


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--outcomes", type=int, default=500, help="judged outcomes that a shop has")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args(arguments)
    limit = allowed(given.simulations)
    missed = 0
    for world in WORLDS:
        shares = simulate(world, given.simulations, given.outcomes, given.seed)
        ok = shares["violations"] <= limit
        missed += not ok
        shown = {name: round(value, 4) for name, value in shares.items()}
        line = {"world": world.name, **shown, "goal": f"violations <= {limit:.3f}", "ok": ok}
        sys.stdout.write(json.dumps(line) + "\n")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())

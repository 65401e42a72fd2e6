"""Does the promised bound hold? Simulated shops whose truth is known.

    python -m evals.bounds [--simulations 1000] [--outcomes 500] [--seed 20261122]
    python -m evals.bounds --intents TRAIN.csv TEST.csv [--splits 200]

Each simulation draws judged outcomes from a world (how precision falls with the score), lets
`copilot.autonomy.bounds.lowest_safe_threshold` choose, and compares the *true* precision above the chosen threshold
with the target. A violation is a threshold whose true precision is below it; at most `delta` of the simulations may
have one, plus what chance adds to a count (the 99.9% point of a binomial). Beside it the naive choice, which takes the
best-looking threshold: what the proof is worth. One JSON line a figure.

With `--intents`, outcomes are real: a classifier trained on one file says its confidence on each row of the other, and
right is the row's label. Each of `splits` random halves chooses a threshold, and the other half, which it has not seen,
is the truth: a violation is a share of right answers above the threshold below the target there. That share has chance
of its own, so `certain_violations` counts those whose 95% upper Clopper-Pearson end is below the target.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import binom

from copilot.autonomy.bounds import DELTA, TARGET, cases_needed, lowest_safe_threshold, precision_upper
from core.settings import get_settings
from retrieval.classify.dataset import read_labelled_csv
from retrieval.classify.training import train_classifier
from retrieval.encoder.load import load_encoder

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


def split_real(scores: Floats, right: NDArray[np.bool_], splits: int, seed: int) -> dict[str, float]:
    """Over random halves of real outcomes (n,): shares of the splits that answer, violate and certainly violate; mean
    coverage of the unseen half (0 where nothing is answered). The same of the naive choice."""
    rng = np.random.default_rng(seed)
    names = ("answered", "coverage", "violations", "certain_violations", "naive_violations")
    found = dict.fromkeys(names, 0.0)
    for _ in range(splits):
        order = rng.permutation(len(scores))
        chosen, unseen = order[: len(order) // 2], order[len(order) // 2 :]
        earned = lowest_safe_threshold(scores[chosen].tolist(), right[chosen].tolist())
        if earned.threshold is not None:
            taken = right[unseen][scores[unseen] >= earned.threshold]
            k, m = int(taken.sum()), len(taken)
            found["answered"] += 1
            found["coverage"] += m / len(unseen)
            found["violations"] += m > 0 and k / m < TARGET
            found["certain_violations"] += m > 0 and precision_upper(k, m) < TARGET
        naive = _naive(scores[chosen], right[chosen])
        if naive is not None:
            taken = right[unseen][scores[unseen] >= naive]
            found["naive_violations"] += len(taken) > 0 and float(taken.mean()) < TARGET
    return {name: value / splits for name, value in found.items()}


def intent_outcomes(train: Path, test: Path) -> tuple[Floats, NDArray[np.bool_]]:
    """Confidence and rightness (n,) of the default encoder's classifier on the rows of `test`; rows whose label is not
    in `train` are wrong whatever is said of them, as they are in a shop."""
    encoder = load_encoder(get_settings())
    texts, labels = read_labelled_csv(train)
    asked, wanted = read_labelled_csv(test)
    classifier, _ = train_classifier(texts, labels, encoder, drop_rare=True)
    vectors = np.concatenate([encoder.encode_queries(asked[at : at + 256]) for at in range(0, len(asked), 256)])
    found = classifier.predict_many(asked, vectors)
    return np.asarray(found.confidence, float), np.array([a == b for a, b in zip(found.best, wanted, strict=True)])


def allowed(simulations: int) -> float:
    """`DELTA`, and what chance adds to a count of `simulations`."""
    return float(binom.ppf(0.999, simulations, DELTA)) / simulations


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--outcomes", type=int, default=500, help="judged outcomes that a shop has")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--intents", type=Path, nargs=2, metavar=("TRAIN", "TEST"), help="CSV: text,label")
    parser.add_argument("--splits", type=int, default=200)
    given = parser.parse_args(arguments)
    if given.intents:
        scores, right = intent_outcomes(*given.intents)
        shares = split_real(scores, right, given.splits, given.seed)
        ok = shares["certain_violations"] <= allowed(given.splits) and shares["coverage"] > 0
        real: dict[str, Any] = {"set": given.intents[1].parent.name + "/" + given.intents[1].stem}
        real |= {"n": len(scores), "right": round(float(right.mean()), 4), "splits": given.splits, "seed": given.seed}
        real |= {name: round(value, 4) for name, value in shares.items()}
        sys.stdout.write(json.dumps({**real, "ok": ok}) + "\n")
        return 0 if ok else 1
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

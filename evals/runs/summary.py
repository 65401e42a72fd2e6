"""What a run's results say, and whether another run's say something else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

import numpy as np

from core.errors import InvalidInput
from evals.runs.figures import DIRECTION, Rows, counts, figures, interval, reliability, risk_coverage, rows_of
from evals.statistics import SEED

LEVEL: Final = 0.95
SMALLEST_SLICE: Final = 5  # cases: a slice of fewer says nothing
_PART: Final = 100  # resamples held at once
Effect = Literal["better", "worse", "changed"]
BETTER: Final = "better"
WORSE: Final = "worse"
OTHER: Final = "changed"
Results = Mapping[int, Mapping[str, Any]]  # by case id: {version, metrics, said, case}


@dataclass(frozen=True, slots=True)
class Difference:
    """`after` less `before` on the same cases. `worse`/`better`: the interval leaves out zero on that side."""

    metric: str
    before: float
    after: float
    difference: float
    low: float
    high: float
    cases: int
    better: bool
    worse: bool


@dataclass(frozen=True, slots=True)
class Comparison:
    """`level` of the intervals is raised by Bonferroni, so that all of them together hold with 95%."""

    level: float
    cases: int
    left_out: int
    differences: tuple[Difference, ...]
    changed: tuple[int, ...]  # ids of cases whose `right`, first source or outcome changed
    better_cases: tuple[int, ...]  # of those; the rest is neither
    worse_cases: tuple[int, ...]

    @property
    def passed(self) -> bool:
        return not any(one.worse for one in self.differences)

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed, "seed": SEED}


def summarise(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Figures with 95% intervals of all cases and of each slice with enough, the risk-coverage curve, and what was
    right at which confidence."""
    rows = rows_of(results)
    groups = {"all": {"all": _group(rows)}}
    for name, values in rows.slices.items():
        groups[name] = {
            value: _group(rows.only(places))
            for value in sorted(set(values))
            if len(places := np.flatnonzero(np.array(values) == value)) >= SMALLEST_SLICE
        }
    return {
        "level": LEVEL,
        "seed": SEED,
        "cases": len(rows),
        "groups": groups,
        "risk_coverage": risk_coverage(rows),
        "reliability": {of: reliability(rows, of) for of in ("intent", "answer")},
    }


def compare(before: Results, after: Results) -> Comparison:
    """Paired, on the cases that both runs measured in the same version. Raises InvalidInput when there are none."""
    common = [one for one in before if one in after and before[one]["version"] == after[one]["version"]]
    if not common:
        raise InvalidInput("The two runs have no case in common (in the same version): there is nothing to compare.")
    left, right = rows_of([before[one] for one in common]), rows_of([after[one] for one in common])
    now = [figures(side, side.weights[None, :]) for side in (left, right)]
    names = [name for name in DIRECTION if name in now[0] and name in now[1]]
    level = 1 - (1 - LEVEL) / max(1, len(names))
    drawn = _drawn(left, right, names)
    differences = []
    for name in names:
        bounds = interval(drawn[name], level)
        old, new = float(now[0][name][0]), float(now[1][name][0])
        if bounds is None or not np.isfinite([old, new]).all():
            continue
        low, high = bounds
        signed = sorted((DIRECTION[name] * low, DIRECTION[name] * high))
        differences.append(
            Difference(name, old, new, new - old, low, high, len(common), better=signed[0] > 0, worse=signed[1] < 0)
        )
    effects = {one: effect for one in common if (effect := effect_of(before[one], after[one])) is not None}
    left_out = len(set(before) | set(after)) - len(common)
    better, worse = (tuple(one for one, effect in effects.items() if effect == which) for which in (BETTER, WORSE))
    return Comparison(level, len(common), left_out, tuple(differences), tuple(effects), better, worse)


def effect_of(before: Mapping[str, Any], after: Mapping[str, Any]) -> Effect | None:
    """What a run does to one case, results as in `Results`. None: neither rightness, first source nor outcome changed.

    Better and worse go by rightness; where that is the same or not known, by nDCG@10; else it is only another.
    """
    if not _changed(before, after):
        return None
    for name in ("right", "ndcg@10"):
        old, new = before["metrics"].get(name), after["metrics"].get(name)
        if old is not None and new is not None and old != new:
            return BETTER if new > old else WORSE
    return OTHER


def _group(rows: Rows) -> dict[str, Any]:
    means = figures(rows, rows.weights[None, :])
    drawn = _drawn(rows, None, list(means))
    found: dict[str, Any] = {}
    for name, value in means.items():
        bounds = interval(drawn[name], LEVEL)
        if np.isfinite(value[0]):
            found[name] = {"value": float(value[0]), "ci": list(bounds) if bounds else None}
    return {"cases": len(rows), "questions": float(rows.weights.sum()), "figures": found}


def _drawn(left: Rows, right: Rows | None, names: Sequence[str]) -> dict[str, Any]:
    drawn = counts(len(left))
    parts: dict[str, list[Any]] = {name: [] for name in names}
    for start in range(0, len(drawn), _PART):
        weights = drawn[start : start + _PART] * left.weights
        values = figures(left, weights)
        if right is not None:
            other = figures(right, weights)
            values = {name: other[name] - values[name] for name in names}
        for name in names:
            parts[name].append(values[name])
    return {name: np.concatenate(values) for name, values in parts.items()}


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    def told(one: Mapping[str, Any]) -> tuple[Any, ...]:
        return one["metrics"].get("right"), one["hits"][:1], one["said"].get("outcome")

    return told(before) != told(after)

"""Figures over many cases with their intervals, weighted so that they speak of the questions as they were asked.

Every figure is a function of row weights; a bootstrap draws multinomial counts and multiplies them with the weights
(Efron 1979), so one draw serves all figures and, on the same rows, both sides of a comparison.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evals.statistics import SEED
from retrieval.classify.calibration import bin_places, reliability_bins

Doubles = NDArray[np.float64]
RESAMPLES: Final = 1000
BINS: Final = 10  # of the calibration error
MEANS: Final = (
    "ndcg@10", "recall@10", "mrr@10", "intent_right", "sentence_support", "citation_precision", "citation_recall",
    "number_errors", "answered", "abstention_right", "auto", "handed_over", "right", "latency_ms", "llm_call",
)  # fmt: skip
# What a gate looks at, +1: more is better. Times and costs depend on the machine and are only reported.
DIRECTION: Final[Mapping[str, int]] = {
    "ndcg@10": 1, "recall@10": 1, "mrr@10": 1, "accuracy": 1, "macro_f1": 1, "mcc": 1, "ece": -1,
    "sentence_support": 1, "citation_precision": 1, "citation_recall": 1, "number_errors": -1, "abstention_right": 1,
    "right": 1, "auto_precision": 1, "auto_coverage": 1, "aurc": -1,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rows:
    """Results in a fixed order. `columns`: a case's figures, NaN where it has none; `truth` and `guess` number intents
    (-1: no label); `slices` names what a row belongs to ("language": "zh")."""

    columns: Mapping[str, Doubles]
    truth: NDArray[np.int64]
    guess: NDArray[np.int64]
    weights: Doubles
    slices: Mapping[str, Sequence[str]]
    intents: int

    def __len__(self) -> int:
        return len(self.weights)

    def only(self, places: NDArray[np.int64]) -> Rows:
        return Rows(
            {name: values[places] for name, values in self.columns.items()},
            self.truth[places],
            self.guess[places],
            self.weights[places],
            {name: [values[int(at)] for at in places] for name, values in self.slices.items()},
            self.intents,
        )


def rows_of(results: Sequence[Mapping[str, Any]]) -> Rows:
    """`results`: {metrics, said, case} of each case, the latter the content of its version."""
    names = sorted({name for one in results for name in one["metrics"]})
    columns = {name: np.array([one["metrics"].get(name, np.nan) for one in results], np.float64) for name in names}
    labels = [one["case"]["intent"] if one["case"]["intent_by_person"] else None for one in results]
    guesses = [one["said"].get("intent") for one in results]
    number = {name: at for at, name in enumerate(sorted({*filter(None, labels), *filter(None, guesses)}))}
    return Rows(
        columns,
        np.array([number[label] if label else -1 for label in labels], np.int64),
        np.array([number[guess] if guess else len(number) for guess in guesses], np.int64),
        np.array([float(one["case"]["weight"]) for one in results]),
        {
            "language": [one["case"]["language"] for one in results],
            "intent": [one["case"]["intent"] or "none" for one in results],
            "source": [_source_type(one["case"]["sources"]) for one in results],
            "kind": [one["case"]["kind"] for one in results],
        },
        len(number) + 1,
    )


def figures(rows: Rows, weights: Doubles) -> dict[str, Doubles]:
    """Each figure for each line of `weights`, shape (lines, rows); NaN where its rows weigh nothing."""
    found = {}
    for name in MEANS:
        if name in rows.columns:
            known = ~np.isnan(rows.columns[name])
            if known.any():
                found[name] = _ratio(weights[:, known] @ rows.columns[name][known], weights[:, known].sum(axis=1))
    found |= _classification(rows, weights)
    found |= _decision(rows, weights)
    return found


def counts(rows: int, resamples: int = RESAMPLES, seed: int = SEED) -> Doubles:
    """How often each row is drawn, shape (resamples, rows)."""
    if rows == 0:
        return np.zeros((resamples, 0))
    generator = np.random.default_rng(seed)
    drawn = generator.integers(0, rows, size=(resamples, rows))
    return np.stack([np.bincount(line, minlength=rows) for line in drawn]).astype(np.float64)


def interval(values: Doubles, level: float) -> tuple[float, float] | None:
    """Percentile interval; None when a tenth of the draws had no rows for it: then it says nothing."""
    finite = values[np.isfinite(values)]
    if len(finite) < 0.9 * len(values):
        return None
    low, high = np.quantile(finite, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def risk_coverage(rows: Rows) -> list[tuple[float, float, float]]:
    """(share answered, share wrong of it, least confidence), the most confident first: at most 50 points."""
    order, right, _ = _by_confidence(rows)
    if not len(order):
        return []
    weight = rows.weights[order]
    covered = np.cumsum(weight)
    risk = np.cumsum(weight * (1 - right)) / covered
    places = np.unique(np.linspace(0, len(order) - 1, min(50, len(order))).round().astype(int))
    confidence = rows.columns["confidence"][order]
    return [(float(covered[at] / covered[-1]), float(risk[at]), float(confidence[at])) for at in places]


def reliability(rows: Rows, of: str) -> list[dict[str, float]]:
    """What was right at which confidence, in `BINS` equal bins that are not empty: {low, high, confidence, right,
    questions}. `of` is "intent" (the classification of labelled cases) or "answer" (the judged answers)."""
    if of == "intent":
        if "intent_confidence" not in rows.columns:
            return []
        places = np.flatnonzero(rows.truth >= 0)
        right = (rows.truth[places] == rows.guess[places]).astype(np.float64)
        confidence = rows.columns["intent_confidence"][places]
    else:
        places, right, confidence = _by_confidence(rows)
    return [
        {
            "low": one.low,
            "high": one.high,
            "confidence": one.confidence,
            "right": one.right,
            "questions": one.weight,
        }
        for one in reliability_bins(confidence, right, rows.weights[places], BINS)
    ]


def _classification(rows: Rows, weights: Doubles) -> dict[str, Doubles]:
    known = rows.truth >= 0
    if not known.any() or "intent_confidence" not in rows.columns:
        return {}
    truth, guess, size = rows.truth[known], rows.guess[known], rows.intents
    cells, confidence = truth * size + guess, rows.columns["intent_confidence"][known]
    bins = bin_places(confidence, BINS)
    hit = (truth == guess).astype(np.float64)
    found: dict[str, list[float]] = {"accuracy": [], "macro_f1": [], "mcc": [], "ece": []}
    for line in weights[:, known]:
        total = line.sum()
        if total <= 0:
            for values in found.values():
                values.append(np.nan)
            continue
        confusion = np.bincount(cells, line, size * size).reshape(size, size)
        right, true, said = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
        present = true > 0
        found["accuracy"].append(right.sum() / total)
        found["macro_f1"].append(float(np.mean(2 * right[present] / (true + said)[present])))
        # Gorodkin 2004, the multi-class Matthews correlation; 0 when all truth or all guesses are one intent
        spread = (total**2 - said @ said) * (total**2 - true @ true)
        found["mcc"].append((right.sum() * total - true @ said) / np.sqrt(spread) if spread > 0 else 0.0)
        gap = np.abs(np.bincount(bins, line * hit, BINS) - np.bincount(bins, line * confidence, BINS))
        found["ece"].append(gap.sum() / total)
    return {name: np.array(values) for name, values in found.items()}


def _decision(rows: Rows, weights: Doubles) -> dict[str, Doubles]:
    if "right" not in rows.columns:
        return {}
    right, auto = rows.columns["right"], rows.columns["auto"]
    judged = ~np.isnan(right)
    found: dict[str, Doubles] = {}
    if judged.any():
        found["auto_coverage"] = _ratio(weights[:, judged] @ auto[judged], weights[:, judged].sum(axis=1))
    sent = judged & (auto == 1)
    if sent.any():
        found["auto_precision"] = _ratio(weights[:, sent] @ right[sent], weights[:, sent].sum(axis=1))
    order, hit, _ = _by_confidence(rows)
    if len(order):
        ordered = weights[:, order]
        covered = np.cumsum(ordered, axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            risk = np.where(covered > 0, np.cumsum(ordered * (1 - hit), axis=1) / covered, 0.0)
        # The area under risk over coverage (Geifman & El-Yaniv 2017), each row as wide as it weighs.
        found["aurc"] = _ratio((risk * ordered).sum(axis=1), ordered.sum(axis=1))
    return found


def _by_confidence(rows: Rows) -> tuple[NDArray[np.int64], Doubles, Doubles]:
    """(places of the answered rows that are judged, most confident first; whether right; confidence)."""
    if "right" not in rows.columns:
        return np.zeros(0, np.int64), np.zeros(0), np.zeros(0)
    right, confidence = rows.columns["right"], rows.columns["confidence"]
    places = np.flatnonzero(~np.isnan(right) & (rows.columns["answered"] == 1))
    order = places[np.argsort(-confidence[places], kind="stable")]
    return order, right[order], confidence[order]


def _ratio(above: Doubles, below: Doubles) -> Doubles:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(below > 0, above / below, np.nan)


def _source_type(sources: Sequence[str]) -> str:
    kinds = sorted({one.split(":")[0] for one in sources})
    return "+".join(kinds) or "none"


Figures = Callable[[Rows, Doubles], dict[str, Doubles]]

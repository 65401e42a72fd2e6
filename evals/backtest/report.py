"""What a backtest says: how much would have been answered, how right it seems, and at which risk."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from copilot.autonomy.bounds import precision_lower, precision_upper
from evals.backtest.agreement import Numbers, closeness, seems_right, vectors_of
from evals.selective import aurc

_TARGETS = (0.9, 0.95)
_POINTS = 10
_TWO_SIDED = 0.025


def verdicts_of(items: Sequence[Mapping[str, Any]]) -> list[bool | None]:
    """Whether the draft of each item seems right; None where it cannot be told or nothing would have been said."""
    at = [n for n, item in enumerate(items) if not item.get("gone") and item["answered"]]
    pairs = [vectors_of(items[n]["agreement"]["vectors"]) for n in at]
    closer = closeness(pairs, [items[n]["language"] for n in at])
    found: list[bool | None] = [None] * len(items)
    for n, near in zip(at, closer, strict=True):
        found[n] = seems_right(Numbers(items[n]["agreement"]["numbers"]), near)
    return found


def summarise(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`items` as `evals.backtest.run` keeps them, each with its verdict as `right`: the proxy of
    `evals.backtest.agreement`; drafts of which it cannot be told are left out of it and counted as `untold`. Shares in
    [0, 1] with 95% Clopper-Pearson intervals, or None when there is nothing to take a share of."""
    replayed = [item for item in items if not item.get("gone")]
    judged = [item for item in replayed if item["answered"]]
    told = [item for item in judged if item["right"] is not None]
    cited = [item["agreement"]["citations"] for item in judged if item["agreement"]["citations"] is not None]
    return {
        "replayed": len(replayed),
        "answered": _share(len(judged), len(replayed)),
        "needs_records": sum(bool(item["needs_records"]) for item in replayed),
        "untold": len(judged) - len(told),
        "right": _share(sum(item["right"] for item in told), len(told)),
        "agreement": {
            "token_f1": _mean([item["agreement"]["token_f1"] for item in judged]),
            "cosine": _mean([item["agreement"]["cosine"] for item in judged]),
            "numbers": {kind.value: sum(item["agreement"]["numbers"] == kind for item in judged) for kind in Numbers},
            "citations": _share(sum(cited), len(cited)),
            "from_own_drafts": sum(bool(item["drafted"]) for item in judged),
        },
        "risk_coverage": risk_coverage([(i["confidence"], bool(i["right"])) for i in told], len(replayed)),
        "by_intent": _by(replayed, judged, "intent"),
        "by_language": _by(replayed, judged, "language"),
    }


def risk_coverage(outcomes: Sequence[tuple[float, bool]], total: int) -> dict[str, Any]:
    """(confidence, right) of the answers that can be judged; `total` questions. The curve goes by falling confidence:
    answering only at `threshold` or more covers `coverage` of all questions with `risk` wrong among them.

    `aurc` as in `evals.selective`, ties entering together.
    """
    if not outcomes or not total:
        return {"points": [], "aurc": None, "at_precision": {}}
    ordered = sorted(outcomes, key=lambda one: -one[0])
    scores = np.array([score for score, _ in ordered])
    wrong = np.cumsum([not right for _, right in ordered])
    counts = np.arange(1, len(ordered) + 1)
    last = np.flatnonzero(np.append(scores[1:] != scores[:-1], True))  # a threshold takes all of equal confidence
    risks = wrong[last] / counts[last]
    points = sorted({int(np.searchsorted(counts[last], len(ordered) * n / _POINTS)) for n in range(1, _POINTS + 1)})
    targets: dict[str, Any] = {}
    for target in _TARGETS:
        good = [n for n in range(len(last)) if 1 - risks[n] >= target]
        best = good[-1] if good else None
        targets[str(target)] = None if best is None else _point(scores, counts, wrong, last[best], total)
    return {
        "points": [_point(scores, counts, wrong, last[n], total) for n in points],
        "aurc": aurc(scores, np.array([right for _, right in ordered], np.float64)),
        "at_precision": targets,
    }


def _point(scores: Any, counts: Any, wrong: Any, at: int, total: int) -> dict[str, Any]:
    n, bad = int(counts[at]), int(wrong[at])
    return {
        "threshold": float(scores[at]),
        "answers": n,
        "coverage": n / total,
        "risk": bad / n,
        "precision_low": precision_lower(n - bad, n, _TWO_SIDED),
    }


def _by(replayed: Sequence[Mapping[str, Any]], judged: Sequence[Mapping[str, Any]], field: str) -> list[dict[str, Any]]:
    """By a field, the largest group first; what the classifier abstained from is `null`."""
    groups = {item[field] for item in replayed}
    found = []
    for group in groups:
        all_ = [item for item in replayed if item[field] == group]
        mine = [item for item in judged if item[field] == group]
        told = [item for item in mine if item["right"] is not None]
        found.append(
            {
                field: group,
                "questions": len(all_),
                "answered": _share(len(mine), len(all_)),
                "right": _share(sum(item["right"] for item in told), len(told)),
            }
        )
    return sorted(found, key=lambda one: (-one["questions"], str(one[field])))


def _share(part: int, whole: int) -> dict[str, Any] | None:
    if not whole:
        return None
    return {
        "n": whole,
        "share": part / whole,
        "low": precision_lower(part, whole, _TWO_SIDED),
        "high": precision_upper(part, whole, _TWO_SIDED),
    }


def _mean(values: Sequence[float]) -> float | None:
    return float(np.mean(values)) if values else None

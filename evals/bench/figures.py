"""One figure of a bench, and how times are taken and compared."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

Figure = dict[str, Any]  # name, value, unit, goal, ok; `note` where a reader needs one


def figure(name: str, value: float, unit: str, goal: str, ok: bool) -> Figure:
    """`goal` is what was aimed at ("<= 1.25"), empty for a figure that is only stated; then `ok` is True."""
    return {"name": name, "value": round(value, 4), "unit": unit, "goal": goal, "ok": bool(ok)}


def at_most(name: str, value: float, unit: str, goal: float) -> Figure:
    return figure(name, value, unit, f"<= {goal:g}", value <= goal)


def at_least(name: str, value: float, unit: str, goal: float) -> Figure:
    return figure(name, value, unit, f">= {goal:g}", value >= goal)


def stated(name: str, value: float, unit: str) -> Figure:
    return figure(name, value, unit, "", True)


def skipped(name: str, unit: str, goal: str, why: str) -> Figure:
    """A figure that was not measured: neither reached nor missed."""
    return {"name": name, "value": None, "unit": unit, "goal": goal, "ok": None, "note": f"skipped: {why}"}


def failed(name: str, error: Exception) -> Figure:
    """A part of the bench that broke counts as missed; the others go on."""
    note = f"{type(error).__name__}: {error}"
    return {"name": name, "value": None, "unit": "", "goal": "runs", "ok": False, "note": note}


def milliseconds(call: Callable[[int], object], rounds: int) -> list[float]:
    """Wall time of `call(0)`, `call(1)`, …"""
    times = []
    for i in range(rounds):
        start = time.perf_counter()
        call(i)
        times.append((time.perf_counter() - start) * 1e3)
    return times


def percentile(times: Sequence[float], q: float) -> float:
    return float(np.percentile(np.asarray(times), q))


def interleaved(
    calls: Mapping[str, Callable[[int], object]], items: int, rounds: int, warm_up: int = 1
) -> dict[str, list[float]]:
    """Milliseconds of each call on item 0 … items - 1, `rounds` times over, neighbours in time.

    Every item goes through all calls before the next item, in an order drawn anew (seeded): neither a slow second of
    the machine nor what the one before left in the caches favours one of them. `warm_up` rounds are not counted.
    """
    names = list(calls)
    rng = random.Random(0)
    times: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(-warm_up, rounds):
        for item in range(items):
            for name in rng.sample(names, len(names)):
                start = time.perf_counter()
                calls[name](item)
                if turn >= 0:
                    times[name].append((time.perf_counter() - start) * 1e3)
    return times


def ratio_of_medians(times: Mapping[str, Sequence[float]], ours: str, theirs: str) -> float:
    return statistics.median(times[ours]) / statistics.median(times[theirs])


def median_ratio(times: Mapping[str, Sequence[float]], ours: str, theirs: str) -> float:
    """Median over neighbours in time of ours / theirs: what remains when other programs take turns on the cores."""
    return statistics.median(o / t for o, t in zip(times[ours], times[theirs], strict=True))


def best_of_rounds(times: Mapping[str, Sequence[float]], items: int) -> dict[str, list[float]]:
    """The fastest round of each item: what is left of a busy machine's times when nothing else was on the core."""
    return {name: np.asarray(taken).reshape(-1, items).min(axis=0).tolist() for name, taken in times.items()}

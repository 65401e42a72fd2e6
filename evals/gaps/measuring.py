"""How well questions are grouped and contradictions found, on small labelled sets that we wrote.

Halves share no topic. Threshold and rules were set on the development half only. Groups: B-cubed precision and recall
(Bagga and Baldwin 1998), a mean over questions with a percentile bootstrap. Contradictions: precision and recall with
Clopper-Pearson intervals.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from evals.gaps.clustering import THRESHOLD, centred, clusters, language_means, question_text
from evals.gaps.conflicts import Statement, conflict
from evals.statistics import bootstrap
from evals.verification import clopper_pearson
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.encoder.base import Encoder
from retrieval.language import detect

DATA = Path(__file__).parents[1] / "data"
HALVES = ("dev", "held_out")


@dataclass(frozen=True, slots=True)
class Figure:
    """A share of `count` with its 95% interval; None when there is nothing to take a share of."""

    half: str
    name: str
    value: float | None
    low: float
    high: float
    count: int


def measure(encoder: Encoder, threshold: float = THRESHOLD) -> list[Figure]:
    """Both halves of both sets."""
    means = language_means(encoder.encode_queries, load_taxonomy())
    return [
        figure for half in HALVES for figure in (*_groups(encoder, means, half, threshold), *measure_conflicts(half))
    ]


def _groups(encoder: Encoder, means: Any, half: str, threshold: float) -> Iterator[Figure]:
    rows = [row for row in _rows("gap_questions.jsonl") if row["half"] == half]
    vectors = encoder.encode_queries([question_text(row["text"]) for row in rows])
    found = clusters(centred(vectors, [detect(row["text"]) for row in rows], means), threshold)
    precision, recall = b_cubed([row["topic"] for row in rows], found)
    for name, values in (("gap_precision", precision), ("gap_recall", recall)):
        at = bootstrap(values)
        yield Figure(half, name, at.mean, at.low, at.high, len(values))


def b_cubed(topics: Sequence[str], groups: Sequence[Sequence[int]]) -> tuple[list[float], list[float]]:
    """(precision, recall) of each question: the share of its group that is of its topic, the share of its topic
    that is in its group; itself included."""
    topic = np.array(topics)
    precision, recall = [0.0] * len(topics), [0.0] * len(topics)
    for group in groups:
        for at in group:
            same = int((topic[list(group)] == topic[at]).sum())
            precision[at], recall[at] = same / len(group), same / int((topic == topic[at]).sum())
    return precision, recall


def measure_conflicts(half: str) -> Iterator[Figure]:
    rows = [row for row in _rows("contradictions.jsonl") if row["half"] == half]
    said = [
        conflict(Statement(row["left_title"], row["left"]), Statement(row["right_title"], row["right"])) is not None
        for row in rows
    ]
    right = sum(1 for row, found in zip(rows, said, strict=True) if found and row["conflict"])
    yield _share(half, "contradiction_precision", right, sum(said))
    yield _share(half, "contradiction_recall", right, sum(row["conflict"] for row in rows))


def _share(half: str, name: str, k: int, n: int) -> Figure:
    return Figure(half, name, k / n if n else None, *clopper_pearson(k, n), n)


def _rows(name: str) -> Iterator[dict[str, Any]]:
    for line in (DATA / name).read_text("utf-8").splitlines():
        yield json.loads(line)

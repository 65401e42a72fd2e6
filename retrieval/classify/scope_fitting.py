"""Learn what "about nothing we know" looks like, from training rows alone.

With enough rows of the out-of-scope label, from their out-of-fold evidence. Otherwise some labels are held out on
purpose: a classifier is trained without them, and their rows play the unknown. What separates those from left-out rows
of the kept labels is then taken for the real unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import LeaveOneGroupOut

from retrieval.classify.calibration import softmax
from retrieval.classify.familiar import Familiar
from retrieval.classify.model import split_oos
from retrieval.classify.rows import Rows
from retrieval.classify.scope import Geometry, Known, ScopeModel

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Scorer = Callable[[Rows, Rows], Floats]  # train on the first, stacked scores of the second

ROUNDS, MANY_ROUNDS = 2, 8
FEW_ROWS = 1000  # with fewer, the AUROC of two rounds is mostly noise
WORTH = 0.005  # of AUROC, for more evidence to join
HELD_OUT_LABELS = 0.3
LEFT_OUT_ROWS = 0.2
ENOUGH_OOS_ROWS = 30
FEWEST_LABELS = 4  # fewer cannot be spared


def out_of_fold_evidence(
    rows: Rows, both: Floats, splits: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> Doubles:
    """Evidence (n, columns) of every row, from heads and `Known` that did not see it. `both`: stacked out of fold."""
    logits, oos_logit = split_oos(both, rows.has_oos)
    raw = softmax(logits)
    parts: list[tuple[NDArray[np.int64], Doubles]] = []
    for kept, left in splits:
        oos = None if oos_logit is None else oos_logit[left]
        asked = [rows.texts[place] for place in left]
        known = fit_known(rows.take(kept))
        parts.append((left, known.evidence(asked, rows.vectors[left], raw[left], logits[left], oos)))
    out = np.zeros((len(rows.texts), parts[0][1].shape[1]))
    for left, part in parts:
        out[left] = part
    return out


def fit_known(rows: Rows) -> Known:
    """What is known of the labels that have rows or a description here."""
    texts, vectors, targets, _ = rows.training
    inside = np.flatnonzero(targets < len(rows.labels))
    return Known(
        tuple(Geometry.fit(vectors[inside], targets[inside], rows.part(view)) for view in range(len(rows.widths))),
        Familiar.fit([texts[place] for place in inside], targets[inside].tolist()),
    )


def held_out_evidence(rows: Rows, scorer: Scorer, seed: int) -> tuple[Doubles, NDArray[np.bool_], NDArray[np.int64]]:
    """Evidence (m, columns) of rows of kept and of held-out labels, which are unknown, and the round of each."""
    random = np.random.default_rng(seed)
    found: list[Doubles] = []
    unknown: list[NDArray[np.bool_]] = []
    rounds: list[NDArray[np.int64]] = []
    present = np.unique(rows.targets[rows.in_scope])
    for number in range(ROUNDS if len(rows.texts) >= FEW_ROWS else MANY_ROUNDS):
        count = max(1, round(HELD_OUT_LABELS * len(present)))
        held = random.permutation(present)[:count]
        outside = np.isin(rows.targets, held)
        inside = np.flatnonzero(~outside & rows.in_scope)
        left = random.permutation(inside)[: max(1, round(LEFT_OUT_ROWS * len(inside)))]
        known = np.setdiff1d(np.flatnonzero(~outside), left)
        asked = np.concatenate([left, np.flatnonzero(outside)])
        kept_labels = np.setdiff1d(np.arange(len(rows.labels)), held)
        train = _without(rows.take(known), kept_labels)
        both = scorer(train, rows.take(asked))
        logits, oos_logit = split_oos(both, rows.has_oos)
        texts = [rows.texts[place] for place in asked]
        found.append(fit_known(train).evidence(texts, rows.vectors[asked], softmax(logits), logits, oos_logit))
        unknown.append(np.arange(len(asked)) >= len(left))
        rounds.append(np.full(len(asked), number))
    return np.concatenate(found), np.concatenate(unknown), np.concatenate(rounds)


def _without(rows: Rows, kept: NDArray[np.int64]) -> Rows:
    """The rows with their targets renumbered to the kept labels; descriptions of the others are gone."""
    number = np.full(len(rows.labels) + 1, -1)
    number[kept] = np.arange(len(kept))
    number[len(rows.labels)] = len(kept)
    extra = np.flatnonzero(np.isin(rows.extra_targets, kept))
    return replace(
        rows,
        targets=number[rows.targets],
        labels=tuple(rows.labels[place] for place in kept),
        extra_texts=[rows.extra_texts[place] for place in extra],
        extra_vectors=rows.extra_vectors[extra],
        extra_targets=number[rows.extra_targets[extra]],
        extra_weights=rows.extra_weights[extra],
    )


def fit_scope(found: Doubles, unknown: NDArray[np.bool_], groups: NDArray[np.int64]) -> tuple[ScopeModel, float]:
    """The model on the evidence that pays, and its AUROC on groups (rounds or folds) that it was not fitted on.

    Pieces join while they raise that AUROC by `WORTH` or more: what tells held-out labels from kept ones in a small
    file may be its style, and would mislead on real messages.
    """
    columns, *more = pieces(found.shape[1])
    best = _auroc(found, unknown, groups, columns)
    while more:
        tried = [(_auroc(found, unknown, groups, [*columns, *piece]), piece) for piece in more]
        value, piece = max(tried)
        if value < best + WORTH:
            break
        best, columns = value, [*columns, *piece]
        more.remove(piece)
    return _fit(found, unknown, columns), best


def pieces(columns: int) -> list[list[int]]:
    """Columns of the evidence that join together, the ones that always count first."""
    encoders = (columns - 6) // 4
    first = [0, 1, 2, 3, 4]  # top, margin, oos, centroid, distance
    others = [list(range(3 + 4 * number, 7 + 4 * number)) for number in range(1, encoders)]
    return [first, [5, 6], *others, list(range(columns - 3, columns))]


def _auroc(found: Doubles, unknown: NDArray[np.bool_], groups: NDArray[np.int64], columns: list[int]) -> float:
    """Mean over the groups, each scored by what the others taught."""
    values = []
    for kept, left in LeaveOneGroupOut().split(found, unknown, groups):
        if unknown[left].any() and not unknown[left].all():
            values.append(roc_auc_score(unknown[left], _fit(found[kept], unknown[kept], columns)(found[left])))
    return float(np.mean(values)) if values else 0.5


def _fit(found: Doubles, unknown: NDArray[np.bool_], columns: list[int]) -> ScopeModel:
    mean, scale = found.mean(axis=0), found.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    model = LogisticRegression(C=1.0, class_weight="balanced").fit(((found - mean) / scale)[:, columns], unknown)
    weights = np.zeros(found.shape[1])
    weights[columns] = model.coef_[0]
    return ScopeModel(mean, scale, weights, float(model.intercept_[0]))

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
from sklearn.model_selection import GroupKFold

from retrieval.classify.calibration import softmax
from retrieval.classify.model import split_oos
from retrieval.classify.rows import Rows
from retrieval.classify.scope import Geometry, ScopeModel, evidence

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Scorer = Callable[[Rows, Rows], Floats]  # train on the first, stacked scores of the second

ROUNDS = 2
HELD_OUT_LABELS = 0.3
LEFT_OUT_ROWS = 0.2
ENOUGH_OOS_ROWS = 30
FEWEST_LABELS = 4  # fewer cannot be spared


def out_of_fold_evidence(
    rows: Rows, both: Floats, splits: list[tuple[NDArray[np.int64], NDArray[np.int64]]]
) -> Doubles:
    """Evidence (n, 5) of every row, from heads and geometry that did not see it. `both`: out-of-fold stacked scores."""
    logits, oos_logit = split_oos(both, rows.has_oos)
    raw = softmax(logits)
    out = np.zeros((len(rows.texts), 5))
    for kept, left in splits:
        geometry = fit_geometry(rows.take(kept))
        part = None if oos_logit is None else oos_logit[left]
        out[left] = evidence(raw[left], logits[left], part, geometry, rows.vectors[left])
    return out


def fit_geometry(rows: Rows) -> Geometry:
    """Geometry of the labels that have rows or a description here."""
    _, vectors, targets, _ = rows.training
    inside = targets < len(rows.labels)
    _, places = np.unique(targets[inside], return_inverse=True)
    return Geometry.fit(vectors[inside], places)


def held_out_evidence(rows: Rows, scorer: Scorer, seed: int) -> tuple[Doubles, NDArray[np.bool_], NDArray[np.int64]]:
    """Evidence (m, 5) of rows of kept and of held-out labels, which are unknown, and the round of each."""
    random = np.random.default_rng(seed)
    found: list[Doubles] = []
    unknown: list[NDArray[np.bool_]] = []
    rounds: list[NDArray[np.int64]] = []
    present = np.unique(rows.targets[rows.in_scope])
    for number in range(ROUNDS):
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
        geometry = fit_geometry(train)
        found.append(evidence(softmax(logits), logits, oos_logit, geometry, rows.vectors[asked]))
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
    """The model on all evidence, and its AUROC on groups (rounds or folds) that it was not fitted on."""
    kinds = len(np.unique(groups))
    scores = np.zeros(len(found))
    for kept, left in GroupKFold(kinds).split(found, unknown, groups):
        scores[left] = _fit(found[kept], unknown[kept])(found[left])
    return _fit(found, unknown), float(roc_auc_score(unknown, scores))


def _fit(found: Doubles, unknown: NDArray[np.bool_]) -> ScopeModel:
    mean, scale = found.mean(axis=0), found.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    model = LogisticRegression(C=1.0, class_weight="balanced").fit((found - mean) / scale, unknown)
    return ScopeModel(mean, scale, model.coef_[0].astype(np.float64), float(model.intercept_[0]))

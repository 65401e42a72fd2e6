"""Learn what "about nothing we know" looks like, from training rows alone.

With enough rows of the out-of-scope label, from their out-of-fold evidence. Otherwise some labels are held out on
purpose: a classifier is trained without them, and their rows play the unknown. What separates those from left-out rows
of the kept labels is then taken for the real unknown. Fragments of messages (`fragments`) count beside whole rows, as
much as training messages are short: held-out labels alone teach that a message of few words, all met before, is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from retrieval.classify.calibration import softmax
from retrieval.classify.discriminant import Discriminant
from retrieval.classify.familiar import Familiar
from retrieval.classify.fitting import within_whitening
from retrieval.classify.fragments import NO_LABEL, Fragments
from retrieval.classify.model import split_oos
from retrieval.classify.rows import Rows
from retrieval.classify.scope import Geometry, Known, ScopeModel

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Scorer = Callable[[Rows, Sequence[str], Floats], Floats]  # train on rows, stacked scores of texts and their vectors

ROUNDS, MANY_ROUNDS = 2, 8
FEW_ROWS = 1000  # with fewer, the AUROC of two rounds is mostly noise
WORTH = 0.002  # of AUROC, for more evidence to join
HELD_OUT_LABELS = 0.3
LEFT_OUT_ROWS = 0.2
ENOUGH_OOS_ROWS = 30
SHRINKAGE, RIDGE = 0.5, 30.0  # of the discriminant: before whitening, and rows that its penalty is worth
FEWEST_LABELS = 4  # fewer cannot be spared


@dataclass(frozen=True, slots=True)
class Examples:
    """Evidence `found` (m, columns) of messages of which `unknown` (m) play the unknown; `groups` (m): rounds or folds.

    `fragments` (m): which are no whole rows. These have `share` of the weight, among the known as among the unknown.
    """

    found: Doubles
    unknown: NDArray[np.bool_]
    groups: NDArray[np.int64]
    fragments: NDArray[np.bool_]
    share: float = 0.0

    def weights(self, kept: NDArray[np.bool_]) -> Doubles:
        """Of the messages in `kept`, 0 for others: known and unknown weigh the same, and as much as they are many."""
        weights = np.zeros(len(self.unknown))
        for unknown in (False, True):
            side = kept & (self.unknown == unknown)
            whole, cut = side & ~self.fragments, side & self.fragments
            share = self.share if cut.any() else 0.0
            weights[whole] = (1 - share) / max(1, whole.sum())
            weights[cut] = share / max(1, cut.sum())
        return np.asarray(weights * kept.sum() / 2)


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
    vectors, targets = vectors[inside], targets[inside]
    return Known(
        tuple(Geometry.fit(vectors, targets, rows.part(view)) for view in range(len(rows.widths))),
        fit_discriminant(vectors, targets, len(rows.labels)),
        Familiar.fit([texts[place] for place in inside], targets.tolist(), len(rows.labels)),
    )


def fit_discriminant(vectors: Floats, targets: NDArray[np.int64], labels: int) -> Discriminant:
    """Ridge regression of 1 for a row's label and -1 for each other, on rows whitened by the scatter inside labels.

    A label without a row claims nothing.
    """
    center, transform = within_whitening(vectors, targets, np.ones(len(vectors)), SHRINKAGE)
    inside = (vectors - center) @ transform
    told = np.where(targets[:, None] == np.arange(labels), 1.0, -1.0)
    mean = told.mean(axis=0)
    penalty = RIDGE * np.eye(inside.shape[1])
    weight = transform @ np.linalg.solve(inside.T @ inside + penalty, inside.T @ (told - mean))
    return Discriminant(weight.astype(np.float32), (mean - center @ weight).astype(np.float32))


def held_out_evidence(rows: Rows, fragments: Fragments, scorer: Scorer, seed: int) -> Examples:
    """Rows of kept and of held-out labels, which are unknown, in rounds; and in each round the fragments.

    A fragment that tells a kept label is known; one that tells a held-out label or none is unknown.
    """
    random = np.random.default_rng(seed)
    found: list[Doubles] = []
    unknown: list[NDArray[np.bool_]] = []
    rounds: list[NDArray[np.int64]] = []
    pieces: list[NDArray[np.bool_]] = []
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
        texts = [rows.texts[place] for place in asked] + fragments.texts
        vectors = np.concatenate([rows.vectors[asked], fragments.vectors])
        logits, oos_logit = split_oos(scorer(train, texts, vectors), rows.has_oos)
        found.append(fit_known(train).evidence(texts, vectors, softmax(logits), logits, oos_logit))
        unknown.append(np.r_[outside[asked], np.isin(fragments.owners, [NO_LABEL, *held])])
        rounds.append(np.full(len(texts), number))
        pieces.append(np.arange(len(texts)) >= len(asked))
    return Examples(
        np.concatenate(found),
        np.concatenate(unknown),
        np.concatenate(rounds),
        np.concatenate(pieces),
        fragments.share,
    )


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


def fit_scope(examples: Examples) -> tuple[ScopeModel, float]:
    """The model on the evidence that pays, and its AUROC on groups that it was not fitted on.

    Pieces join while they raise that AUROC by `WORTH` or more: what tells held-out labels from kept ones in a small
    file may be its style, and would mislead on real messages.
    """
    columns, *more = pieces(examples.found.shape[1])
    best = _auroc(examples, columns)
    while more:
        tried = [(_auroc(examples, [*columns, *piece]), piece) for piece in more]
        value, piece = max(tried)
        if value < best + WORTH:
            break
        best, columns = value, [*columns, *piece]
        more.remove(piece)
    return _fit(examples, np.ones(len(examples.unknown), dtype=bool), columns), best


def pieces(columns: int) -> list[list[int]]:
    """Columns of the evidence that join together, the ones that always count first."""
    encoders = (columns - 12) // 4
    first = [0, 1, 2, 3, 4]  # top, margin, oos, centroid, distance
    others = [list(range(3 + 4 * number, 7 + 4 * number)) for number in range(1, encoders)]
    claims, words = list(range(columns - 9, columns - 6)), list(range(columns - 6, columns - 3))
    return [first, [5, 6], *others, claims, words, *([column] for column in range(columns - 3, columns))]


def _auroc(examples: Examples, columns: list[int]) -> float:
    """Mean over the groups, each scored by what the others taught, its messages weighed as in the fit."""
    values = []
    for group in np.unique(examples.groups):
        left = examples.groups == group
        weights = examples.weights(left)
        asked = weights > 0
        if examples.unknown[asked].any() and not examples.unknown[asked].all():
            scores = _fit(examples, ~left, columns)(examples.found[asked])
            values.append(roc_auc_score(examples.unknown[asked], scores, sample_weight=weights[asked]))
    return float(np.mean(values)) if values else 0.5


def _fit(examples: Examples, kept: NDArray[np.bool_], columns: list[int]) -> ScopeModel:
    weights = examples.weights(kept)
    used = weights > 0
    found = examples.found[used]
    mean, scale = found.mean(axis=0), found.std(axis=0)
    scale = np.where(scale > 1e-9, scale, 1.0)
    model = LogisticRegression(C=1.0)
    model.fit(((found - mean) / scale)[:, columns], examples.unknown[used], sample_weight=weights[used])
    learned = np.zeros(found.shape[1])
    learned[columns] = model.coef_[0]
    return ScopeModel(mean, scale, learned, float(model.intercept_[0]))

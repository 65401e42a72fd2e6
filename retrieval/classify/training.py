"""Train the classifier from labelled messages. The method and its settings are chosen by cross-validation on these
rows alone; calibration, thresholds and the out-of-scope model are fitted on predictions of rows left out of training.

Only training imports scikit-learn and scipy; what it makes serves with numpy (see `model.py`).
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from retrieval.classify import rows as training_rows
from retrieval.classify.calibration import confidence_threshold, expected_calibration_error, softmax, stacked
from retrieval.classify.fitting import candidates, fit_beta, fit_stack_weights
from retrieval.classify.fragments import Fragments, cut_fragments
from retrieval.classify.model import Classifier, split_oos
from retrieval.classify.rows import Rows
from retrieval.classify.scope import ScopeModel
from retrieval.classify.scope_fitting import (
    ENOUGH_OOS_ROWS,
    FEWEST_LABELS,
    Examples,
    fit_known,
    fit_scope,
    held_out_evidence,
    out_of_fold_evidence,
)
from retrieval.classify.storage import content_version
from retrieval.classify.taxonomy import Taxonomy
from retrieval.encoder.base import Encoder

Floats = NDArray[np.float32]
Progress = Callable[[str, int, int], None]  # (what, done, of)

FOLDS = 5
WORTH = 0.01  # share of the log-loss that another head must take away
TARGET_PRECISION = 0.9  # of the messages that it does not abstain on, out of fold
STACKING_ROWS = 4000  # the few stacking weights need no more
IN_SCOPE_LOSS = 0.05  # share of rightly classified messages that may be given up as out of scope


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """How a classifier came to be. Accuracy, log-loss and ECE are out of fold, on the training rows.

    `table`: each candidate's out-of-fold accuracy. `rare`: labels that were left out, with their number of rows.
    """

    method: str
    rows: int
    labels: int
    oos_rows: int
    folds: int
    seed: int
    table: dict[str, float]
    weights: dict[str, float]
    accuracy: float
    log_loss: float
    ece: float
    minimum_confidence: float
    maximum_out_of_scope: float
    scope_auroc: float | None
    scope_source: str
    rare: dict[str, int]


def train_classifier(
    texts: Sequence[str],
    labels: Sequence[str],
    encoder: Encoder,
    *,
    vectors: Floats | None = None,
    second: Encoder | None = None,
    taxonomy: Taxonomy | None = None,
    oos_label: str | None = None,
    seed: int = 0,
    drop_rare: bool = False,
    progress: Progress | None = None,
) -> tuple[Classifier, TrainingReport]:
    """Train on n texts with one label each.

    `second`: another encoder to look at the messages with as well; its heads serve as far as cross-validation says that
    they help. `vectors` (n, d): query embeddings of `texts` if they are at hand, those of `second` in the columns after
    the encoder's. `taxonomy`: intents whose descriptions and phrases join the training rows with a total weight of
    `rows.DESCRIPTION_WEIGHT` messages each, so that an intent
    without tickets can still be named and one with many is learned from them. `oos_label` marks rows about nothing
    we know. A label with a single row (and no description) is an error, or left out with `drop_rare`.

    Raises InvalidInput: no rows, unequal lengths, empty text or label, fewer than two labels, a label with one row.
    """
    tell = progress or _silent
    places, rare = training_rows.check(list(texts), list(labels), taxonomy, oos_label, drop_rare)
    texts, labels = [texts[place] for place in places], [labels[place] for place in places]
    if vectors is None:
        tell("encode", 0, 1)
        vectors = training_rows.encode(encoder, texts, second)
    else:
        vectors = np.asarray(vectors, dtype=np.float32)[places]
    rows = training_rows.build(texts, labels, vectors, encoder, taxonomy, oos_label, second)
    splits = _splits(rows, seed)
    out_of_fold = _cross_validate(rows, splits, seed, tell)
    chosen, weights = _choose(out_of_fold, rows, seed)

    both = stacked([out_of_fold[name] for name in chosen], weights)
    raw = softmax(split_oos(both, rows.has_oos)[0])
    inside = rows.in_scope
    correct = inside & (raw.argmax(axis=1) == rows.targets)
    calibration = fit_beta(raw.max(axis=1)[inside], correct[inside])
    confidence = calibration(raw.max(axis=1))

    tell("out of scope", 0, 1)
    found = out_of_fold_evidence(rows, both, splits)
    scope, auroc, source = _fit_scope(
        rows, lambda: cut_fragments(rows, encoder, second, seed), chosen, weights, found, splits, seed
    )
    unknown = scope(found) if scope else np.zeros(len(found))
    limit = float(np.quantile(unknown[correct], 1 - IN_SCOPE_LOSS)) if scope and correct.any() else 1.0
    accepted = unknown <= limit
    minimum = confidence_threshold(confidence[accepted], correct[accepted], TARGET_PRECISION)

    tell("fit", 0, 1)
    known = np.flatnonzero(inside)
    report = TrainingReport(
        method=" + ".join(chosen),
        rows=len(rows.texts),
        labels=len(rows.labels),
        oos_rows=int((~inside).sum()),
        folds=len(splits),
        seed=seed,
        table={name: _accuracy(scores, rows) for name, scores in out_of_fold.items()},
        weights=dict(zip(chosen, weights, strict=True)),
        accuracy=float(correct[inside].mean()),
        log_loss=float(-np.log(raw[known, rows.targets[known]] + 1e-9).mean()),
        ece=expected_calibration_error(confidence[inside], correct[inside]),
        minimum_confidence=minimum,
        maximum_out_of_scope=limit,
        scope_auroc=auroc,
        scope_source=source,
        rare=rare,
    )
    classifier = Classifier(
        labels=rows.labels,
        heads=tuple(candidates(rows)[name].fit(rows, seed) for name in chosen),
        weights=tuple(weights),
        taxonomy=taxonomy or Taxonomy({}),
        encoder_version=encoder.model_version,
        dimension=encoder.dimension,
        second=second,
        calibration=calibration,
        known=fit_known(rows),
        scope=scope,
        has_oos=rows.has_oos,
        minimum_confidence=minimum,
        maximum_out_of_scope=limit,
        report=asdict(report),
    )
    tell("fit", 1, 1)
    return content_version(classifier), report


Splits = list[tuple[NDArray[np.int64], NDArray[np.int64]]]


def _silent(what: str, done: int, of: int) -> None:
    """No progress shown."""


def _splits(rows: Rows, seed: int) -> Splits:
    """Stratified folds; a label with fewer rows than folds is simply missing from some of them."""
    folds = max(2, min(FOLDS, int(np.bincount(rows.targets).max())))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class", category=UserWarning)
        return list(StratifiedKFold(folds, shuffle=True, random_state=seed).split(rows.vectors, rows.targets))


def _cross_validate(rows: Rows, splits: Splits, seed: int, tell: Progress) -> dict[str, Floats]:
    """Out-of-fold scores (n, columns) of every candidate."""
    tried = candidates(rows)
    steps = len(tried) * len(splits)
    found: dict[str, Floats] = {}
    for number, (name, candidate) in enumerate(tried.items()):
        scores = np.zeros((len(rows.texts), rows.columns), dtype=np.float32)
        for fold, (kept, left) in enumerate(splits):
            tell("cross-validate", number * len(splits) + fold, steps)
            head = candidate.fit(rows.take(kept), seed)
            scores[left] = head.scores([rows.texts[place] for place in left], rows.vectors[left])
        found[name] = scores
    tell("cross-validate", steps, steps)
    return found


def _choose(out_of_fold: Mapping[str, Floats], rows: Rows, seed: int) -> tuple[list[str], list[float]]:
    """Forward selection by out-of-fold log-loss: the best head, then each that lowers the loss by `WORTH` or more."""
    chosen: list[str] = []
    weights: list[float] = []
    best = np.inf
    sample = np.random.default_rng(seed).permutation(len(rows.targets))[:STACKING_ROWS]
    targets = rows.targets[sample]
    scores = {name: out_of_fold[name][sample] for name in out_of_fold}
    while len(chosen) < len(out_of_fold):
        tried = {
            name: fit_stack_weights([scores[other] for other in (*chosen, name)], targets)
            for name in out_of_fold
            if name not in chosen
        }
        name = min(tried, key=lambda other: tried[other][1])
        if chosen and tried[name][1] > best * (1 - WORTH):
            break
        chosen.append(name)
        weights, best = tried[name]
    return chosen, weights


def _fit_scope(
    rows: Rows,
    fragments: Callable[[], Fragments],
    chosen: list[str],
    weights: list[float],
    found: NDArray[np.float64],
    splits: Splits,
    seed: int,
) -> tuple[ScopeModel | None, float | None, str]:
    """The out-of-scope model, its cross-validated AUROC and what it learned from."""
    if (~rows.in_scope).sum() >= ENOUGH_OOS_ROWS:
        folds = np.zeros(len(found), dtype=np.int64)
        for number, (_, left) in enumerate(splits):
            folds[left] = number
        whole = np.zeros(len(found), dtype=bool)
        scope, auroc = fit_scope(Examples(found, ~rows.in_scope, folds, fragments=whole))
        return scope, auroc, "out-of-scope rows"
    if len(np.unique(rows.targets[rows.in_scope])) < FEWEST_LABELS:
        return None, None, f"none: fewer than {FEWEST_LABELS} labels"

    def scorer(train: Rows, texts: Sequence[str], vectors: Floats) -> Floats:
        heads = [candidates(train)[name].fit(train, seed) for name in chosen]
        return stacked([head.scores(texts, vectors) for head in heads], weights)

    scope, auroc = fit_scope(held_out_evidence(rows, fragments(), scorer, seed))
    return scope, auroc, "held-out labels and fragments"


def _accuracy(scores: Floats, rows: Rows) -> float:
    logits, _ = split_oos(scores, rows.has_oos)
    inside = rows.in_scope
    return float((logits.argmax(axis=1) == rows.targets)[inside].mean())

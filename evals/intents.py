"""How well intents are recognised: train on one CSV, measure on another. The test file is only ever measured on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import f1_score, matthews_corrcoef, roc_auc_score

from core.errors import InvalidInput
from retrieval.classify.calibration import expected_calibration_error
from retrieval.classify.dataset import read_labelled_csv
from retrieval.classify.training import train_classifier
from retrieval.encoder.base import Encoder, Vectors

Progress = Callable[[str, int, int], None]  # (what, done, of)

RESAMPLES = 1000
BATCH = 256


def evaluate_intents(
    train_csv: Path,
    test_csv: Path,
    encoder: Encoder,
    oos_label: str | None = None,
    progress: Progress | None = None,
    *,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Train on `train_csv`, choosing the method by cross-validation there, and measure on `test_csv`.

    Rows of `oos_label` in the training file train the out-of-scope model; in the test file they count for `oos_auroc`
    only. Keys: accuracy, macro_f1, mcc, ece (10 bins), all over in-scope rows with no abstention; oos_auroc (None
    without out-of-scope test rows); ci (95% percentile bootstrap over test rows); and how it came about: n, method,
    cross_validation, coverage and precision of what is not abstained from, seconds.

    Raises InvalidInput: see `read_labelled_csv` and `train_classifier`; or no in-scope test rows.
    """
    tell = progress or (lambda what, done, of: None)
    started = time.perf_counter()
    train_texts, train_labels = read_labelled_csv(train_csv)
    test_texts, test_labels = read_labelled_csv(test_csv)
    in_scope = np.array([label != oos_label for label in test_labels])
    if not in_scope.any():
        raise InvalidInput(f"Every row of {test_csv.name} is '{oos_label}': there is nothing to measure accuracy on.")
    vectors = _encode(encoder, train_texts + test_texts, tell)
    encoded = time.perf_counter()
    classifier, report = train_classifier(
        train_texts,
        train_labels,
        encoder,
        vectors=vectors[: len(train_texts)],
        oos_label=oos_label,
        seed=seed,
        progress=tell,
    )
    trained = time.perf_counter()
    found = classifier.predict_many(test_texts, vectors[len(train_texts) :])
    truth = np.array(test_labels, dtype=object)
    best = np.array(found.best, dtype=object)
    unknown = sorted(set(truth[in_scope]) - set(classifier.labels))
    answered = (found.confidence >= classifier.minimum_confidence) & (
        found.out_of_scope <= classifier.maximum_out_of_scope
    )
    metrics = _metrics(truth, best, found.confidence, found.out_of_scope, in_scope)
    return {
        **metrics,
        "ci": _intervals(truth, best, found.confidence, found.out_of_scope, in_scope, seed, resamples),
        "n": {
            "train": len(train_texts),
            "test_in_scope": int(in_scope.sum()),
            "test_out_of_scope": int((~in_scope).sum()),
            "labels": len(classifier.labels),
        },
        "labels_not_in_training": unknown,
        "method": report.method,
        "cross_validation": asdict(report),
        "coverage": float(answered.mean()),
        "precision_answered": float((best == truth)[answered].mean()) if answered.any() else None,
        "encoder": encoder.model_version,
        "classifier": classifier.model_version,
        "seed": seed,
        "seconds": {
            "encode": round(encoded - started, 1),
            "train": round(trained - encoded, 1),
            "total": round(time.perf_counter() - started, 1),
        },
    }


def _encode(encoder: Encoder, texts: list[str], tell: Progress) -> Vectors:
    """Query embeddings (n, d) in batches, with progress. Short texts go together, which spares padding."""
    order = sorted(range(len(texts)), key=lambda place: len(texts[place]))
    vectors = np.empty((len(texts), encoder.dimension), dtype=np.float32)
    for start in range(0, len(order), BATCH):
        tell("encode", start, len(order))
        places = order[start : start + BATCH]
        vectors[places] = encoder.encode_queries([texts[place] for place in places])
    tell("encode", len(order), len(order))
    return vectors


def _metrics(
    truth: NDArray[np.object_],
    best: NDArray[np.object_],
    confidence: NDArray[np.float64],
    out_of_scope: NDArray[np.float64],
    in_scope: NDArray[np.bool_],
) -> dict[str, float | None]:
    asked, said = truth[in_scope].astype(str), best[in_scope].astype(str)
    mixed = bool(in_scope.any() and (~in_scope).any())
    return {
        "accuracy": float((asked == said).mean()),
        "macro_f1": float(f1_score(asked, said, labels=np.unique(asked), average="macro", zero_division=0)),
        "mcc": float(matthews_corrcoef(asked, said)),
        "ece": expected_calibration_error(confidence[in_scope], asked == said),
        "oos_auroc": float(roc_auc_score(~in_scope, out_of_scope)) if mixed else None,
    }


def _intervals(
    truth: NDArray[np.object_],
    best: NDArray[np.object_],
    confidence: NDArray[np.float64],
    out_of_scope: NDArray[np.float64],
    in_scope: NDArray[np.bool_],
    seed: int,
    resamples: int,
) -> dict[str, list[float]]:
    """95% percentile bootstrap over test rows, in-scope and out-of-scope rows drawn apart."""
    random = np.random.default_rng(seed)
    inside, outside = np.flatnonzero(in_scope), np.flatnonzero(~in_scope)
    # Numbers instead of names: scikit-learn's metrics are slow on text.
    names = {name: number for number, name in enumerate(sorted({*truth, *best}))}
    truth_number = np.array([names[name] for name in truth])
    best_number = np.array([names[name] for name in best])
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples):
        rows = np.concatenate([random.choice(inside, len(inside)), random.choice(outside, len(outside))])
        rows = rows.astype(np.int64)
        found = _metrics(truth_number[rows], best_number[rows], confidence[rows], out_of_scope[rows], in_scope[rows])
        for name, value in found.items():
            if value is not None:
                drawn.setdefault(name, []).append(value)
    return {name: [float(bound) for bound in np.percentile(values, [2.5, 97.5])] for name, values in drawn.items()}


def render_intents(result: Mapping[str, Any]) -> str:
    """The result of `evaluate_intents` as plain text for a terminal."""
    n, validation = result["n"], result["cross_validation"]
    lines = [
        f"train {n['train']} rows, {n['labels']} labels; test {n['test_in_scope']} in scope, "
        f"{n['test_out_of_scope']} out of scope",
        f"method, chosen on the training file: {result['method']}",
        "",
        f"{'metric':<12}{'value':>8}   95% interval",
    ]
    for name in ("accuracy", "macro_f1", "mcc", "ece", "oos_auroc"):
        value = result[name]
        if value is None:
            lines.append(f"{name:<12}{'-':>8}   no out-of-scope rows in the test file")
            continue
        interval = result["ci"].get(name)
        bounds = f"[{interval[0]:.4f}, {interval[1]:.4f}]" if interval else ""
        lines.append(f"{name:<12}{value:>8.4f}   {bounds}")
    precision = result["precision_answered"]
    lines += [
        "",
        f"names an intent for {result['coverage']:.1%} of the test rows"
        + (f", right in {precision:.1%} of them" if precision is not None else ""),
        f"out-of-scope model learned from: {validation['scope_source']}",
        "",
        f"candidates, accuracy in {validation['folds']}-fold cross-validation:",
        *(f"  {accuracy:.4f}  {name}" for name, accuracy in validation["table"].items()),
        f"  {validation['accuracy']:.4f}  chosen combination (ece {validation['ece']:.4f})",
    ]
    if result["labels_not_in_training"]:
        lines.append(f"labels of the test file that training never saw: {', '.join(result['labels_not_in_training'])}")
    seconds = result["seconds"]
    lines.append(f"{seconds['total']} s (encoding {seconds['encode']} s, training {seconds['train']} s)")
    return "\n".join(lines)

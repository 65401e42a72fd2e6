"""How well intents are recognised: train on some files, measure on others. Test files are only ever measured on."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from retrieval.classify.calibration import expected_calibration_error
from retrieval.classify.dataset import read_labelled
from retrieval.classify.model import Classifier
from retrieval.classify.training import train_classifier
from retrieval.encoder.base import Encoder, Vectors

Progress = Callable[[str, int, int], None]  # (what, done, of)

Numbers = NDArray[np.int64]
Doubles = NDArray[np.float64]
Bools = NDArray[np.bool_]

RESAMPLES = 1000
ASKED_ALONE = 200  # test messages whose cost is measured
BATCH = 256


def evaluate_intents(
    train_files: Sequence[Path],
    test_files: Sequence[Path],
    encoder: Encoder,
    oos_label: str | None = None,
    progress: Progress | None = None,
    *,
    second: Encoder | None = None,
    seed: int = 0,
    resamples: int = RESAMPLES,
) -> dict[str, Any]:
    """Train on `train_files`, choosing the method by cross-validation there, and measure on `test_files`.

    Rows of `oos_label` in training train the out-of-scope model; in the test files they count for `oos_auroc`
    only. `second`: see `train_classifier`. Keys: accuracy, macro_f1, mcc, ece (10 bins), all over in-scope rows with no
    abstention; oos_auroc (None without out-of-scope test rows); ci (95% percentile bootstrap over test rows); and how
    it came about: n, method, cross_validation, coverage and precision of what is not abstained from, seconds.

    Raises InvalidInput: see `read_labelled` and `train_classifier`; or no in-scope test rows.
    """
    tell = progress or (lambda what, done, of: None)
    started = time.perf_counter()
    train_texts, train_labels = read_labelled(train_files)
    test_texts, test_labels = read_labelled(test_files)
    in_scope = np.array([label != oos_label for label in test_labels])
    if not in_scope.any():
        raise InvalidInput(f"Every test row is '{oos_label}': there is nothing to measure accuracy on.")
    vectors = _encode(encoder, train_texts + test_texts, tell)
    if second is not None:
        vectors = np.hstack([vectors, _encode(second, train_texts + test_texts, tell)])
    encoded, busy = time.perf_counter(), time.process_time()
    classifier, report = train_classifier(
        train_texts,
        train_labels,
        encoder,
        vectors=vectors[: len(train_texts)],
        second=second,
        oos_label=oos_label,
        seed=seed,
        progress=tell,
    )
    trained, worked = time.perf_counter(), time.process_time() - busy
    found = classifier.predict_rows(test_texts, vectors[len(train_texts) :])
    # Labels as numbers; one that training never saw gets a number that is never predicted.
    names = sorted({*classifier.labels, *test_labels})
    number = {name: place for place, name in enumerate(names)}
    truth = np.array([number[label] for label in test_labels])
    best = np.array([number[label] for label in found.best])
    unknown = sorted({label for label in test_labels if label != oos_label} - set(classifier.labels))
    answered = (found.confidence >= classifier.minimum_confidence) & (
        found.out_of_scope <= classifier.maximum_out_of_scope
    )
    measured = (truth, best, found.confidence, found.out_of_scope, in_scope, len(names))
    return {
        **_metrics(*measured),
        "ci": _intervals(*measured, seed, resamples),
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
        "second": None if second is None else second.model_version,
        "classifier": classifier.model_version,
        "seed": seed,
        "message_ms": _message_cost(classifier, test_texts, vectors[len(train_texts) :]),
        "seconds": {
            "encode": round(encoded - started, 1),
            "train": round(trained - encoded, 1),
            "train_cpu": round(worked, 1),
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


def _message_cost(classifier: Classifier, texts: list[str], vectors: Vectors) -> float:
    """Processor time in milliseconds of classifying one message whose embedding is at hand: the median of some.

    The best of three each, since caches of a busy machine are cold the first time.
    """
    costs = []
    for place in range(min(ASKED_ALONE, len(texts))):
        tries = []
        for _ in range(3):
            started = time.process_time()
            classifier.predict_rows(texts[place : place + 1], vectors[place : place + 1])
            tries.append(time.process_time() - started)
        costs.append(min(tries))
    return round(1000 * float(np.median(costs)), 3)


def _metrics(
    truth: Numbers, best: Numbers, confidence: Doubles, out_of_scope: Doubles, in_scope: Bools, labels: int
) -> dict[str, float | None]:
    """From one confusion matrix, so that a bootstrap takes seconds. `truth` and `best` number the labels."""
    asked, said = truth[in_scope], best[in_scope]
    confusion = np.bincount(asked * labels + said, minlength=labels * labels).reshape(labels, labels)
    right, true, predicted = np.diag(confusion), confusion.sum(axis=1), confusion.sum(axis=0)
    total = confusion.sum()
    present = true > 0
    f1 = 2 * right[present] / (true + predicted)[present]
    # Gorodkin 2004, the multi-class Matthews correlation; 0 when all truth or all predictions are one label.
    spread = float(total**2 - predicted @ predicted) * float(total**2 - true @ true)
    mixed = bool(in_scope.any() and (~in_scope).any())
    return {
        "accuracy": float(right.sum() / total),
        "macro_f1": float(f1.mean()),
        "mcc": float((right.sum() * total - true @ predicted) / np.sqrt(spread)) if spread else 0.0,
        "ece": expected_calibration_error(confidence[in_scope], asked == said),
        "oos_auroc": _auroc(out_of_scope[~in_scope], out_of_scope[in_scope]) if mixed else None,
    }


def _auroc(positive: Doubles, negative: Doubles) -> float:
    """The chance that a positive scores above a negative, ties counting half (Mann-Whitney)."""
    ordered = np.sort(negative)
    below = np.searchsorted(ordered, positive, side="left")
    not_above = np.searchsorted(ordered, positive, side="right")
    return float((below + not_above).mean() / 2 / len(negative))


def _intervals(
    truth: Numbers,
    best: Numbers,
    confidence: Doubles,
    out_of_scope: Doubles,
    in_scope: Bools,
    labels: int,
    seed: int,
    resamples: int,
) -> dict[str, list[float]]:
    """95% percentile bootstrap over test rows, in-scope and out-of-scope rows drawn apart."""
    random = np.random.default_rng(seed)
    inside, outside = np.flatnonzero(in_scope), np.flatnonzero(~in_scope)
    drawn: dict[str, list[float]] = {}
    for _ in range(resamples):
        # Indexing with drawn places, not `choice`: that refuses an empty pool.
        places = [pool[random.integers(0, len(pool), len(pool))] for pool in (inside, outside) if len(pool)]
        rows = np.concatenate(places)
        found = _metrics(truth[rows], best[rows], confidence[rows], out_of_scope[rows], in_scope[rows], labels)
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
        f"method, chosen on the training files: {result['method']}",
        "",
        f"{'metric':<12}{'value':>8}   95% interval",
    ]
    for name in ("accuracy", "macro_f1", "mcc", "ece", "oos_auroc"):
        value = result[name]
        if value is None:
            lines.append(f"{name:<12}{'-':>8}   no out-of-scope rows in the test files")
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
        lines.append(f"labels of the test files that training never saw: {', '.join(result['labels_not_in_training'])}")
    lines.append(f"a message, its embedding at hand: {result['message_ms']} ms of processor time")
    seconds = result["seconds"]
    lines.append(
        f"{seconds['total']} s (encoding {seconds['encode']} s, training {seconds['train']} s, of it processor time "
        f"{seconds['train_cpu']} s), seed {result['seed']}, {result['classifier']}, {result['encoder']}"
        + (f", {result['second']}" if result["second"] else "")
    )
    return "\n".join(lines)

"""The methods that cross-validation chooses among, and the fits of stacking weights and calibration."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from retrieval.classify.calibration import BetaCalibration, softmax, stacked
from retrieval.classify.heads import EmbeddingHead, Head, NeighbourHead, NgramHead, unit
from retrieval.classify.ngrams import NgramVocabulary
from retrieval.classify.rows import Rows, remembered
from retrieval.classify.scope import whitening

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
MEMORY = 20_000  # rows that the neighbours keep at most


class Candidate(Protocol):
    def fit(self, rows: Rows, seed: int) -> Head: ...


@dataclass(frozen=True, slots=True)
class WhitenedLogistic:
    """Logistic regression on embeddings whitened by the scatter inside the labels.

    e5's embeddings lie in a narrow cone; whitening by the within-label scatter (the step of linear discriminant
    analysis) lets one penalty suit all axes. The transform is folded into the head's weights.
    """

    shrinkage: float
    inverse_penalty: float
    view: int | None = 0

    def fit(self, rows: Rows, seed: int) -> Head:
        _, vectors, targets, weights = rows.training
        part = rows.part(self.view)
        vectors = vectors[:, part]
        center, transform = within_whitening(vectors, targets, weights, self.shrinkage)
        inside = ((vectors - center) @ transform).astype(np.float32)
        model = LogisticRegression(C=self.inverse_penalty, max_iter=100, tol=1e-3)
        model.fit(inside, targets, sample_weight=weights.astype(np.float32))
        weight, bias = _every_column(model, rows.columns)
        folded = transform @ weight
        return EmbeddingHead(_widened(folded, part, rows), (bias - center @ folded).astype(np.float32))


@dataclass(frozen=True, slots=True)
class NgramLogistic:
    """Logistic regression on TF-IDF of word and character n-grams: exact words, product names, typos."""

    inverse_penalty: float

    def fit(self, rows: Rows, seed: int) -> Head:
        texts, _, targets, weights = rows.training
        vocabulary = NgramVocabulary.fit(texts)
        features = [vocabulary.features(text) for text in texts]
        ends = np.cumsum([0] + [len(columns) for columns, _ in features])
        matrix = csr_matrix(
            (np.concatenate([v for _, v in features]), np.concatenate([c for c, _ in features]), ends),
            shape=(len(texts), len(vocabulary.idf)),
        )
        # 20 steps: more take their time and change no answer; reaching the optimum is no aim here.
        model = LogisticRegression(C=self.inverse_penalty, max_iter=20, tol=1e-3)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", category=ConvergenceWarning)
            model.fit(matrix, targets, sample_weight=weights)
        weight, bias = _every_column(model, rows.columns)
        return NgramHead(vocabulary, weight.astype(np.float32), bias.astype(np.float32))


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Kernel density over the training rows in the whitened space; at most `MEMORY` rows are kept."""

    shrinkage: float
    sharpness: float
    view: int | None = 0

    def fit(self, rows: Rows, seed: int) -> Head:
        _, vectors, targets, weights = rows.training
        part = rows.part(self.view)
        vectors = vectors[:, part]
        center, transform = within_whitening(vectors, targets, weights, self.shrinkage)
        inside = unit(((vectors - center) @ transform).astype(np.float32))
        labels = np.unique(targets)
        kept = remembered(targets, labels, seed, MEMORY)
        return NeighbourHead(
            center=_widened(center, part, rows),
            transform=_widened(transform, part, rows),
            rows=inside[np.concatenate(kept)],
            mass=weights[np.concatenate(kept)].astype(np.float32),
            starts=np.cumsum([0, *(len(places) for places in kept)]),
            labels=labels,
            centroids=unit(np.stack([inside[places].mean(axis=0) for places in kept])),
            columns=rows.columns,
            sharpness=self.sharpness,
        )


CANDIDATES: Mapping[str, Candidate] = {
    "embedding logistic, shrinkage 0.5": WhitenedLogistic(0.5, 10),
    "embedding logistic, shrinkage 2": WhitenedLogistic(2.0, 10),
    "neighbours, sharpness 10": Neighbours(2.0, 10),
    "neighbours, sharpness 20": Neighbours(2.0, 20),
    "n-gram logistic": NgramLogistic(30),
}
# Beside them when a second encoder looks at the messages as well.
SECOND: Mapping[str, Candidate] = {
    "second embedding logistic, shrinkage 0.5": WhitenedLogistic(0.5, 10, view=1),
    "second neighbours, sharpness 20": Neighbours(2.0, 20, view=1),
    "both embeddings logistic, shrinkage 0.5": WhitenedLogistic(0.5, 10, view=None),
}


def candidates(rows: Rows) -> Mapping[str, Candidate]:
    """What may be tried on these rows."""
    return {**CANDIDATES, **SECOND} if len(rows.widths) > 1 else CANDIDATES


def _widened(matrix: Doubles, part: slice, rows: Rows) -> Floats:
    """Zeros for the columns that another encoder made, so that every head takes whole rows."""
    wide = np.zeros((rows.vectors.shape[1], *matrix.shape[1:]), dtype=np.float32)
    wide[part] = matrix
    return wide


def within_whitening(
    vectors: Floats, targets: NDArray[np.int64], weights: Doubles, shrinkage: float
) -> tuple[Doubles, Doubles]:
    """The mean (d) and the transform (d, d) that whitens the scatter inside labels and gives rows mean length 1."""
    center = np.average(vectors, axis=0, weights=weights).astype(np.float64)
    centred = vectors - center
    totals = np.maximum(np.bincount(targets, weights=weights), 1e-12)
    sums = np.zeros((len(totals), vectors.shape[1]))
    np.add.at(sums, targets, centred * weights[:, None])
    residuals = (centred - (sums / totals[:, None])[targets]) * np.sqrt(weights)[:, None]
    transform = whitening(residuals, shrinkage)
    length = np.sqrt((((centred @ transform) ** 2).sum(axis=1) * weights).sum() / weights.sum())
    return center, transform / max(float(length), 1e-12)


def _every_column(model: LogisticRegression, columns: int) -> tuple[Doubles, Doubles]:
    """Weights (d, columns) and bias of a fitted model; a label with no row in this fold gets the lowest bias."""
    coefficients, intercepts = model.coef_, model.intercept_
    if len(model.classes_) == 2:  # scikit-learn keeps one row for two labels
        coefficients, intercepts = np.vstack([-coefficients, coefficients]) / 2, np.r_[-intercepts, intercepts] / 2
    weight = np.zeros((coefficients.shape[1], columns))
    bias = np.full(columns, float(intercepts.min()) - 10.0)
    weight[:, model.classes_] = coefficients.T
    bias[model.classes_] = intercepts
    return weight, bias


def fit_stack_weights(scores: Sequence[Floats], targets: NDArray[np.int64]) -> tuple[list[float], float]:
    """Non-negative weights of the heads that minimise the log-loss of softmax(sum weight * scores), and that loss."""
    places = np.arange(len(targets))

    def loss(logs: Doubles) -> float:
        p = softmax(stacked(scores, list(np.exp(logs))))
        return float(-np.log(p[places, targets] + 1e-9).mean())

    start = np.log(np.full(len(scores), 1 / len(scores)))
    found = minimize(loss, start, method="Nelder-Mead", options={"xatol": 0.02, "fatol": 1e-5, "maxiter": 200})
    return [float(weight) for weight in np.exp(found.x)], float(found.fun)


def fit_beta(top: NDArray[np.floating], correct: NDArray[np.bool_]) -> BetaCalibration:
    """Beta calibration of the highest probability by log-loss, with a small pull towards the identity.

    The pull (as strong as a few rows) keeps a handful of rows from giving an extreme map.
    """
    p = np.clip(np.asarray(top, dtype=np.float64), 1e-6, 1 - 1e-6)
    y = correct.astype(np.float64)

    def loss(x: Doubles) -> float:
        q = np.clip(BetaCalibration(float(np.exp(x[0])), float(np.exp(x[1])), float(x[2]))(p), 1e-9, 1 - 1e-9)
        return float(-(y * np.log(q) + (1 - y) * np.log(1 - q)).sum() + 2 * (x**2).sum())

    found = minimize(loss, np.zeros(3), method="Nelder-Mead", options={"maxiter": 500})
    return BetaCalibration(float(np.exp(found.x[0])), float(np.exp(found.x[1])), float(found.x[2]))

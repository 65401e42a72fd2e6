"""Is a message about anything we know? Evidence from probabilities and from distances, weighed by a logistic model.

Evidence of a message (columns, in this order):
  0 top        logit of the highest calibrated probability
  1 margin     difference of the two highest stacked logits
  2 centroid   highest cosine to a label's centroid, centred and whitened
  3 distance   relative Mahalanobis distance (Ren et al. 2021, "A Simple Fix to Mahalanobis Distance"), negated, so
               that more is nearer: squared distance to the nearest label's mean minus that to the mean of all
  4 oos        log-odds of the out-of-scope label against the rest; 0 where the training rows have none
The weights are learned from training rows alone: real out-of-scope rows if there are any, otherwise rows of labels that
were held out on purpose.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.heads import unit

Floats = NDArray[np.float32]
EVIDENCE = ("top", "margin", "centroid", "distance", "oos")


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the labels lie. `center` (d); `within` (d, d) whitens the scatter inside the labels, `total` (d, d) the
    scatter of all rows; `means` (k, d) are the labels' means, centred and whitened by `within`."""

    center: Floats
    within: Floats
    total: Floats
    means: Floats

    @classmethod
    def fit(cls, vectors: Floats, targets: NDArray[np.int64], shrinkage: float = 0.5) -> Geometry:
        """`targets` (n) are 0…k-1, each at least once; `shrinkage`: see `whitening`."""
        center = vectors.mean(axis=0)
        centred = (vectors - center).astype(np.float64)
        counts = np.bincount(targets)
        sums = np.zeros((len(counts), vectors.shape[1]))
        np.add.at(sums, targets, centred)
        means = sums / counts[:, None]
        within = whitening(centred - means[targets], shrinkage)
        return cls(
            center=center.astype(np.float32),
            within=within.astype(np.float32),
            total=whitening(centred, shrinkage).astype(np.float32),
            means=(means @ within).astype(np.float32),
        )

    def nearness(self, vectors: Floats) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The evidence columns `centroid` and `distance` of n messages."""
        centred = vectors - self.center
        inside = centred @ self.within
        cosine = (unit(inside.astype(np.float32)) @ unit(self.means).T).max(axis=1)
        squares = (inside**2).sum(axis=1)[:, None] - 2 * inside @ self.means.T + (self.means**2).sum(axis=1)
        overall = ((centred @ self.total) ** 2).sum(axis=1)
        return cosine.astype(np.float64), (overall - squares.min(axis=1)).astype(np.float64)


def whitening(rows: NDArray[np.float64], shrinkage: float) -> NDArray[np.float64]:
    """A (d, d) matrix that gives centred rows about unit variance on every axis.

    `shrinkage` adds that share of the mean variance to every axis first."""
    values, axes = np.linalg.eigh(rows.T @ rows / len(rows))
    values = np.maximum(values, 0)
    floor = shrinkage * max(float(values.mean()), 1e-12)
    return np.asarray(axes / np.sqrt(values + floor))


def evidence(
    probabilities: Floats,
    logits: Floats,
    oos_logit: NDArray[np.float64] | None,
    geometry: Geometry | None,
    vectors: Floats,
) -> NDArray[np.float64]:
    """The evidence (n, 5); columns as described on top."""
    ordered = np.sort(logits, axis=1)
    top = np.clip(probabilities.max(axis=1).astype(np.float64), 1e-6, 1 - 1e-6)
    columns = np.zeros((len(logits), len(EVIDENCE)))
    columns[:, 0] = np.log(top / (1 - top))
    columns[:, 1] = ordered[:, -1] - ordered[:, -2] if logits.shape[1] > 1 else 0
    if geometry is not None:
        columns[:, 2], columns[:, 3] = geometry.nearness(vectors)
    if oos_logit is not None:
        columns[:, 4] = oos_logit
    return columns


@dataclass(frozen=True, slots=True)
class ScopeModel:
    """score = sigmoid(evidence standardised @ weights + bias): the probability to be out of scope, as in training."""

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    weights: NDArray[np.float64]
    bias: float

    def __call__(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        z = ((rows - self.mean) / self.scale) @ self.weights + self.bias
        return np.asarray(1 / (1 + np.exp(-np.clip(z, -60, 60))))

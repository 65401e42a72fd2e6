"""Is a message about anything we know? Evidence from probabilities, distances and words, weighed by a logistic model.

Evidence of a message (columns, in this order):
  top        logit of the highest calibrated probability
  margin     difference of the two highest stacked logits
  oos        log-odds of the out-of-scope label against the rest; 0 where the training rows have none
  for each encoder's embedding, centred and whitened by the scatter inside the labels:
    centroid   highest cosine to a label's centroid
    distance   relative Mahalanobis distance (Ren et al. 2021, "A Simple Fix to Mahalanobis Distance"), negated, so
               that more is nearer: squared distance to the nearest label's mean minus that to the mean of all
    gap        cosine of the nearest remembered row of the best label minus that of any other label
    company    share of the best label among the ten nearest remembered rows
  claimed, unrivalled, claims   what the best label's own regression says, that less any other's, and of all labels
             (`discriminant`)
  length     ln(1 + different words)
  known      idf share of words that training met
  owned      the same of words that it met with the best label
  likely     log-odds of the words under the best label against all rows, by the root of their number
  lead       the same less that of the likeliest other label
  likeliest  the highest of any label
The weights are learned from training rows alone: real out-of-scope rows if there are any, otherwise rows of labels that
were held out on purpose and fragments of messages. Evidence that does not pay there has the weight 0 (`scope_fitting`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.discriminant import Discriminant
from retrieval.classify.familiar import Familiar
from retrieval.classify.heads import CANDIDATES, unit
from retrieval.classify.rows import remembered

Floats = NDArray[np.float32]
Numbers = NDArray[np.int64]
SHRINKAGE = 2.0
MEMORY = 10_000  # rows that a geometry keeps at most
COMPANY = 10  # nearest rows


@dataclass(frozen=True, slots=True)
class Geometry:
    """Where the labels lie in one encoder's columns. `place`: (first, after the last) of these in whole rows.

    `center` (d); `within` (d, d) whitens the scatter inside the labels, `total` (d, d) the scatter of all rows;
    `means` (k, d) are the labels' means, centred and whitened by `within`; `rows` (m, d): some rows likewise, of length
    1, those of label j at starts[j]:starts[j + 1]; `labels` (k): their columns in the scores.
    """

    place: tuple[int, int]
    center: Floats
    within: Floats
    total: Floats
    means: Floats
    rows: Floats
    starts: Numbers
    labels: Numbers

    @classmethod
    def fit(cls, vectors: Floats, targets: Numbers, part: slice, seed: int = 0) -> Geometry:
        """`vectors`: whole rows, of which `part` counts."""
        labels, places = np.unique(targets, return_inverse=True)
        vectors = vectors[:, part]
        center = vectors.mean(axis=0)
        centred = (vectors - center).astype(np.float64)
        counts = np.bincount(places)
        sums = np.zeros((len(counts), vectors.shape[1]))
        np.add.at(sums, places, centred)
        means = sums / counts[:, None]
        within = whitening(centred - means[places], SHRINKAGE)
        kept = remembered(targets, labels, seed, MEMORY)
        return cls(
            place=(part.start, part.stop),
            center=center.astype(np.float32),
            within=within.astype(np.float32),
            total=whitening(centred, SHRINKAGE).astype(np.float32),
            means=(means @ within).astype(np.float32),
            rows=unit((centred[np.concatenate(kept)] @ within).astype(np.float32)),
            starts=np.cumsum([0, *map(len, kept)]),
            labels=labels,
        )

    def evidence(self, vectors: Floats, best: Numbers) -> NDArray[np.float64]:
        """The columns `centroid`, `distance`, `gap` and `company` of n messages taken for the labels `best` (n).

        Rows of the nearest labels only are looked at, as `NeighbourHead` does.
        """
        centred = vectors[:, slice(*self.place)] - self.center
        inside = np.asarray(centred @ self.within, dtype=np.float32)
        pointing = unit(inside)
        cosines = pointing @ unit(self.means).T
        squares = (inside**2).sum(axis=1)[:, None] - 2 * inside @ self.means.T + (self.means**2).sum(axis=1)
        overall = ((centred @ self.total) ** 2).sum(axis=1)
        out = np.empty((len(vectors), 4))
        out[:, 0], out[:, 1] = cosines.max(axis=1), overall - squares.min(axis=1)
        taken = min(CANDIDATES, len(self.labels))
        near = np.argpartition(-cosines, taken - 1, axis=1)[:, :taken]
        for row, places in enumerate(near):
            own = np.flatnonzero(self.labels == best[row])
            out[row, 2:] = self._company(pointing[row], np.union1d(places, own), best[row])
        return out

    def _company(self, pointing: Floats, places: Numbers, best: int) -> tuple[float, float]:
        spans = [slice(self.starts[place], self.starts[place + 1]) for place in places]
        cosines = np.concatenate([self.rows[span] @ pointing for span in spans])
        mine = np.repeat(self.labels[places] == best, [span.stop - span.start for span in spans])
        own = float(cosines[mine].max(initial=-1.0))
        other = float(cosines[~mine].max(initial=-1.0))
        nearest = np.argpartition(-cosines, min(COMPANY, len(cosines)) - 1)[:COMPANY]
        return own - other, float(mine[nearest].mean())


def whitening(rows: NDArray[np.float64], shrinkage: float) -> NDArray[np.float64]:
    """A (d, d) matrix that gives centred rows about unit variance on every axis.

    `shrinkage` adds that share of the mean variance to every axis first."""
    values, axes = np.linalg.eigh(rows.T @ rows / len(rows))
    values = np.maximum(values, 0)
    floor = shrinkage * max(float(values.mean()), 1e-12)
    return np.asarray(axes / np.sqrt(values + floor))


@dataclass(frozen=True, slots=True)
class Known:
    """What training met: a geometry for each encoder, a discriminant over all of them, and words."""

    geometries: tuple[Geometry, ...]
    discriminant: Discriminant
    familiar: Familiar

    def evidence(
        self,
        texts: Sequence[str],
        vectors: Floats,
        probabilities: Floats,
        logits: Floats,
        oos: NDArray[np.float64] | None,
    ) -> NDArray[np.float64]:
        """The evidence (n, 12 + 4 · encoders); columns as described on top. `oos`: its log-odds (n), if any."""
        ordered = np.sort(logits, axis=1)
        top = np.clip(probabilities.max(axis=1).astype(np.float64), 1e-6, 1 - 1e-6)
        best = logits.argmax(axis=1)
        margin = ordered[:, -1] - ordered[:, -2] if logits.shape[1] > 1 else np.zeros(len(logits))
        return np.column_stack(
            [
                np.log(top / (1 - top)),
                margin,
                np.zeros(len(logits)) if oos is None else oos,
                *(geometry.evidence(vectors, best) for geometry in self.geometries),
                self.discriminant.evidence(vectors, best),
                self.familiar.evidence(texts, best),
            ]
        )


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

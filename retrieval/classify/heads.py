"""Scores of the intents from a message: what runs when a message comes in. Plain numpy; training is elsewhere.

A head gives one score (a logit) for each label. Shapes: n messages, d dimensions of the embedding, k labels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.ngrams import NgramVocabulary

Floats = NDArray[np.float32]
CANDIDATES = 12  # labels that NeighbourHead compares row by row
TINY = 1e-12


class Head(Protocol):
    """Scores (n, k), float32, for n texts with their embeddings (n, d)."""

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats: ...


def unit(vectors: Floats) -> Floats:
    """Rows scaled to length 1; a zero row stays zero."""
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class EmbeddingHead:
    """Linear in the embedding: vectors @ weight + bias. Any whitening is folded into `weight` (d, k) and `bias` (k)."""

    weight: Floats
    bias: Floats

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats:
        return np.asarray(vectors @ self.weight + self.bias, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class NgramHead:
    """Linear in TF-IDF features of word and character n-grams; `weight` is (features, k), `bias` (k)."""

    vocabulary: NgramVocabulary
    weight: Floats
    bias: Floats

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats:
        out = np.empty((len(texts), len(self.bias)), dtype=np.float32)
        for row, text in enumerate(texts):
            columns, values = self.vocabulary.features(text)
            out[row] = values @ self.weight[columns] + self.bias
        return out


@dataclass(frozen=True, slots=True)
class NeighbourHead:
    """Kernel density of each label: log of the sum of mass * exp(sharpness * (cosine - 1)) over its training rows.

    Remembers single messages where a linear head remembers directions. `rows` (n, d): centred, whitened, of length 1,
    sorted by label; label j has rows[starts[j]:starts[j + 1]], at least one; `mass` (n): a row's weight; `labels` (m):
    their columns of the `columns` scores. Only the `CANDIDATES` labels with the nearest centroids are looked at, which
    keeps a message at a fraction of a millisecond with 10,000 rows; the others get the lowest score among these.
    """

    center: Floats
    transform: Floats
    rows: Floats
    mass: Floats
    starts: NDArray[np.int64]
    labels: NDArray[np.int64]
    centroids: Floats
    columns: int
    sharpness: float

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats:
        inside = unit(np.asarray((vectors - self.center) @ self.transform, dtype=np.float32))
        nearness = inside @ self.centroids.T
        taken = min(CANDIDATES, len(self.labels))
        candidates = np.argpartition(-nearness, taken - 1, axis=1)[:, :taken]
        out = np.empty((len(vectors), self.columns), dtype=np.float32)
        for row, places in enumerate(candidates):
            spans = [slice(self.starts[place], self.starts[place + 1]) for place in places]
            cosines = np.concatenate([self.rows[span] @ inside[row] for span in spans])
            mass = np.concatenate([self.mass[span] for span in spans])
            ends = np.cumsum([span.stop - span.start for span in spans])
            density = np.add.reduceat(mass * np.exp(self.sharpness * (cosines - 1)), np.r_[0, ends[:-1]])
            found = np.log(density + TINY)
            out[row] = found.min()
            out[row, self.labels[places]] = found
        return out


@dataclass(frozen=True, slots=True)
class PrototypeHead:
    """Nearest description, for a shop without labels.

    `prototypes` (m, d): embedded descriptions and phrases, centred on `center` (d) and of length 1; `owners` (m): the
    label of each, sorted, each label at least once. A label's score is `nearest` times the highest cosine plus
    (1 - nearest) times the mean cosine, times `scale`. Centring undoes that e5's cosines are all alike.
    """

    prototypes: Floats
    owners: NDArray[np.int64]
    center: Floats
    nearest: float = 0.7
    scale: float = 1.0
    starts: NDArray[np.int64] = field(init=False, repr=False)  # of each label's prototypes
    counts: NDArray[np.int64] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        starts = np.flatnonzero(np.r_[True, np.diff(self.owners) > 0])
        object.__setattr__(self, "starts", starts)
        object.__setattr__(self, "counts", np.diff(np.r_[starts, len(self.owners)]))

    def scores(self, texts: Sequence[str], vectors: Floats) -> Floats:
        cosines = unit(vectors - self.center) @ self.prototypes.T
        highest = np.maximum.reduceat(cosines, self.starts, axis=1)
        mean = np.add.reduceat(cosines, self.starts, axis=1) / self.counts
        return np.asarray(self.scale * (self.nearest * highest + (1 - self.nearest) * mean), dtype=np.float32)

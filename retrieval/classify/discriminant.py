"""One regression for each label. Where a softmax must name one, all of these may say no."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Discriminant:
    """vectors @ weight + bias (k): about 1 for the label of a message and -1 for the others. `weight` (d, k)."""

    weight: Floats
    bias: Floats

    def evidence(self, vectors: Floats, labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 3): what label `labels` (n) claims of each message, that less what any other claims, and all claims.

        `vectors` (n, d): whole rows.
        """
        claims = (vectors @ self.weight + self.bias).astype(np.float64)
        rows = np.arange(len(claims))
        own = claims[rows, labels]
        summed = np.maximum(claims + 1, 0).sum(axis=1)
        claims[rows, labels] = -np.inf
        other = claims.max(axis=1) if claims.shape[1] > 1 else own
        return np.column_stack([own, own - other, summed])

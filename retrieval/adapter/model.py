"""What is served: the question's vector moved by a low-rank map, two small matrix products and no torch.

Only questions move. Passages keep their vectors, so that a new adapter needs no new index, and taking one back is a
matter of a row.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from retrieval.encoder.base import Vectors


@dataclass(frozen=True)
class QueryAdapter:
    """q' = normalise(q + (q · down) · up), for unit vectors q of the encoder `encoder_version`.

    `down` has the shape (dimension, rank), `up` (rank, dimension), both float32: a residual of low rank as in LoRA (Hu
    et al. 2021), on the embedding in place of the weights. With `up` at zero nothing moves.
    """

    down: Vectors
    up: Vectors
    encoder_version: str

    def __post_init__(self) -> None:
        if self.down.ndim != 2 or self.up.shape != self.down.shape[::-1]:
            raise InvalidInput(f"The adapter's matrices do not fit: {self.down.shape} and {self.up.shape}.")
        if not (np.isfinite(self.down).all() and np.isfinite(self.up).all()):
            raise InvalidInput("The adapter holds NaN or infinity.")

    @property
    def dimension(self) -> int:
        return int(self.down.shape[0])

    @property
    def rank(self) -> int:
        return int(self.down.shape[1])

    @cached_property
    def version(self) -> str:
        """A digest of the numbers and of the encoder that they belong to."""
        digest = hashlib.sha256(self.encoder_version.encode())
        for matrix in (self.down, self.up):
            digest.update(np.ascontiguousarray(matrix, np.float32).tobytes())
        return f"adapter-{digest.hexdigest()[:12]}"

    def apply(self, vectors: NDArray[np.float32]) -> Vectors:
        """Unit vectors of shape (…, dimension) as they are searched with, same shape. Raises InvalidInput for another
        dimension."""
        if vectors.shape[-1] != self.dimension:
            raise InvalidInput(f"The adapter moves vectors of {self.dimension} numbers, not of {vectors.shape[-1]}.")
        moved = vectors + (vectors @ self.down) @ self.up
        norm = np.linalg.norm(moved, axis=-1, keepdims=True)
        return np.asarray(moved / np.maximum(norm, 1e-12), dtype=np.float32)

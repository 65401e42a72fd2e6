"""What an encoder is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]


class Encoder(Protocol):
    """Turns texts into unit vectors. Implementations are thread-safe.

    `model_version` names weights, quantization and prompts by hash: vectors of different versions do not compare.
    """

    @property
    def dimension(self) -> int: ...

    @property
    def model_version(self) -> str: ...

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Questions as float32 (n, dimension), L2-normalised. Raises InvalidInput for a bare string."""
        ...

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Passages as float32 (n, dimension), L2-normalised. Raises InvalidInput for a bare string."""
        ...

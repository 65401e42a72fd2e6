"""The type of a sparse vector and the version of what makes it; apart from the tokenizer, whose dictionary takes a
third of a second to load and which the index process never needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SPARSE_VERSION: Final = "bm25-1"  # raise it when a token, a weight or the hash changes: the index must be rebuilt


@dataclass(frozen=True, slots=True)
class SparseVector:
    """Parallel tuples: uint32 term indices (ascending, unique) and their weights (> 0)."""

    indices: tuple[int, ...]
    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if len(self.indices) != len(self.values):
            raise ValueError(f"{len(self.indices)} indices but {len(self.values)} values")

    def __bool__(self) -> bool:
        return bool(self.indices)

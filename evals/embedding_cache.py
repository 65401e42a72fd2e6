"""Embeddings of an evaluation corpus on disk, so that a second run is quick and an interrupted one goes on."""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from retrieval.encoder.base import Encoder

_KEY_BYTES = 16
_BLOCK = 512  # texts encoded between two writes: what an interruption costs at most

Vectors = npt.NDArray[np.float32]


class EmbeddingCache:
    """Vectors by (model version, prompt, text), appended to two files a model: keys and float32 rows.

    A row counts only when its key was written, and the row is written first, so a kill leaves nothing half. One process
    writes at a time; a second one waits for it.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.encoder = encoder
        name = hashlib.sha256(encoder.model_version.encode()).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        self._keys = folder / f"{name}.keys"
        self._rows = folder / f"{name}.f32"

    def queries(self, texts: Sequence[str], progress: Callable[[int, int], None]) -> Vectors:
        """Float32 (n, dimension) in the order of `texts`; `progress(done, total)` counts texts."""
        return self._get("query", texts, self.encoder.encode_queries, progress)

    def passages(self, texts: Sequence[str], progress: Callable[[int, int], None]) -> Vectors:
        """As `queries`, with the passage prompt."""
        return self._get("passage", texts, self.encoder.encode_passages, progress)

    def _get(
        self,
        kind: str,
        texts: Sequence[str],
        encode: Callable[[Sequence[str]], Vectors],
        progress: Callable[[int, int], None],
    ) -> Vectors:
        keys = [hashlib.blake2b(f"{kind}\0{text}".encode(), digest_size=_KEY_BYTES).digest() for text in texts]
        with self._keys.open("ab") as key_file, self._rows.open("ab") as row_file:
            fcntl.flock(key_file, fcntl.LOCK_EX)
            known = self._known(key_file.fileno(), row_file.fileno())
            # Neighbours of one length share a batch without padding; the order of work does not change the result.
            missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            todo = sorted(missing.items(), key=lambda item: len(item[1]))
            done = len(texts) - len(todo)
            progress(done, len(texts))
            for start in range(0, len(todo), _BLOCK):
                block = todo[start : start + _BLOCK]
                row_file.write(np.ascontiguousarray(encode([text for _, text in block]), dtype=np.float32).tobytes())
                row_file.flush()
                key_file.write(b"".join(key for key, _ in block))
                key_file.flush()
                progress(done + start + len(block), len(texts))
            known = self._known(key_file.fileno(), row_file.fileno())
            rows = np.fromfile(self._rows, dtype=np.float32).reshape(-1, self.encoder.dimension)
        return rows[[known[key] for key in keys]]

    def _known(self, key_descriptor: int, row_descriptor: int) -> dict[bytes, int]:
        """Row number by key, after cutting off what an interrupted write left behind."""
        row_bytes = 4 * self.encoder.dimension
        data = self._keys.read_bytes()
        count = min(len(data) // _KEY_BYTES, self._rows.stat().st_size // row_bytes)
        for descriptor, size in ((key_descriptor, count * _KEY_BYTES), (row_descriptor, count * row_bytes)):
            os.ftruncate(descriptor, size)
        return {data[at * _KEY_BYTES : (at + 1) * _KEY_BYTES]: at for at in range(count)}

"""Embeddings on disk by model, prompt and text: what was interrupted goes on, and what changes no text encodes little.

A file of its own and no table: it may be deleted at any time, and it must not be in a backup of the truth.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from retrieval.encoder.base import Encoder, Vectors

BLOCK = 512  # texts encoded between two writes: what an interruption costs at most
_LOOKED_UP = 5_000  # keys a query; SQLite takes 32,766

Progress = Callable[[int, int], None]  # (texts done, in all)


class EmbeddingCache:
    """Float32 vectors in one SQLite file; safe to use from many threads and processes, for any number of models."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")  # a lost cache is encoded again
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )

    def passages(self, encoder: Encoder, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """As `encoder.encode_passages`, shape (n, dimension); only texts that this model has not seen are encoded."""
        return self._encoded("passage", encoder, encoder.encode_passages, texts, progress)

    def queries(self, encoder: Encoder, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        """As `passages`, with the prompt of questions."""
        return self._encoded("query", encoder, encoder.encode_queries, texts, progress)

    def close(self) -> None:
        self._connection.close()

    def _encoded(
        self,
        prompt: str,
        encoder: Encoder,
        encode: Callable[[Sequence[str]], Vectors],
        texts: Sequence[str],
        progress: Progress | None,
    ) -> Vectors:
        keys = [_key(encoder.model_version, prompt, text) for text in texts]
        found = self._get(keys, encoder.dimension)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        # Neighbours of one length share a batch without padding; the order of work does not change the result.
        todo = sorted(missing.items(), key=lambda item: len(item[1]))
        done = len(texts) - len(todo)
        if progress is not None:
            progress(done, len(texts))
        for start in range(0, len(todo), BLOCK):
            block = todo[start : start + BLOCK]
            vectors = np.ascontiguousarray(encode([text for _, text in block]), dtype=np.float32)
            self._put([key for key, _ in block], vectors)
            found |= {key: vector for (key, _), vector in zip(block, vectors, strict=True)}
            if progress is not None:
                progress(done + start + len(block), len(texts))
        rows = np.empty((len(keys), encoder.dimension), np.float32)
        for row, key in enumerate(keys):
            rows[row] = found[key]
        return rows

    def _get(self, keys: Sequence[bytes], dimension: int) -> dict[bytes, Vectors]:
        """What is known; a vector of another length than the model's is not taken."""
        vectors: dict[bytes, Vectors] = {}
        for start in range(0, len(keys), _LOOKED_UP):
            part = keys[start : start + _LOOKED_UP]
            marks = ",".join("?" * len(part))
            with self._lock:
                rows = self._connection.execute(
                    f"SELECT key, vector FROM embeddings WHERE key IN ({marks})", part
                ).fetchall()
            vectors |= {key: np.frombuffer(raw, np.float32) for key, raw in rows if len(raw) == 4 * dimension}
        return vectors

    def _put(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            self._connection.executemany(
                "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
                [(key, vector.tobytes()) for key, vector in zip(keys, vectors, strict=True)],
            )
            self._connection.execute("COMMIT")


def _key(model_version: str, prompt: str, text: str) -> bytes:
    model = hashlib.sha256(model_version.encode()).digest()[:8]
    return model + hashlib.blake2b(f"{prompt}\0{text}".encode(), digest_size=16).digest()

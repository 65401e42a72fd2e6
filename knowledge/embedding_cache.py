"""Embeddings on disk by model and text: a reindex that was interrupted, or that changes no text, encodes little.

A file of its own and no table: it may be deleted at any time, and it must not be in a backup of the truth.
"""

from __future__ import annotations

import hashlib
import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from retrieval.encoder.base import Encoder, Vectors


class EmbeddingCache:
    """Float32 vectors in one SQLite file; safe to use from many threads and processes."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._connection = sqlite3.connect(path, timeout=30, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode=WAL")
        self._connection.execute("PRAGMA synchronous=OFF")  # a lost cache is encoded again
        self._connection.execute(
            "CREATE TABLE IF NOT EXISTS embeddings (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID"
        )

    def encode(self, encoder: Encoder, texts: Sequence[str]) -> Vectors:
        """As `encoder.encode_passages`, shape (n, dimension); only texts that this model has not seen are encoded."""
        keys = [hashlib.sha256(f"{encoder.model_version}\0{text}".encode()).digest() for text in texts]
        found = self._get(keys, encoder.dimension)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in found}
        if missing:
            vectors = encoder.encode_passages(list(missing.values()))
            found |= dict(zip(missing, vectors, strict=True))
            with self._lock:
                self._connection.execute("BEGIN IMMEDIATE")
                self._connection.executemany(
                    "INSERT OR REPLACE INTO embeddings VALUES (?, ?)",
                    [(key, np.asarray(found[key], np.float32).tobytes()) for key in missing],
                )
                self._connection.execute("COMMIT")
        return np.stack([found[key] for key in keys]) if keys else np.zeros((0, encoder.dimension), np.float32)

    def _get(self, keys: Sequence[bytes], dimension: int) -> dict[bytes, Vectors]:
        marks = ",".join("?" * len(keys))
        with self._lock:
            rows = self._connection.execute(
                f"SELECT key, vector FROM embeddings WHERE key IN ({marks})", list(keys)
            ).fetchall()
        vectors = {key: np.frombuffer(raw, np.float32) for key, raw in rows}
        return {key: vector for key, vector in vectors.items() if len(vector) == dimension}

    def close(self) -> None:
        self._connection.close()

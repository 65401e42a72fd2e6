"""What a prepared model was made of: hashes by which a change of the source is known."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from retrieval.encoder import english, packaged
from retrieval.encoder.manifest import VECTORS

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def fingerprint(embedding_model: str) -> str:
    """Changes when the source does: by the content of a directory, by the name of an id (a hub revision is final)."""
    if not embedding_model:
        return packaged.WEIGHTS_SHA256
    if embedding_model == english.ENGLISH:
        return english.SHA256[english.WEIGHTS_FILE]
    folder = Path(embedding_model)
    digest = hashlib.sha256(embedding_model.encode())
    if folder.is_dir():
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            digest.update(str(path.relative_to(folder)).encode())
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def weights_hash(model: SentenceTransformer) -> str:
    """sha256 of the model's parameters by name: the same for the same weights on every machine."""
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().float().numpy().tobytes())
    return digest.hexdigest()


def vectors_hash(weights: str, length: int, query: str, passage: str, texts: Sequence[Sequence[str]]) -> str:
    """The part of a model's version that changes when its vectors do: weights (`weights_hash`), tokens that are read,
    both prompts, and the texts that quantizing looks at."""
    return hashlib.sha256(json.dumps([weights, VECTORS, length, query, passage, texts]).encode()).hexdigest()[:12]

"""The description beside a prepared model: what it was made from, how, and how well it passed the check."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from core.errors import ConfigurationError

FILE = "manifest.json"
COMPILED = "compiled"  # the finished directory inside a model's own; it appears by one rename
GRAPH = "model.onnx"
ALONE = "alone.onnx"  # the graph for one long text, where there is one
BATCH = "batch.onnx"  # the graph for several texts, where there is one; else the first one serves
WORDS = "words.bin"  # the table of word vectors that all of them read, where it was taken out
TOKENIZER = "tokenizer.json"
RECIPE = 7  # raise it when the compile step changes: prepared models are then made anew
VECTORS = 6  # the first recipe that gave these vectors: part of a model's version, and with another one goes the index

ONNX = "onnx"
SENTENCE_TRANSFORMERS = "sentence-transformers"


@dataclass(frozen=True, slots=True)
class Manifest:
    """`backend` is ONNX or SENTENCE_TRANSFORMERS; `source` is what the latter loads.

    `minimum_cosine` and `top10_overlap` are the results of the check against the fp32 torch model, `rejected` is what
    did not pass it or could not be made, `sizes` are the bytes of the other files.
    """

    recipe: int
    backend: str
    name: str
    source: str
    source_fingerprint: str
    model_version: str
    dimension: int
    max_length: int
    query_prompt: str
    passage_prompt: str
    pad_id: int
    rung: str
    minimum_cosine: float
    top10_overlap: float
    rejected: tuple[str, ...] = ()
    sizes: Mapping[str, int] = field(default_factory=dict)

    def write(self, directory: Path) -> None:
        """With the sizes of the files that are there now."""
        sizes = {path.name: path.stat().st_size for path in sorted(directory.iterdir()) if path.name != FILE}
        values = asdict(replace(self, sizes=sizes))
        (directory / FILE).write_text(json.dumps(values, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> Manifest:
        """Raises FileNotFoundError when there is none, ConfigurationError when another version wrote it."""
        values = json.loads((directory / FILE).read_text(encoding="utf-8"))
        try:
            return cls(**{**values, "rejected": tuple(values.get("rejected", ()))})
        except TypeError as error:
            raise ConfigurationError(
                f"{directory / FILE} was written by another version. Run `copilot models prepare`."
            ) from error

    def damage(self, directory: Path) -> str:
        """Which file is not as it was written; empty when all are."""
        for name, size in self.sizes.items():
            path = directory / name
            if not path.is_file():
                return f"{name} is missing"
            if path.stat().st_size != size:
                return f"{name} has {path.stat().st_size} bytes instead of {size}"
        return ""


def model_directory(models_dir: Path, embedding_model: str) -> Path:
    """Where a model's files are: its short name and a hash of the full id or path, so that two never collide."""
    if not embedding_model:
        return models_dir / "packaged"
    short = re.sub(r"[^A-Za-z0-9._-]+", "-", embedding_model.rstrip("/").rsplit("/", 1)[-1])[:60]
    return models_dir / f"{short}-{hashlib.sha256(embedding_model.encode()).hexdigest()[:8]}"

"""What a compiled model is checked against: a small set of our own texts and their vectors by the fp32 torch model.

`texts.json` holds the questions and passages (zh, en); the long passages are made of those. `packaged.json` holds the
packaged model's vectors and `english.json` those of the English model, which is checked on the English texts alone. For
another model the vectors are computed at set-up. Cosine alone says little, since unrelated e5 vectors are alike already
(0.7 to 0.9): so the ranking of the short passages must hold too. Long ones are alike by their making.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cache
from pathlib import Path

import numpy as np

from core.errors import ConfigurationError
from retrieval.chunking import estimate_tokens
from retrieval.encoder.base import Encoder, Vectors
from retrieval.language import detect

MINIMUM_COSINE = 0.99  # each text against fp32
MINIMUM_OVERLAP = 0.9  # mean share of the fp32 top 10 that is found, over the questions
TOP = 10

_FOLDER = Path(__file__).parent
_TEXTS = _FOLDER / "texts.json"
_PACKAGED, _ENGLISH = _FOLDER / "packaged.json", _FOLDER / "english.json"
LONG = 4  # long passages a language: they are served by a graph of their own
LONG_TOKENS = 250  # each, by estimate; what the chunker aims at
Texts = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class ReferenceVectors:
    """Unit vectors, float32: questions (q, d), passages (p, d) and long ones (l, d), in the order of the texts."""

    queries: Vectors
    passages: Vectors
    long: Vectors


@dataclass(frozen=True, slots=True)
class Comparison:
    """`minimum_cosine` over all texts, `top10_overlap` as the mean over the questions; both in [0, 1]."""

    minimum_cosine: float
    top10_overlap: float

    @property
    def passed(self) -> bool:
        return self.minimum_cosine >= MINIMUM_COSINE and self.top10_overlap >= MINIMUM_OVERLAP

    def __str__(self) -> str:
        return f"lowest cosine {self.minimum_cosine:.4f}, top-{TOP} overlap {self.top10_overlap:.3f}"


@cache
def reference_texts() -> Texts:
    """(questions, passages, long passages), written for this project."""
    content = json.loads(_TEXTS.read_text(encoding="utf-8"))
    passages = tuple(content["passages"])
    return (
        tuple(content["queries"]),
        passages,
        tuple(long for language in ("zh", "en") for long in _long(language, passages)),
    )


@cache
def english_texts() -> Texts:
    """Those of them that are English."""
    queries, passages, long = (tuple(t for t in texts if detect(t) == "en") for texts in reference_texts())
    return queries, passages, long


def _long(language: str, passages: Sequence[str]) -> Iterator[str]:
    """LONG times those of a language in a row, beginning with another one each, until LONG_TOKENS are together."""
    own = [text for text in passages if detect(text) == language]
    for turn in range(LONG):
        first = turn * len(own) // LONG
        long = ""
        for text in own[first:] + own[:first]:
            long += text if language == "zh" else f" {text}"
            if estimate_tokens(long) >= LONG_TOKENS:
                break
        yield long.strip()


def encode_reference(encoder: Encoder, texts: Texts | None = None) -> ReferenceVectors:
    """`texts` (the reference texts) through an encoder: questions one by one as when serving, passages in batches."""
    queries, passages, long = texts or reference_texts()
    rows = [encoder.encode_queries([text]) for text in queries]
    return ReferenceVectors(np.concatenate(rows), encoder.encode_passages(passages), encoder.encode_passages(long))


def packaged_vectors() -> ReferenceVectors:
    """The committed vectors. Raises ConfigurationError when they do not belong to the committed texts."""
    return _committed(_PACKAGED, reference_texts())


def english_vectors() -> ReferenceVectors:
    """The English model's on `english_texts()`. Raises ConfigurationError as `packaged_vectors`."""
    return _committed(_ENGLISH, english_texts())


def write_packaged(encoder: Encoder) -> None:
    """Commit the result of this after a change of the texts. `encoder`: the packaged model on torch, fp32."""
    _write(_PACKAGED, encoder, reference_texts())


def write_english(encoder: Encoder) -> None:
    """The same for the English model."""
    _write(_ENGLISH, encoder, english_texts())


def _committed(file: Path, texts: Texts) -> ReferenceVectors:
    content = json.loads(file.read_text(encoding="utf-8"))
    shape = (-1, int(content["dimension"]))
    parts = [
        np.frombuffer(base64.b64decode(content[kind]), "<f2").astype(np.float32).reshape(shape)
        for kind in ("queries", "passages", "long")
    ]
    if content["texts"] != _hash(texts) or [len(part) for part in parts] != [len(part) for part in texts]:
        raise ConfigurationError(f"{file.name} does not fit {_TEXTS.name}: write it anew with write_{file.stem}().")
    return ReferenceVectors(*parts)


def _write(file: Path, encoder: Encoder, texts: Texts) -> None:
    vectors = encode_reference(encoder, texts)
    content = {
        "model_version": encoder.model_version,
        "dimension": encoder.dimension,
        "texts": _hash(texts),
        "encoding": "base64 of little-endian float16, row by row",
        "queries": base64.b64encode(vectors.queries.astype("<f2").tobytes()).decode(),
        "passages": base64.b64encode(vectors.passages.astype("<f2").tobytes()).decode(),
        "long": base64.b64encode(vectors.long.astype("<f2").tobytes()).decode(),
    }
    file.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _hash(texts: Texts) -> str:
    return hashlib.sha256(json.dumps(texts).encode()).hexdigest()


def compare(found: ReferenceVectors, expected: ReferenceVectors) -> Comparison:
    """How near `found` is to `expected`, in the vectors and in the ranking of the passages for each question."""
    cosines = [
        np.sum(ours * theirs, axis=1) / np.linalg.norm(theirs, axis=1)
        for ours, theirs in zip(astuple(found), astuple(expected), strict=True)
    ]
    overlaps = [len(set(ours) & set(theirs)) / TOP for ours, theirs in zip(_top(found), _top(expected), strict=True)]
    return Comparison(float(np.concatenate(cosines).min()), float(np.mean(overlaps)))


def _top(vectors: ReferenceVectors) -> list[list[int]]:
    order = np.argsort(-(vectors.queries @ vectors.passages.T), axis=1, kind="stable")[:, :TOP]
    return [list(map(int, row)) for row in order]

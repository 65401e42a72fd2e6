"""A trained classifier on disk: `classifier.json` (what it is) and `weights.npz` (its numbers). Loading runs no code.

No pickle anywhere: arrays are read with allow_pickle=False, the rest is JSON. The JSON holds the checksum of the
weights, so that half a write or a mixed pair is noticed.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError
from retrieval.classify.calibration import BetaCalibration
from retrieval.classify.discriminant import Discriminant
from retrieval.classify.familiar import Familiar
from retrieval.classify.heads import EmbeddingHead, Head, NeighbourHead, NgramHead, PrototypeHead
from retrieval.classify.model import Classifier
from retrieval.classify.ngrams import NgramVocabulary
from retrieval.classify.scope import Geometry, Known, ScopeModel
from retrieval.classify.taxonomy import parse_taxonomy
from retrieval.encoder.base import Encoder

FORMAT = 3
SPEC, WEIGHTS = "classifier.json", "weights.npz"
_GEOMETRY = ("center", "within", "total", "means", "rows", "starts", "labels")
_FAMILIAR = ("idf", "starts", "owners", "told", "silence")
_NEIGHBOURS = ("center", "transform", "rows", "mass", "starts", "labels", "centroids")

Arrays = dict[str, NDArray[Any]]


def save(classifier: Classifier, folder: Path) -> str:
    """Write the classifier into `folder` (made if missing, replaced file by file). Returns its `model_version`.

    The version is a digest of the numbers and the settings: the same training gives the same version.
    """
    spec, arrays = _pack(classifier)
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, **arrays)
    weights = buffer.getvalue()
    spec["model_version"] = _digest(spec, arrays)
    spec["weights_sha256"] = hashlib.sha256(weights).hexdigest()
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / WEIGHTS, weights)
    _replace(folder / SPEC, json.dumps(spec, ensure_ascii=False, indent=1).encode())
    return str(spec["model_version"])


def content_version(classifier: Classifier) -> Classifier:
    """The same classifier with its `model_version` set to the digest that `save` gives it."""
    return replace(classifier, model_version=_digest(*_pack(classifier)))


def _digest(spec: dict[str, Any], arrays: Arrays) -> str:
    digest = hashlib.sha256(json.dumps({**spec, "report": None}, sort_keys=True).encode())
    for name in sorted(arrays):
        digest.update(name.encode() + np.ascontiguousarray(arrays[name]).tobytes())
    return f"intents-{digest.hexdigest()[:12]}"


def _pack(classifier: Classifier) -> tuple[dict[str, Any], Arrays]:
    arrays: Arrays = {}
    heads = [_pack_head(head, f"head{place}", arrays) for place, head in enumerate(classifier.heads)]
    if classifier.known is not None:
        for place, geometry in enumerate(classifier.known.geometries):
            arrays |= {f"geometry{place}.{name}": getattr(geometry, name) for name in _GEOMETRY}
        discriminant = classifier.known.discriminant
        arrays |= {"discriminant.weight": discriminant.weight, "discriminant.bias": discriminant.bias}
        familiar = classifier.known.familiar
        arrays |= {f"familiar.{name}": getattr(familiar, name) for name in _FAMILIAR}
        arrays["familiar.words"] = _joined(sorted(familiar.places, key=lambda word: familiar.places[word]))
    if classifier.scope is not None:
        arrays |= {f"scope.{name}": getattr(classifier.scope, name) for name in ("mean", "scale", "weights")}
    spec: dict[str, Any] = {
        "format": FORMAT,
        "labels": list(classifier.labels),
        "heads": heads,
        "weights": list(classifier.weights),
        "calibration": [classifier.calibration.a, classifier.calibration.b, classifier.calibration.c],
        "scope_bias": None if classifier.scope is None else classifier.scope.bias,
        "known": None if classifier.known is None else _pack_known(classifier.known),
        "second": None if classifier.second is None else classifier.second.model_version,
        "has_oos": classifier.has_oos,
        "minimum_confidence": classifier.minimum_confidence,
        "maximum_out_of_scope": classifier.maximum_out_of_scope,
        "encoder_version": classifier.encoder_version,
        "dimension": classifier.dimension,
        "taxonomy": classifier.taxonomy.to_json(),
        "report": classifier.report,
    }
    return spec, arrays


def load(folder: Path, second: Callable[[], Encoder | None] = lambda: None) -> Classifier:
    """Read what `save` wrote. `second` is called when it was trained with a second encoder.

    Raises ConfigurationError when files are missing, damaged or of another format, and when `second` gives another
    encoder than that one.
    """
    try:
        spec = json.loads((folder / SPEC).read_text(encoding="utf-8"))
        weights = (folder / WEIGHTS).read_bytes()
    except FileNotFoundError as error:
        raise ConfigurationError(
            f"No trained classifier in {folder}: {error.filename} is missing. Train one first."
        ) from None
    except ValueError as error:
        raise ConfigurationError(f"{folder / SPEC} is damaged ({error}). Train the classifier again.") from None
    if not isinstance(spec, dict) or spec.get("format") != FORMAT:
        raise ConfigurationError(f"{folder / SPEC} is not of format {FORMAT}. Train the classifier again.")
    if hashlib.sha256(weights).hexdigest() != spec.get("weights_sha256"):
        raise ConfigurationError(
            f"{folder / WEIGHTS} does not belong to {SPEC} or is damaged. Train the classifier again."
        )
    try:
        with np.load(io.BytesIO(weights), allow_pickle=False) as file:
            arrays: Arrays = {name: file[name] for name in file.files}
        return _unpack(spec, arrays, _second(spec.get("second"), second))
    except (KeyError, TypeError, ValueError, BadZipFile) as error:
        raise ConfigurationError(f"The classifier in {folder} cannot be read ({error!r}). Train it again.") from None


def _second(wanted: str | None, second: Callable[[], Encoder | None]) -> Encoder | None:
    if wanted is None:
        return None
    found = second()
    if found is None or found.model_version != wanted:
        raise ConfigurationError(
            f"The classifier was trained with the second embedding model {wanted}. Set COPILOT_CLASSIFIER_MODEL as it "
            "was then, or run `copilot train intents`."
        )
    return found


def _unpack(spec: dict[str, Any], arrays: Arrays, second: Encoder | None) -> Classifier:
    known = None
    if spec["known"] is not None:
        words = _separated(arrays["familiar.words"])
        known = Known(
            tuple(
                Geometry((start, stop), *(arrays[f"geometry{number}.{name}"] for name in _GEOMETRY))
                for number, (start, stop) in enumerate(spec["known"]["places"])
            ),
            Discriminant(arrays["discriminant.weight"], arrays["discriminant.bias"]),
            Familiar(
                {word: place for place, word in enumerate(words)},
                unseen=spec["known"]["unseen"],
                **{name: arrays[f"familiar.{name}"] for name in _FAMILIAR},
            ),
        )
    scope = None
    if spec["scope_bias"] is not None:
        scope = ScopeModel(arrays["scope.mean"], arrays["scope.scale"], arrays["scope.weights"], spec["scope_bias"])
    return Classifier(
        labels=tuple(spec["labels"]),
        heads=tuple(_unpack_head(head, f"head{place}", arrays) for place, head in enumerate(spec["heads"])),
        weights=tuple(spec["weights"]),
        taxonomy=parse_taxonomy(spec["taxonomy"]),
        encoder_version=spec["encoder_version"],
        dimension=spec["dimension"],
        calibration=BetaCalibration(*spec["calibration"]),
        known=known,
        second=second,
        scope=scope,
        has_oos=spec["has_oos"],
        minimum_confidence=spec["minimum_confidence"],
        maximum_out_of_scope=spec["maximum_out_of_scope"],
        model_version=spec["model_version"],
        report=spec["report"],
    )


def _pack_head(head: Head, prefix: str, arrays: Arrays) -> dict[str, Any]:
    if isinstance(head, EmbeddingHead):
        arrays |= {f"{prefix}.weight": head.weight, f"{prefix}.bias": head.bias}
        return {"kind": "embedding"}
    if isinstance(head, NgramHead):
        grams = sorted(head.vocabulary.columns, key=lambda gram: head.vocabulary.columns[gram])
        arrays |= {
            f"{prefix}.weight": head.weight,
            f"{prefix}.bias": head.bias,
            f"{prefix}.idf": head.vocabulary.idf,
            f"{prefix}.grams": _joined(grams),
        }
        return {"kind": "ngrams"}
    if isinstance(head, PrototypeHead):
        arrays |= {f"{prefix}.{name}": getattr(head, name) for name in ("prototypes", "owners", "center")}
        return {"kind": "prototypes", "nearest": head.nearest, "scale": head.scale}
    if isinstance(head, NeighbourHead):
        arrays |= {f"{prefix}.{name}": getattr(head, name) for name in _NEIGHBOURS}
        return {"kind": "neighbours", "columns": head.columns, "sharpness": head.sharpness}
    raise TypeError(f"a head of type {type(head).__name__} cannot be saved")


def _unpack_head(spec: dict[str, Any], prefix: str, arrays: Arrays) -> Head:
    if spec["kind"] == "embedding":
        return EmbeddingHead(arrays[f"{prefix}.weight"], arrays[f"{prefix}.bias"])
    if spec["kind"] == "ngrams":
        grams = _separated(arrays[f"{prefix}.grams"])
        vocabulary = NgramVocabulary({gram: place for place, gram in enumerate(grams)}, arrays[f"{prefix}.idf"])
        return NgramHead(vocabulary, arrays[f"{prefix}.weight"], arrays[f"{prefix}.bias"])
    if spec["kind"] == "prototypes":
        prototypes, owners, center = (arrays[f"{prefix}.{name}"] for name in ("prototypes", "owners", "center"))
        return PrototypeHead(prototypes, owners, center, spec["nearest"], spec["scale"])
    if spec["kind"] == "neighbours":
        parts: dict[str, Any] = {name: arrays[f"{prefix}.{name}"] for name in _NEIGHBOURS}
        return NeighbourHead(**parts, columns=spec["columns"], sharpness=spec["sharpness"])
    raise ValueError(f"unknown head {spec['kind']!r}")


def _pack_known(known: Known) -> dict[str, Any]:
    return {"places": [list(geometry.place) for geometry in known.geometries], "unseen": known.familiar.unseen}


def _joined(words: Sequence[str]) -> NDArray[np.uint8]:
    """A word or an n-gram never holds a line break: the tokenizer keeps letters and digits only."""
    return np.frombuffer("\n".join(words).encode(), dtype=np.uint8)


def _separated(packed: NDArray[np.uint8]) -> list[str]:
    return packed.tobytes().decode().split("\n") if packed.size else []


def _replace(path: Path, data: bytes) -> None:
    """Write aside and rename, so that a reader never sees half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(data)
    aside.replace(path)

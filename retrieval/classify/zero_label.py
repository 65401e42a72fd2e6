"""The start without any labelled ticket: the nearest intent description, made calibrated by its own phrases."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.calibration import confidence_threshold, softmax
from retrieval.classify.heads import PrototypeHead, unit
from retrieval.classify.model import Classifier
from retrieval.classify.storage import content_version
from retrieval.classify.taxonomy import Taxonomy, load_taxonomy
from retrieval.encoder.base import Encoder

log = logging.getLogger(__name__)

Floats = NDArray[np.float32]
TARGET_PRECISION = 0.8  # of the intents that it names, measured on phrases it was not shown
_TEMPERATURES = np.geomspace(2, 200, 60)
_NEAREST = (0.5, 0.7, 0.9)

_lock = threading.Lock()
_loaded: dict[str, Classifier] = {}


def load_default(encoder: Encoder, taxonomy: Taxonomy | None = None, cache_dir: Path | None = None) -> Classifier:
    """The zero-label classifier; built once a process for each encoder version and taxonomy.

    `cache_dir` keeps the embedded descriptions between starts (a .npz; a damaged one is computed again).
    """
    taxonomy = taxonomy or load_taxonomy()
    texts = [text for intent in taxonomy.intents.values() for text in intent.texts]
    key = hashlib.sha256(json.dumps([encoder.model_version, taxonomy.to_json()], sort_keys=True).encode()).hexdigest()[
        :16
    ]
    with _lock:
        if key not in _loaded:
            vectors = cached_vectors(encoder, texts, cache_dir / f"intents-{key}.npz" if cache_dir else None)
            _loaded[key] = build_zero_label(taxonomy, vectors, encoder.model_version)
        return _loaded[key]


def description_vectors(encoder: Encoder, texts: list[str]) -> Floats:
    """Descriptions and phrases stand for messages, so they are embedded as queries are."""
    return encoder.encode_queries(texts)


def build_zero_label(taxonomy: Taxonomy, vectors: Floats, encoder_version: str) -> Classifier:
    """`vectors` (m, d) embed the `texts` of all intents in order.

    The scale of the scores, how much the nearest phrase counts and the threshold are fitted by leaving each example
    phrase out together with its translations (the phrase of the same place in the other languages).
    """
    owners, groups = _owners_and_groups(taxonomy)
    center = vectors.mean(axis=0)
    prototypes = unit(vectors - center)
    nearest, scale, confidence, correct = _fit(prototypes, owners, groups)
    classifier = Classifier(
        labels=tuple(taxonomy.intents),
        heads=(PrototypeHead(prototypes, owners, center, nearest, scale),),
        weights=(1.0,),
        taxonomy=taxonomy,
        encoder_version=encoder_version,
        dimension=vectors.shape[1],
        minimum_confidence=confidence_threshold(confidence, correct, TARGET_PRECISION),
        report={
            "method": "nearest description, no labels",
            "accuracy_on_left_out_phrases": float(correct.mean()),
            "phrases": len(correct),
        },
    )
    return content_version(classifier)


def _owners_and_groups(taxonomy: Taxonomy) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each text its intent's place, and a number shared by the translations of a phrase (-1: not a phrase)."""
    owners: list[int] = []
    groups: list[int] = []
    next_group = 0
    for place, intent in enumerate(taxonomy.intents.values()):
        owners += [place] * len(intent.texts)
        by_language = list((intent.phrases or {}).values())
        groups += [-1] * (len(intent.texts) - sum(len(group) for group in by_language))
        for phrases in by_language:
            groups += [next_group + number for number in range(len(phrases))]
        next_group += max((len(phrases) for phrases in by_language), default=0)
    return np.array(owners), np.array(groups)


def _fit(
    prototypes: Floats, owners: NDArray[np.int64], groups: NDArray[np.int64]
) -> tuple[float, float, NDArray[np.float64], NDArray[np.bool_]]:
    """The weight of the nearest phrase, the scale, and the confidences on left-out phrases and whether right."""
    asked = np.flatnonzero(groups >= 0)
    zero = np.zeros(prototypes.shape[1], dtype=np.float32)
    if len(asked) == 0:
        return _NEAREST[1], float(_TEMPERATURES[len(_TEMPERATURES) // 2]), np.zeros(1), np.zeros(1, dtype=bool)
    best: tuple[float, float, float, Floats] | None = None
    for nearest in _NEAREST:
        rows = []
        for place in asked:
            kept = groups != groups[place]
            head = PrototypeHead(prototypes[kept], owners[kept], zero, nearest)
            rows.append(head.scores([""], prototypes[place : place + 1])[0])
        scores = np.stack(rows)
        for scale in _TEMPERATURES:
            probabilities = softmax(np.asarray(scores * scale, dtype=np.float32))
            loss = -float(np.log(probabilities[np.arange(len(asked)), owners[asked]] + 1e-9).mean())
            if best is None or loss < best[0]:
                best = (loss, nearest, float(scale), probabilities)
    assert best is not None
    _, nearest, scale, probabilities = best
    return nearest, scale, probabilities.max(axis=1).astype(np.float64), probabilities.argmax(axis=1) == owners[asked]


def cached_vectors(encoder: Encoder, texts: list[str], path: Path | None) -> Floats:
    """Query embeddings (n, d) of `texts`, kept in the .npz at `path` between starts."""
    if path is not None and path.exists():
        try:
            with np.load(path, allow_pickle=False) as file:
                stored = np.asarray(file["vectors"], dtype=np.float32)
            if stored.shape == (len(texts), encoder.dimension):
                return stored
        except (OSError, ValueError, KeyError) as error:
            log.warning("The cached intent descriptions in %s cannot be read (%s): computing them again.", path, error)
    vectors = description_vectors(encoder, texts)
    if path is not None:
        path.parent.mkdir(parents=True, exist_ok=True)
        aside = path.with_name(f".{path.stem}.{os.getpid()}.npz")
        np.savez(aside, vectors=vectors)
        aside.replace(path)
    return vectors

"""The classifier as it serves: text and embedding in, `Classification` out. Numpy only, no scikit-learn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from retrieval.classify.calibration import IDENTITY, BetaCalibration, softmax, stacked
from retrieval.classify.heads import Head
from retrieval.classify.priority import assess_priority
from retrieval.classify.scope import Known, ScopeModel
from retrieval.classify.taxonomy import Taxonomy
from retrieval.encoder.base import Encoder
from retrieval.language import detect
from retrieval.types import Classification

Floats = NDArray[np.float32]
RANKING = 5  # how many intents a Classification lists


@dataclass(frozen=True, slots=True)
class Predictions:
    """Of n messages over k labels. `probabilities` (n, k) sum to 1 and are calibrated at the top; `confidence` (n) is
    the highest; `out_of_scope` (n) in [0, 1], more is further away from everything known."""

    labels: tuple[str, ...]
    probabilities: Floats
    confidence: NDArray[np.float64]
    out_of_scope: NDArray[np.float64]

    @property
    def best(self) -> list[str]:
        return [self.labels[place] for place in self.probabilities.argmax(axis=1)]


@dataclass(frozen=True, slots=True)
class Classifier:
    """Immutable; safe to share between threads.

    `heads` score `labels` (k) and, when `has_oos`, one more column for out-of-scope. `minimum_confidence` and
    `maximum_out_of_scope` are where it abstains. `second` is asked for an embedding of its own. `report` is how it was
    trained, for people.
    """

    labels: tuple[str, ...]
    heads: tuple[Head, ...]
    weights: tuple[float, ...]
    taxonomy: Taxonomy
    encoder_version: str
    dimension: int
    calibration: BetaCalibration = IDENTITY
    known: Known | None = None
    second: Encoder | None = None
    scope: ScopeModel | None = None
    has_oos: bool = False
    minimum_confidence: float = 0.0
    maximum_out_of_scope: float = 1.0
    model_version: str = "unsaved"
    report: dict[str, Any] = field(default_factory=dict)

    def predict_many(self, texts: Sequence[str], vectors: Floats) -> Predictions:
        """`vectors` (n, d) are the encoder's query embeddings of `texts`. Raises InvalidInput on another shape."""
        vectors = np.asarray(vectors, dtype=np.float32)
        if vectors.ndim != 2 or vectors.shape != (len(texts), self.dimension):
            raise InvalidInput(
                f"{len(texts)} texts came with embeddings of shape {vectors.shape}; this classifier was trained on "
                f"{self.encoder_version} with {self.dimension} dimensions. Encode with the same model, or retrain.",
                shape=list(vectors.shape),
            )
        if self.second is not None:
            vectors = np.hstack([vectors, self.second.encode_queries(texts)])
        return self.predict_rows(texts, vectors)

    def predict_rows(self, texts: Sequence[str], vectors: Floats) -> Predictions:
        """As `predict_many`; `vectors` are whole rows, with the columns of `second` if there is one."""
        logits, oos_logit = self.logits(texts, vectors)
        raw = softmax(logits)
        out_of_scope = np.zeros(len(texts))
        if self.scope is not None and self.known is not None:
            out_of_scope = self.scope(self.known.evidence(texts, vectors, raw, logits, oos_logit))
        top = raw.max(axis=1)
        confidence = self.calibration(top)
        # The rest keeps its proportions, so that a row sums to 1 again.
        rest = (1 - confidence) / np.maximum(1 - top.astype(np.float64), 1e-9)
        probabilities = (raw * rest[:, None]).astype(np.float32)
        probabilities[np.arange(len(texts)), raw.argmax(axis=1)] = confidence
        return Predictions(self.labels, probabilities, confidence, out_of_scope)

    def logits(self, texts: Sequence[str], vectors: Floats) -> tuple[Floats, NDArray[np.float64] | None]:
        """Stacked logits (n, k) of the labels and, if trained with out-of-scope rows, its log-odds (n).

        `vectors`: whole rows, with the columns of `second`.
        """
        both = stacked([head.scores(texts, vectors) for head in self.heads], self.weights)
        return split_oos(both, self.has_oos)

    def predict(self, text: str, vector: Floats, language: str | None = None) -> Classification:
        """Classify one message. `vector` (d): its query embedding. `language` overrides the detected one."""
        found = self.predict_many([text], np.asarray(vector, dtype=np.float32).reshape(1, -1))
        order = np.argsort(-found.probabilities[0], kind="stable")[:RANKING]
        ranking = tuple((self.labels[place], float(found.probabilities[0, place])) for place in order)
        intent, confidence = ranking[0]
        abstained = confidence < self.minimum_confidence or bool(found.out_of_scope[0] > self.maximum_out_of_scope)
        known = None if abstained else self.taxonomy[intent]
        priority = assess_priority(text, known.priority if known else "normal")
        return Classification(
            intent=None if abstained else intent,
            confidence=confidence,
            ranking=ranking,
            category=known.category if known else None,
            priority=priority.level,
            language=language or detect(text),
            model_version=self.model_version,
            abstained=abstained,
            out_of_scope=float(found.out_of_scope[0]),
            priority_reasons=priority.reasons,
        )


def split_oos(both: Floats, has_oos: bool) -> tuple[Floats, NDArray[np.float64] | None]:
    """Separate the last column (out of scope), if there is one: logits (n, k) and its log-odds against the rest (n)."""
    if not has_oos:
        return both, None
    inside = both[:, :-1]
    top = inside.max(axis=1)
    rest = top + np.log(np.exp(inside - top[:, None]).sum(axis=1))
    return inside, (both[:, -1] - rest).astype(np.float64)

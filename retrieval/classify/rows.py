"""Labelled rows as training sees them, and the checks that come before."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from retrieval.classify.taxonomy import Taxonomy
from retrieval.encoder.base import Encoder

Floats = NDArray[np.float32]
DESCRIPTION_WEIGHT = 4.0  # an intent's description and phrases together weigh as much as this many labelled messages


@dataclass(frozen=True, slots=True)
class Rows:
    """n labelled messages. `targets` (n) are places in `labels`; len(labels) stands for out of scope.

    `extra_*` are rows that only ever train and are never predicted: the descriptions, with their weights. `widths`: the
    columns of `vectors` by encoder, the installation's first and a second one's after it, if there is one.
    """

    texts: list[str]
    vectors: Floats
    targets: NDArray[np.int64]
    labels: tuple[str, ...]
    has_oos: bool
    extra_texts: list[str]
    extra_vectors: Floats
    extra_targets: NDArray[np.int64]
    extra_weights: NDArray[np.float64]
    widths: tuple[int, ...] = ()

    def part(self, view: int | None) -> slice:
        """Columns of `vectors` that the encoder of number `view` made; None: all."""
        if view is None or not self.widths:
            return slice(0, self.vectors.shape[1])
        start = sum(self.widths[:view])
        return slice(start, start + self.widths[view])

    @property
    def columns(self) -> int:
        """Number of scores that a head gives: one a label, and one for out of scope if there are such rows."""
        return len(self.labels) + self.has_oos

    @property
    def in_scope(self) -> NDArray[np.bool_]:
        return self.targets < len(self.labels)

    def take(self, places: NDArray[np.int64]) -> Rows:
        """Some of the rows; all of the descriptions."""
        return Rows(
            [self.texts[place] for place in places],
            self.vectors[places],
            self.targets[places],
            self.labels,
            self.has_oos,
            self.extra_texts,
            self.extra_vectors,
            self.extra_targets,
            self.extra_weights,
            self.widths,
        )

    @property
    def training(self) -> tuple[list[str], Floats, NDArray[np.int64], NDArray[np.float64]]:
        """Texts, vectors, targets and weights to train on, descriptions included."""
        return (
            self.texts + self.extra_texts,
            np.concatenate([self.vectors, self.extra_vectors]),
            np.concatenate([self.targets, self.extra_targets]),
            np.concatenate([np.ones(len(self.texts)), self.extra_weights]),
        )


def check(
    texts: list[str], labels: list[str], taxonomy: Taxonomy | None, oos_label: str | None, drop_rare: bool
) -> tuple[NDArray[np.int64], dict[str, int]]:
    """Places of the rows to train on, and the labels left out as too rare. Raises InvalidInput (`train_classifier`)."""
    if len(texts) != len(labels):
        raise InvalidInput(f"There are {len(texts)} texts but {len(labels)} labels. Give one label for each text.")
    if not texts:
        raise InvalidInput("There are no labelled messages to train on.")
    for number, (text, label) in enumerate(zip(texts, labels, strict=True), start=1):
        if not text.strip() or not label.strip():
            field = "text" if not text.strip() else "label"
            raise InvalidInput(
                f"Row {number} has an empty {field}. Fill it in or remove the row.", row=number, field=field
            )
    described = {intent.id for intent in taxonomy.intents.values() if intent.texts} if taxonomy else set()
    counts = Counter(labels)
    rare = {
        label: count for label, count in counts.items() if count < 2 and label not in described and label != oos_label
    }
    if rare and not drop_rare:
        shown = ", ".join(f"'{label}'" for label in sorted(rare)[:10])
        raise InvalidInput(
            f"{len(rare)} label(s) have a single example: {shown}. Two are the least, ten are better: label more "
            "messages, merge the label into another, or remove the row.",
            labels=sorted(rare),
        )
    kept = np.array([place for place, label in enumerate(labels) if label not in rare], dtype=np.int64)
    found = {labels[place] for place in kept if labels[place] != oos_label} | described
    if len(found) < 2:
        raise InvalidInput(
            f"Training needs at least two labels with two or more examples; there are {len(found)}"
            + (f" ('{next(iter(found))}')." if found else "."),
            labels=sorted(found),
        )
    return kept, rare


def build(
    texts: list[str],
    labels: list[str],
    vectors: Floats,
    encoder: Encoder,
    taxonomy: Taxonomy | None,
    oos_label: str | None,
    second: Encoder | None = None,
) -> Rows:
    """Rows of checked texts and labels, with the taxonomy's descriptions beside them.

    `vectors`: of the encoder and, with `second`, those of that one beside them.
    """
    intents = [intent for intent in taxonomy.intents.values() if intent.texts] if taxonomy else []
    names = sorted({label for label in labels if label != oos_label} | {intent.id for intent in intents})
    place = {name: number for number, name in enumerate(names)}
    has_oos = oos_label is not None and oos_label in labels
    extra_texts = [text for intent in intents for text in intent.texts]
    return Rows(
        texts=texts,
        vectors=vectors,
        targets=np.array([place.get(label, len(names)) for label in labels], dtype=np.int64),
        labels=tuple(names),
        has_oos=has_oos,
        extra_texts=extra_texts,
        extra_vectors=encode(encoder, extra_texts, second),
        extra_targets=np.array([place[intent.id] for intent in intents for _ in intent.texts], dtype=np.int64),
        extra_weights=np.array([DESCRIPTION_WEIGHT / len(intent.texts) for intent in intents for _ in intent.texts]),
        widths=(encoder.dimension,) if second is None else (encoder.dimension, second.dimension),
    )


def remembered(targets: NDArray[np.int64], labels: NDArray[np.int64], seed: int, most: int) -> list[NDArray[np.int64]]:
    """Places of the rows of each label to keep, at most about `most` altogether, drawn with `seed`."""
    random = np.random.default_rng(seed)
    share = max(20, most // len(labels))
    return [np.sort(random.permutation(np.flatnonzero(targets == label))[:share]) for label in labels]


def encode(encoder: Encoder, texts: Sequence[str], second: Encoder | None = None) -> Floats:
    """Query embeddings, those of `second` in columns after the first's. Descriptions stand for messages as well."""
    encoders = [encoder] if second is None else [encoder, second]
    if not texts:
        return np.zeros((0, sum(one.dimension for one in encoders)), dtype=np.float32)
    return np.hstack([one.encode_queries(texts) for one in encoders])

"""Pieces of training messages that play short messages: some tell their intent, some could mean anything.

Customers in a chat write "EMI" as well as "to order" and "my product". A run of words that stands in rows of several
labels, none of which has more than half of them, tells none: nobody can name its intent. A run that nine of ten times
stands in rows of one label tells that one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.ngrams import ordered_words
from retrieval.classify.rows import Rows, encode
from retrieval.encoder.base import Encoder

LONGEST: Final = 4  # Latin words or Han characters
_ROWS = 3  # that a run must stand in
_MOST = 200  # of each kind
_AMBIGUOUS, _TELLING = 0.5, 0.9  # share of the commonest label
NO_LABEL: Final = -1


@dataclass(frozen=True, slots=True)
class Fragments:
    """`owners` (n): the label that a text tells, or `NO_LABEL`; `vectors` (n, d) as those of the rows. `share`: of the
    training messages, those that are no longer than a fragment; at most one half."""

    texts: list[str]
    vectors: NDArray[np.float32]
    owners: NDArray[np.int64]
    share: float


def cut_fragments(rows: Rows, encoder: Encoder, second: Encoder | None, seed: int) -> Fragments:
    """Fragments of the in-scope rows, at most `_MOST` of each kind, drawn with `seed`; none that is itself a row."""
    inside = np.flatnonzero(rows.in_scope)
    texts = [rows.texts[place] for place in inside]
    ambiguous, telling = runs(texts, rows.targets[inside].tolist())
    random = np.random.default_rng(seed)
    drawn = [pool[place] for pool in (ambiguous, telling) for place in np.sort(random.permutation(len(pool))[:_MOST])]
    lengths = np.array([len(ordered_words(text)) for text in texts])
    return Fragments(
        texts=[text for text, _ in drawn],
        vectors=encode(encoder, [text for text, _ in drawn], second),
        owners=np.array([owner for _, owner in drawn], dtype=np.int64),
        share=min(0.5, float((lengths <= LONGEST).mean())),
    )


def runs(texts: Sequence[str], targets: Sequence[int]) -> tuple[list[tuple[str, int]], list[tuple[str, int]]]:
    """Runs of up to `LONGEST` words that tell no label, and those that tell one, each with its label, in order."""
    where: dict[tuple[str, ...], Counter[int]] = defaultdict(Counter)
    whole: set[tuple[str, ...]] = set()
    for text, label in zip(texts, targets, strict=True):
        words = tuple(ordered_words(text))
        whole.add(words)
        spans = range(1, LONGEST + 1)
        for run in {words[start : start + size] for size in spans for start in range(len(words) - size + 1)}:
            where[run][label] += 1
    ambiguous: list[tuple[str, int]] = []
    telling: list[tuple[str, int]] = []
    for run, labels in sorted(where.items()):
        if labels.total() < _ROWS or run in whole:
            continue
        ((label, count),) = labels.most_common(1)
        share = count / labels.total()
        if share <= _AMBIGUOUS:
            ambiguous.append((_written(run), NO_LABEL))
        elif share >= _TELLING:
            telling.append((_written(run), label))
    return ambiguous, telling


def _written(words: Sequence[str]) -> str:
    """Latin words with a space before and after, Han characters without."""
    text = ""
    for word in words:
        apart = text and (word[0].isascii() or text[-1].isascii())
        text += f" {word}" if apart else word
    return text

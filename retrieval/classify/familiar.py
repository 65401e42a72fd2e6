"""How much of a message consists of words that training met, and met with the intent that it is taken for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.ngrams import words


@dataclass(frozen=True, slots=True)
class Familiar:
    """`places`: word → its place; `idf` (words) as in `ngrams`, `unseen` that of any other word; the word at place p
    stands in rows of the labels owners[starts[p]:starts[p + 1]]."""

    places: Mapping[str, int]
    idf: NDArray[np.float64]
    unseen: float
    starts: NDArray[np.int64]
    owners: NDArray[np.int64]

    @classmethod
    def fit(cls, texts: Sequence[str], targets: Iterable[int]) -> Familiar:
        """`targets`: the label of each text."""
        counts: dict[str, int] = defaultdict(int)
        labels: dict[str, set[int]] = defaultdict(set)
        for text, label in zip(texts, targets, strict=True):
            for word in words(text):
                counts[word] += 1
                labels[word].add(int(label))
        order = sorted(counts)
        frequency = np.array([counts[word] for word in order], dtype=np.float64)
        owners = [sorted(labels[word]) for word in order]
        return cls(
            places={word: place for place, word in enumerate(order)},
            idf=np.log((1 + len(texts)) / (1 + frequency)) + 1,
            unseen=float(np.log(1 + len(texts)) + 1),
            starts=np.cumsum([0, *map(len, owners)]),
            owners=np.array([label for row in owners for label in row], dtype=np.int64),
        )

    def evidence(self, texts: Sequence[str], labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 3): ln(1 + words); the idf share of known words; that of words known from rows of `labels` (n).

        One is added above and below in both shares: of a message without words nothing speaks against it.
        """
        out = np.empty((len(texts), 3))
        for row, text in enumerate(texts):
            total = known = owned = 1.0
            found = words(text)
            for word in found:
                place = self.places.get(word)
                weight = self.unseen if place is None else float(self.idf[place])
                total += weight
                if place is not None:
                    known += weight
                    if labels[row] in self.owners[self.starts[place] : self.starts[place + 1]]:
                        owned += weight
            out[row] = np.log1p(len(found)), known / total, owned / total
        return out

"""What the words of a message say: which of them training met, and how much likelier its intent makes them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.ngrams import words

SMOOTHING: Final = 50.0  # words of the language at large that each label is taken to have said as well


@dataclass(frozen=True, slots=True)
class Familiar:
    """`places`: word → its place; `idf` (words) as in `ngrams`, `unseen` that of any other word; the word at place p
    stands in rows of the labels owners[starts[p]:starts[p + 1]].

    Log-odds of a word under a label against all rows, smoothed towards these (Dirichlet prior of `SMOOTHING` words;
    Zhai and Lafferty 2004): `silence` (labels) of a word that the label has not, to which `told` (as `owners`) is added
    for one that it has.
    """

    places: Mapping[str, int]
    idf: NDArray[np.float64]
    unseen: float
    starts: NDArray[np.int64]
    owners: NDArray[np.int64]
    told: NDArray[np.float64]
    silence: NDArray[np.float64]

    @classmethod
    def fit(cls, texts: Sequence[str], targets: Sequence[int], labels: int) -> Familiar:
        """`targets`: the label of each text, less than `labels`. A label without a text is taken for the longest."""
        said: dict[str, Counter[int]] = defaultdict(Counter)
        sizes = np.zeros(labels)
        for text, label in zip(texts, targets, strict=True):
            for word in words(text):
                said[word][int(label)] += 1
                sizes[int(label)] += 1
        order = sorted(said)
        frequency = np.array([said[word].total() for word in order], dtype=np.float64)
        share = (frequency + 0.5) / (frequency.sum() + 0.5 * (len(order) + 1))
        owners = [sorted(said[word]) for word in order]
        counts = [said[word][label] for word, row in zip(order, owners, strict=True) for label in row]
        lengths = np.array([len(row) for row in owners], dtype=np.int64)
        sizes = np.where(sizes > 0, sizes, sizes.max())
        return cls(
            places={word: place for place, word in enumerate(order)},
            idf=np.log((1 + len(texts)) / (1 + frequency)) + 1,
            unseen=float(np.log(1 + len(texts)) + 1),
            starts=np.r_[0, np.cumsum(lengths)],
            owners=np.array([label for row in owners for label in row], dtype=np.int64),
            told=np.log1p(np.array(counts) / (SMOOTHING * np.repeat(share, lengths))),
            silence=np.log(SMOOTHING / (sizes + SMOOTHING)),
        )

    def evidence(self, texts: Sequence[str], labels: NDArray[np.int64]) -> NDArray[np.float64]:
        """(n, 6): ln(1 + words); the idf share of known words; that of words known from rows of `labels` (n); the
        log-odds of the words under that label, the same less those of any other label, and the highest of all labels.
        The last three over √words.

        One is added above and below in both shares: of a message without words nothing speaks against it.
        """
        out = np.empty((len(texts), 6))
        for row, text in enumerate(texts):
            label = labels[row]
            total = known = owned = 1.0
            found = words(text)
            odds = len(found) * self.silence
            for word in sorted(found):  # in a fixed order, so that sums are the same in every process
                place = self.places.get(word)
                weight = self.unseen if place is None else float(self.idf[place])
                total += weight
                if place is None:
                    continue
                known += weight
                span = slice(self.starts[place], self.starts[place + 1])
                owners = self.owners[span]
                odds[owners] += self.told[span]
                if label in owners:
                    owned += weight
            likely, likeliest = odds[label], odds.max()
            lead = likely - np.delete(odds, label).max() if len(odds) > 1 else 0.0
            shares = known / total, owned / total
            out[row] = np.log1p(len(found)), *shares, *np.array([likely, lead, likeliest]) / max(1, len(found)) ** 0.5
        return out

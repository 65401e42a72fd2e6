"""TF-IDF features of word and character n-grams, the same code for training and serving.

Words are Latin words and single Han characters: word 1- and 2-grams; character 2- to 5-grams stay inside a word with
its borders, as in scikit-learn's `char_wb`; Han runs give character 2- and 3-grams, which stand for Chinese words.
Weights are (1 + ln tf) * idf with idf = ln((1 + n) / (1 + df)) + 1 (scikit-learn's smooth idf), and the words' part and
the characters' part are each scaled to length 1.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_TOKEN = re.compile(r"[\u3400-\u9fff]+|[^\W_\u3400-\u9fff]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
MAX_CHARACTERS = 2000  # of a message; what is longer is a pasted document, and its beginning says what is wanted

Grams = Counter[str]


def normalized_tokens(text: str) -> list[str]:
    """Words and Han runs of `text` after NFKC and lower-casing."""
    return _TOKEN.findall(unicodedata.normalize("NFKC", text[:MAX_CHARACTERS]).lower())


def ordered_words(text: str) -> list[str]:
    """The Latin words and single Han characters of `text`."""
    return list(_single(normalized_tokens(text)))


def words(text: str) -> set[str]:
    """The different Latin words and single Han characters of `text`."""
    return set(ordered_words(text))


def _single(tokens: Sequence[str]) -> Iterator[str]:
    for token in tokens:
        yield from token if _HAN.match(token) else (token,)


def _words(tokens: Sequence[str]) -> Iterator[str]:
    previous = ""
    for word in _single(tokens):
        yield f"w{word}"
        if previous:
            yield f"w{previous} {word}"
        previous = word


def _characters(tokens: Sequence[str]) -> Iterator[str]:
    for token in tokens:
        han = bool(_HAN.match(token))
        padded = token if han else f" {token} "
        for size in (2, 3) if han else (2, 3, 4, 5):
            for start in range(len(padded) - size + 1):
                yield f"c{padded[start : start + size]}"


def grams(text: str) -> tuple[Grams, Grams]:
    """Counts of the word n-grams and of the character n-grams of `text`."""
    tokens = normalized_tokens(text)
    return Counter(_words(tokens)), Counter(_characters(tokens))


@dataclass(frozen=True, slots=True)
class NgramVocabulary:
    """`columns`: n-gram → feature column; `idf` (features,)."""

    columns: Mapping[str, int]
    idf: NDArray[np.float32]

    @classmethod
    def fit(cls, texts: Sequence[str], minimum: int = 2) -> NgramVocabulary:
        """Learn from the training texts; character n-grams in fewer than `minimum` texts are dropped."""
        documents: Counter[str] = Counter()
        for text in texts:
            words, characters = grams(text)
            documents.update(words.keys())
            documents.update(characters.keys())
        kept = sorted(gram for gram, count in documents.items() if gram[0] == "w" or count >= minimum)
        counts = np.array([documents[gram] for gram in kept], dtype=np.float64)
        idf = np.log((1 + len(texts)) / (1 + counts)) + 1
        return cls({gram: column for column, gram in enumerate(kept)}, idf.astype(np.float32))

    def features(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Columns and values of the features that `text` has; n-grams not seen in training are left out."""
        columns: list[int] = []
        parts: list[NDArray[np.float32]] = []
        for part in grams(text):
            places = [self.columns.get(gram, -1) for gram in part]
            counts = np.array([count for place, count in zip(places, part.values(), strict=True) if place >= 0])
            places = [place for place in places if place >= 0]
            values = ((1 + np.log(counts)) * self.idf[places]).astype(np.float32)
            norm = float(np.sqrt(values @ values))
            columns.extend(places)
            parts.append(values / norm if norm else values)
        return np.array(columns, dtype=np.int64), np.concatenate(parts)

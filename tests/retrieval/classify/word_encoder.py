"""A tiny encoder that needs no model: a message is the mean of random vectors of its words and Han characters."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


class WordEncoder:
    """Deterministic: the vector of a word is drawn with a seed made from the word."""

    dimension = 64

    def __init__(self, model_version: str = "words-1") -> None:
        self.model_version = model_version
        self.encoded = 0

    def encode_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.encoded += len(texts)
        rows = np.stack([self._vector(text) for text in texts]) if texts else np.zeros((0, self.dimension))
        return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    encode_passages = encode_queries

    def _vector(self, text: str) -> NDArray[np.float64]:
        total = np.full(self.dimension, 0.05)
        for word in re.findall(r"[\u4e00-\u9fff]|\w+", text.lower()):
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimension)
        return total


WORDS = {
    "refund": ["refund", "money", "back", "return", "paid", "reimburse", "cash"],
    "parcel": ["parcel", "delivery", "courier", "tracking", "shipped", "arrive", "package"],
    "invoice": ["invoice", "receipt", "tax", "company", "billing", "title", "document"],
    "coupon": ["coupon", "discount", "voucher", "promo", "code", "sale", "cheaper"],
    "account": ["account", "password", "login", "email", "locked", "register", "phone"],
    "size": ["size", "fit", "large", "small", "inch", "measure", "waist"],
}
SMALL_TALK = ["weather", "football", "music", "cat", "dinner", "holiday", "moon", "poem", "joke", "garden"]
FILLER = ["please", "my", "the", "I", "want", "about", "a", "can", "you", "help", "with", "need"]


def sentences(labels: Sequence[str], each: int, seed: int, noise: float = 0.0) -> tuple[list[str], list[str]]:
    """`each` made-up messages for each label; `noise` is the share of words taken from other labels."""
    random = np.random.default_rng(seed)
    everything = [word for words in WORDS.values() for word in words]
    texts, truth = [], []
    for label in labels:
        words = WORDS.get(label, SMALL_TALK)
        for _ in range(each):
            own = [
                str(random.choice(everything)) if random.random() < noise else str(random.choice(words))
                for _ in range(3)
            ]
            texts.append(" ".join([*random.choice(FILLER, 3), *own]))
            truth.append(label)
    return texts, truth

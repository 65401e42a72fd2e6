"""Questions that ask the same, in any language, by the product's embeddings.

Multilingual encoders keep a part of each vector for the language itself, so that two questions of one language are
always somewhat alike. Taking the language's mean away leaves what is asked (as Mu and Viswanath 2018,
"All-but-the-Top", do with a common mean). The means come from the intents' descriptions, which every installation has
in all languages, so that they do not move with the questions. Average linkage (UPGMA) by cosine then joins groups. The
threshold is that of the best B-cubed F0.5 on the development half of `evals/data/gap_questions.jsonl` (`copilot eval
gaps`): precision counts twice, since a mixed gap costs an editor more than one that comes in two parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from retrieval.classify.taxonomy import Taxonomy
from retrieval.encoder.base import Vectors

THRESHOLD: Final = 0.34  # cosine of centred vectors: groups whose mean cosine is below are not joined
MOST: Final = 4000  # questions clustered at once: 64 MB of distances
_REDACTED = re.compile(r"\{[^{}\n]{1,40}\}")


def language_means(encode: Callable[[Sequence[str]], Vectors], taxonomy: Taxonomy) -> Mapping[str, Vectors]:
    """{language: mean vector of the intents' phrases as questions}; `encode` gives the vectors of questions."""
    texts: dict[str, list[str]] = {}
    for intent in taxonomy.intents.values():
        for language, phrases in (intent.phrases or {}).items():
            texts.setdefault(language, []).extend(phrases)
    return {language: encode(found).mean(axis=0) for language, found in sorted(texts.items())}


def question_text(question: str) -> str:
    """Without the marks that redaction left: two questions are not alike because both named an order."""
    return " ".join(_REDACTED.sub(" ", question).split()) or question


def centred(vectors: Vectors, languages: Sequence[str], means: Mapping[str, Vectors]) -> NDArray[np.float32]:
    """Unit vectors, shape (n, d); a language without a mean gets the mean of all means."""
    if not means:
        return np.asarray(vectors, np.float32)
    every = np.mean(list(means.values()), axis=0)
    moved = vectors - np.stack([means.get(one, every) for one in languages])
    return np.asarray(moved / np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9), np.float32)


def clusters(vectors: NDArray[np.float32], threshold: float = THRESHOLD) -> list[list[int]]:
    """Groups of places, the largest first, each in order; every place is in one group. Vectors have unit length."""
    if len(vectors) < 2:
        return [[at] for at in range(len(vectors))]
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415 - a second, only when there is work

    model = AgglomerativeClustering(
        n_clusters=None, metric="cosine", linkage="average", distance_threshold=1 - threshold
    )
    labels = model.fit_predict(np.asarray(vectors, np.float64))
    groups: dict[int, list[int]] = {}
    for at, label in enumerate(labels.tolist()):
        groups.setdefault(label, []).append(at)
    return sorted(groups.values(), key=lambda group: (-len(group), group[0]))


def medoid(vectors: NDArray[np.float32]) -> int:
    """The place of the vector that is nearest to all others on average."""
    return int(np.argmax((vectors @ vectors.T).mean(axis=1)))

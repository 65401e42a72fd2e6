"""Choose how to train and how to fuse on an inner validation of the training questions, then train on all of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import log2
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from core.errors import InvalidInput
from retrieval.adapter.examples import Example, Passages, folds, take
from retrieval.adapter.model import QueryAdapter
from retrieval.adapter.training import Recipe, dense_leg, hard_negatives, train
from retrieval.fusion import SPARSE_WEIGHT, Fusion, LanguageFusion, LinearFusion
from retrieval.index.legs import Leg

CUT = 10  # nDCG@10
WEIGHTS: Final = (0.0, 0.2, 0.35, 0.5, SPARSE_WEIGHT, 0.9, 1.2, 1.6, 2.2, 3.0)
RECIPES: Final = tuple(
    Recipe(rank=rank, temperature=temperature, sparse=sparse, epochs=40)
    for rank, temperature, sparse in ((128, 0.02, 0.0), (128, 0.02, 0.35), (128, 0.01, 0.35), (32, 0.02, 0.35))
)
EPOCHS: Final = (5, 15, 40)  # where the inner validation looks
INNER: Final = 4
MIN_A_LANGUAGE: Final = 30  # questions; a language with fewer keeps the common weight

Progress = Callable[[str, int, int], None]
Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Tuned:
    """What training gave. `adapter` None: moving the questions did not pay on the inner validation.

    `report` is JSON: the chosen recipe, epochs and weights, and the inner nDCG@10 of each recipe and without any.
    """

    adapter: QueryAdapter | None
    fusion: Fusion
    report: Mapping[str, Any]


def ndcg(documents: Sequence[str], relevant: frozenset[str]) -> float:
    """nDCG@10 of documents in order with gains of 0 and 1 (Järvelin & Kekäläinen 2002)."""
    gained = sum(1 / log2(rank + 1) for rank, found in enumerate(documents[:CUT], 1) if found in relevant)
    return gained / sum(1 / log2(rank + 1) for rank in range(1, min(CUT, len(relevant)) + 1))


def values(examples: Sequence[Example], legs: Sequence[Leg], collection: Passages, fusion: Fusion) -> Values:
    """nDCG@10 of each example's legs under `fusion`, shape (n,)."""
    found = np.empty(len(examples))
    for place, (example, leg) in enumerate(zip(examples, legs, strict=True)):
        ranked = fusion.rank(leg, example.sparse, CUT, example.language, collection.about)
        found[place] = ndcg([collection.about(one.id)[0] for one in ranked], example.documents)
    return found


def legs_of(examples: Sequence[Example], collection: Passages, adapter: QueryAdapter | None = None) -> list[Leg]:
    """The dense leg of each example, as the adapter moves it."""
    vectors = np.stack([example.vector for example in examples])
    moved = vectors if adapter is None else adapter.apply(vectors)
    return dense_leg(moved, collection, [example.allowed for example in examples])


def tune_fusion(examples: Sequence[Example], by_weight: NDArray[np.float64]) -> LanguageFusion:
    """The weight with the best mean for each language; `by_weight` has the shape (len(WEIGHTS), examples).

    Of equals the one next to the default: the optimum is flat, and what is not known to be better stays.
    """

    def best(places: NDArray[np.bool_]) -> float:
        means = by_weight[:, places].mean(axis=1).round(4)
        tied = [weight for weight, mean in zip(WEIGHTS, means, strict=True) if mean == means.max()]
        return min(tied, key=lambda weight: abs(weight - SPARSE_WEIGHT))

    spoken = np.array([example.language for example in examples])
    weights = {
        str(language): best(spoken == language)
        for language in np.unique(spoken)
        if (spoken == language).sum() >= MIN_A_LANGUAGE
    }
    return LanguageFusion(weights, best(np.ones(len(spoken), np.bool_)))


def by_weight(examples: Sequence[Example], legs: Sequence[Leg], collection: Passages) -> NDArray[np.float64]:
    """nDCG@10 by weight of BM25 and example, shape (len(WEIGHTS), examples)."""
    return np.stack([values(examples, legs, collection, LinearFusion(weight)) for weight in WEIGHTS])


def tune(
    examples: Sequence[Example],
    collection: Passages,
    encoder_version: str,
    *,
    recipes: Sequence[Recipe] = RECIPES,
    epochs: Sequence[int] = EPOCHS,
    progress: Progress | None = None,
) -> Tuned:
    """An adapter and a fusion, learned from `examples` alone.

    One of `INNER` folds of them is held back to choose recipe, epochs and weights together: the weight of BM25 that is
    right for an adapted question is not that of a plain one. Raises InvalidInput when a fold is empty.
    """
    tell = progress or (lambda stage, done, total: None)
    held = folds([example.text for example in examples], INNER, "inner") == 0
    if held.all() or not held.any():
        raise InvalidInput(f"{len(examples)} questions are too few to hold some of them back.")
    inner, outer = take(examples, np.flatnonzero(~held).tolist()), take(examples, np.flatnonzero(held).tolist())
    plain_inner, plain_outer = legs_of(inner, collection), legs_of(outer, collection)
    without = by_weight(outer, plain_outer, collection)
    best, best_values = float(without.mean(axis=1).max()), without
    chosen: tuple[Recipe, int] | None = None
    rows: list[dict[str, Any]] = []
    for number, recipe in enumerate(recipes):
        tell("choose how to train", number, len(recipes))
        negatives = hard_negatives(inner, plain_inner, collection, recipe.negatives)
        for done, adapter in train(inner, negatives, collection, recipe, encoder_version):
            if done not in epochs:
                continue
            found = by_weight(outer, legs_of(outer, collection, adapter), collection)
            mean = float(found.mean(axis=1).max())
            rows.append({**recipe.to_json(), "epochs": done, "ndcg@10": round(mean, 4)})
            if mean > best:
                best, best_values, chosen = mean, found, (recipe, done)
    tell("choose how to train", len(recipes), len(recipes))
    fusion = tune_fusion(outer, best_values)
    report: dict[str, Any] = {
        "questions": len(examples),
        "held_back": len(outer),
        "without": round(float(without.mean(axis=1).max()), 4),
        "tried": rows,
        "fusion": {"weights": dict(fusion.weights), "default": fusion.default},
    }
    if chosen is None:
        return Tuned(None, fusion, {**report, "recipe": None})
    recipe, stop = chosen
    adapter = refit(examples, collection, encoder_version, recipe, stop)
    return Tuned(adapter, fusion, {**report, "recipe": {**recipe.to_json(), "epochs": stop}})


def refit(
    examples: Sequence[Example], collection: Passages, encoder_version: str, recipe: Recipe, stop: int
) -> QueryAdapter:
    """The adapter after `stop` epochs over all `examples`; the rate falls as it did when the recipe was chosen."""
    negatives = hard_negatives(examples, legs_of(examples, collection), collection, recipe.negatives)
    for done, adapter in train(examples, negatives, collection, recipe, encoder_version):
        if done == stop:
            return adapter
    raise InvalidInput(f"The recipe ends after {recipe.epochs} epochs, before {stop}.")

"""Train an adapter: softmax over a batch's own passages and its hard negatives, in numpy.

The loss is the contrastive one of dense retrieval (Karpukhin et al., "Dense Passage Retrieval", 2020, in-batch and BM25
negatives), with two changes. A question with several right passages asks for all of them alike. And the score of a
passage is the *fused* one, cosine and BM25 together, since that is what customers are served: a map that is trained on
cosine alone repeats what BM25 knows already, and gives up for it what BM25 cannot find.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from retrieval.adapter.examples import Example, Passages, Rows
from retrieval.adapter.model import QueryAdapter
from retrieval.encoder.base import Vectors
from retrieval.index.legs import Leg

SEED = 20240501
LEG = 100  # candidates of a leg that hard negatives are taken from, as search takes them
_BETAS = (0.9, 0.999)  # Adam (Kingma & Ba 2015), its usual values
_Matrix = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to train. `temperature`: cosine units of one nat. `sparse`: nats of BM25/√best in the loss (0: cosine alone).

    `negatives` hard ones a question, the best of both legs that are not right; `decay` pulls the matrices to zero.
    """

    rank: int = 128
    temperature: float = 0.02
    sparse: float = 0.0
    rate: float = 1e-3
    epochs: int = 20
    negatives: int = 32
    batch: int = 64
    decay: float = 0.0
    seed: int = SEED

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


def dense_leg(vectors: Vectors, collection: Passages, allowed: Sequence[NDArray[np.bool_] | None]) -> list[Leg]:
    """The exact nearest `LEG` rows of each (adapted) question vector, best first, within `allowed`."""
    legs = []
    for start in range(0, len(vectors), 128):
        scores = vectors[start : start + 128] @ collection.vectors.T
        for row, mask in zip(scores, allowed[start : start + 128], strict=True):
            if mask is not None:
                row[~mask] = -np.inf
            count = min(LEG, row.size if mask is None else int(mask.sum()))
            best = np.argpartition(-row, count - 1)[:count]
            best = best[np.lexsort((best, -row[best]))]
            legs.append(Leg(best.tolist(), row[best].tolist(), {}))
    return legs


def hard_negatives(examples: Sequence[Example], legs: Sequence[Leg], collection: Passages, count: int) -> list[Rows]:
    """The best `count` rows of both legs in turn, without those of the right documents."""
    found = []
    for example, leg in zip(examples, legs, strict=True):
        taken: dict[int, None] = {}
        for place in range(max(len(leg), len(example.sparse))):
            for side in (leg.ids, example.sparse.ids):
                if place < len(side) and collection.passages[side[place]].document_id not in example.documents:
                    taken[side[place]] = None
        found.append(np.array(list(taken)[:count], np.int64))
    return found


def train(
    examples: Sequence[Example], negatives: Sequence[Rows], collection: Passages, recipe: Recipe, encoder_version: str
) -> Iterator[tuple[int, QueryAdapter]]:
    """(epochs done, the adapter after them), epoch by epoch until `recipe.epochs`. The same input, the same numbers."""
    rng = np.random.default_rng(recipe.seed)
    dimension = collection.vectors.shape[1]
    down = (rng.standard_normal((dimension, recipe.rank)) / sqrt(dimension)).astype(np.float32)
    up = np.zeros((recipe.rank, dimension), np.float32)
    questions = np.stack([example.vector for example in examples])
    documents = [np.array(sorted(example.documents)) for example in examples]
    step = _Adam(recipe.rate, recipe.decay, (down, up))
    steps = recipe.epochs * -(-len(examples) // recipe.batch)
    for epoch in range(1, recipe.epochs + 1):
        order = rng.permutation(len(examples))
        for start in range(0, len(order), recipe.batch):
            places = order[start : start + recipe.batch]
            chosen = [examples[place] for place in places]
            pool = np.unique(np.concatenate([*(one.relevant for one in chosen), *(negatives[p] for p in places)]))
            known = np.array([collection.passages[row].document_id for row in pool])
            right = np.stack([np.isin(known, documents[place]) for place in places])
            gradient = _gradient(
                questions[places], down, up, collection.vectors[pool], _lexical(chosen, pool, recipe.sparse),
                _targets(chosen, pool), right, recipe.temperature,
            )  # fmt: skip
            step(gradient, 1 - step.count / steps)
        yield epoch, QueryAdapter(down.copy(), up.copy(), encoder_version)


def _targets(chosen: Sequence[Example], pool: Rows) -> _Matrix:
    """What share of the probability each row of the pool should have: the right ones alike."""
    targets = np.zeros((len(chosen), len(pool)), np.float32)
    for row, example in enumerate(chosen):
        targets[row, np.searchsorted(pool, example.relevant)] = 1 / len(example.relevant)
    return targets


def _lexical(chosen: Sequence[Example], pool: Rows, weight: float) -> _Matrix:
    """`weight` · BM25/√best of each row in the pool, 0 for what the sparse leg did not find."""
    lexical = np.zeros((len(chosen), len(pool)), np.float32)
    for row, example in enumerate(chosen):
        if weight and len(example.sparse) and example.sparse.scores[0] > 0:
            ids = np.array(example.sparse.ids, np.int64)
            values = np.array(example.sparse.scores, np.float32)
            places = np.minimum(np.searchsorted(pool, ids), len(pool) - 1)
            there = pool[places] == ids
            lexical[row, places[there]] = weight * (values[there] - values[-1]) / sqrt(values[0])
    return lexical


def _gradient(
    questions: _Matrix,
    down: _Matrix,
    up: _Matrix,
    vectors: Vectors,
    lexical: _Matrix,
    targets: _Matrix,
    right: NDArray[np.bool_],
    temperature: float,
) -> tuple[_Matrix, _Matrix]:
    """Of the mean cross-entropy to `down` and `up`. A right passage that is no target is neither pulled nor pushed."""
    inner = questions @ down
    moved = questions + inner @ up
    norm = np.linalg.norm(moved, axis=1, keepdims=True)
    unit = moved / norm
    logits = unit @ vectors.T / temperature + lexical
    logits[right & (targets == 0)] = -np.inf
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares /= shares.sum(axis=1, keepdims=True)
    by_unit = (shares - targets) @ vectors / (temperature * len(questions))
    by_moved = (by_unit - (by_unit * unit).sum(axis=1, keepdims=True) * unit) / norm
    return questions.T @ (by_moved @ up.T), inner.T @ by_moved


class _Adam:
    """Adam with decoupled decay (Loshchilov & Hutter 2019); changes the matrices in place."""

    def __init__(self, rate: float, decay: float, matrices: tuple[_Matrix, _Matrix]) -> None:
        self.rate, self.decay, self.matrices, self.count = rate, decay, matrices, 0
        self._moments = [(np.zeros_like(matrix), np.zeros_like(matrix)) for matrix in matrices]

    def __call__(self, gradients: tuple[_Matrix, _Matrix], share: float) -> None:
        """One step at `share` of the rate."""
        self.count += 1
        for matrix, gradient, (mean, square) in zip(self.matrices, gradients, self._moments, strict=True):
            mean += (1 - _BETAS[0]) * (gradient - mean)
            square += (1 - _BETAS[1]) * (gradient**2 - square)
            scale = np.sqrt(square / (1 - _BETAS[1] ** self.count)) + 1e-8
            matrix -= self.rate * share * (mean / (1 - _BETAS[0] ** self.count) / scale + self.decay * matrix)

"""The chance that an agent would accept an answer: logistic regression and an isotonic correction. Numpy alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from copilot.autonomy.features import NAMES, VERSION, features
from retrieval.types import Answer

KIND = "acceptance"  # of the artifact
UNTRAINED = "draft-confidence"  # the version of a score that is the draft's own confidence


@dataclass(frozen=True, slots=True)
class AcceptanceModel:
    """`mean`, `scale`, `weights` have one number a feature. `knots_x` → `knots_y`, both rising, correct the chance
    (Zadrozny and Elkan, KDD 2002); none leave it as it is. `trained_until`: the last suggestion it learned from;
    `compared_until`: the last of those that decided whether it is promoted."""

    mean: tuple[float, ...]
    scale: tuple[float, ...]
    weights: tuple[float, ...]
    intercept: float
    knots_x: tuple[float, ...] = ()
    knots_y: tuple[float, ...] = ()
    trained_until: int = 0
    compared_until: int = 0
    version: str = "unsaved"

    def score(self, values: tuple[float, ...]) -> float:
        """The chance, in [0, 1], for the features of one answer. Raises ValueError for another number of them."""
        if len(values) != len(self.weights):
            raise ValueError(f"{len(values)} features, the model has {len(self.weights)}")
        at = (np.asarray(values) - np.asarray(self.mean)) / np.asarray(self.scale)
        chance = float(1 / (1 + np.exp(-np.clip(at @ np.asarray(self.weights) + self.intercept, -30, 30))))
        if not self.knots_x:
            return chance
        # A little of the uncorrected chance orders the answers within a step: a threshold can then stand anywhere.
        return float(0.999 * np.interp(chance, self.knots_x, self.knots_y) + 0.001 * chance)

    def has_seen(self, suggestion_id: int) -> bool:
        """It was made of this suggestion's outcome, or chosen by it: that outcome proves nothing of its scores."""
        if suggestion_id <= self.trained_until:
            return True
        return suggestion_id <= self.compared_until and compares(suggestion_id)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {"features": VERSION, "names": NAMES, **asdict(self)}
        path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def compares(suggestion_id: int) -> bool:
    """Among the outcomes that a model has not learned from, one half decides whether it is promoted; the other half is
    left to prove what its scores are worth. By hash, so that nobody and nothing chooses."""
    return hashlib.sha256(f"compare:{suggestion_id}".encode()).digest()[0] % 2 == 0


def load_model(path: Path) -> AcceptanceModel:
    """Raises OSError, and ValueError when it was trained on other features."""
    data: dict[str, Any] = json.loads(path.read_text("utf-8"))
    if data.pop("features", None) != VERSION or tuple(data.pop("names", ())) != NAMES:
        raise ValueError(f"{path.name} was trained on other features; train it again")
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in data.items()}
    return AcceptanceModel(**values)


def scored(answer: Answer, model: AcceptanceModel | None) -> Answer:
    """`answer` with its score and the score's version in `extras["acceptance"]`."""
    score = model.score(features(answer)) if model else answer.draft.confidence
    told = {"score": score, "version": model.version if model else UNTRAINED}
    return replace(answer, extras={**answer.extras, "acceptance": told})

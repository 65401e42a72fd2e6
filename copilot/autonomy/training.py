"""Train the acceptance model on what agents judged, and promote it only if it is better on what came later."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.autonomy.features import NAMES
from copilot.autonomy.model import KIND, AcceptanceModel, compares
from copilot.autonomy.models import EarnedIntent, EarningState
from copilot.autonomy.outcomes import Judged, judged
from copilot.autonomy.reliability import Bin, calibration_error, reliability
from copilot.runtime import Runtime
from copilot.versions import promote
from core.artifacts import add_artifact
from core.errors import InvalidInput
from core.events import Actor

MIN_OUTCOMES = 200
LEARN_SHARE = 0.6  # the older outcomes; half of the newer ones compare, the other half is left to prove what is earned
_FOLDS = 5
_RESAMPLES = 1000
_SEED = 20261128
Floats = NDArray[np.float64]

if TYPE_CHECKING:
    from sklearn.linear_model import LogisticRegression


@dataclass(frozen=True, slots=True)
class TrainedAcceptance:
    """Log loss on the compared outcomes of the new model and of what served before; `gain_low`, `gain_high`: the
    95% bootstrap interval of the gain. `better` when all of it is above 0."""

    model: AcceptanceModel
    learned: int
    compared: int
    loss: float
    loss_before: float
    gain_low: float
    gain_high: float
    ece: float
    bins: tuple[Bin, ...]

    @property
    def better(self) -> bool:
        return self.gain_low > 0

    @property
    def path(self) -> str:
        """Of the model's file, under the data folder."""
        return f"acceptance/{self.model.version}.json"

    @property
    def metrics(self) -> dict[str, Any]:
        """As all trained versions report: the figure on held-out cases, higher is better, and the gain's interval."""
        held = {
            "metric": "log likelihood", "questions": self.compared, "current": -self.loss_before,
            "candidate": -self.loss, "low": self.gain_low, "high": self.gain_high,
        }  # fmt: skip
        weights = dict(zip(NAMES, self.model.weights, strict=True))
        until = {"trained_until": self.model.trained_until, "compared_until": self.model.compared_until}
        return {"held_out": held, "learned": self.learned, "ece": self.ece, **until, "weights": weights}


def learn(runtime: Runtime) -> TrainedAcceptance:
    """Read what was judged, train, compare, and write the model's file; `keep` then puts it to use.

    Raises InvalidInput when fewer than MIN_OUTCOMES have been judged, or all went one way.
    """
    with runtime.db.reading() as session:
        outcomes = judged(session)
    trained = train(outcomes, runtime.acceptance())
    trained.model.save(runtime.settings.data_dir / trained.path)
    return trained


def keep(session: Session, actor: Actor, trained: TrainedAcceptance, *, even_if_earned: bool = False) -> bool:
    """Keep the version, and promote it if it is better; True when it serves from now on.

    What was earned was earned with the scores that serve now and ends with them. So while an earned grant is in force a
    better model waits for a person (`even_if_earned`, or activating that version).
    """
    row = add_artifact(session, KIND, trained.model.version, trained.path, trained.metrics)
    if not trained.better or (earned_in_force(session) and not even_if_earned):
        return False
    promote(session, actor, row)
    return True


def earned_in_force(session: Session) -> bool:
    earned = select(EarnedIntent.id).where(EarnedIntent.state == EarningState.EARNED).limit(1)
    return session.scalar(earned) is not None


def train(outcomes: Sequence[Judged], before: AcceptanceModel | None) -> TrainedAcceptance:
    """Train on the older outcomes, compare with `before` on half of the newer. Deterministic. Raises InvalidInput."""
    if len(outcomes) < MIN_OUTCOMES:
        raise InvalidInput(f"{len(outcomes)} answers have been judged; {MIN_OUTCOMES} are needed to learn from.")
    ordered = sorted(outcomes, key=lambda one: one.suggestion_id)
    cut = int(len(ordered) * LEARN_SHARE)
    model = fit(ordered[:cut])
    asked = [one for one in ordered[cut:] if compares(one.suggestion_id)]
    model = replace(model, compared_until=ordered[-1].suggestion_id)
    digest = hashlib.sha256(repr((model, NAMES)).encode()).hexdigest()[:12]
    model = replace(model, version=f"acceptance-{digest}")
    right = np.array([one.right for one in asked], float)
    weights = np.array([1 / one.propensity for one in asked])
    new = np.array([one.score(model) for one in asked])
    losses, losses_before = _log_loss(new, right), _log_loss(np.array([one.score(before) for one in asked]), right)
    low, high = _gain(losses_before - losses, weights)
    bins = reliability(new.tolist(), right.astype(bool).tolist())
    return TrainedAcceptance(
        model=model,
        learned=cut,
        compared=len(asked),
        loss=float(np.average(losses, weights=weights)),
        loss_before=float(np.average(losses_before, weights=weights)),
        gain_low=low,
        gain_high=high,
        ece=calibration_error(bins),
        bins=bins,
    )


def fit(outcomes: Sequence[Judged]) -> AcceptanceModel:
    """Logistic regression on standardized features; isotonic correction of chances predicted out of fold, so that it
    does not learn from the fit's own optimism. `outcomes` in time order. Raises InvalidInput when all went one way."""
    x, y = np.array([one.values for one in outcomes]), np.array([one.right for one in outcomes])
    weights = np.array([1 / one.propensity for one in outcomes])
    folds = np.arange(len(y)) % _FOLDS
    if any(y[folds != fold].all() or not y[folds != fold].any() for fold in range(_FOLDS)):
        raise InvalidInput("Nearly all outcomes are alike: there is nothing to learn from yet.")
    mean, scale = x.mean(axis=0), np.where(x.std(axis=0) > 1e-9, x.std(axis=0), 1.0)
    z = (x - mean) / scale
    chances = np.empty(len(y))
    for fold in range(_FOLDS):
        out, inside = folds == fold, folds != fold
        chances[out] = _logistic(z[inside], y[inside], weights[inside]).predict_proba(z[out])[:, 1]
    final = _logistic(z, y, weights)
    from sklearn.isotonic import IsotonicRegression  # noqa: PLC0415 - two seconds, only when there is work

    curve = IsotonicRegression(y_min=0.01, y_max=0.99, out_of_bounds="clip").fit(chances, y, sample_weight=weights)
    return AcceptanceModel(
        mean=tuple(map(float, mean)),
        scale=tuple(map(float, scale)),
        weights=tuple(map(float, final.coef_[0])),
        intercept=float(final.intercept_[0]),
        knots_x=tuple(map(float, curve.X_thresholds_)),
        knots_y=tuple(map(float, curve.y_thresholds_)),
        trained_until=max(one.suggestion_id for one in outcomes),
    )


def _logistic(z: Floats, y: NDArray[np.bool_], weights: Floats) -> LogisticRegression:
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415 - as above

    return LogisticRegression(C=0.5, max_iter=1000).fit(z, y, sample_weight=weights)


def _log_loss(chance: Floats, right: Floats) -> Floats:
    safe = np.clip(chance, 0.01, 0.99)
    return np.asarray(-(right * np.log(safe) + (1 - right) * np.log(1 - safe)), float)


def _gain(gains: Floats, weights: Floats) -> tuple[float, float]:
    rng = np.random.default_rng(_SEED)
    drawn = rng.integers(0, len(gains), (_RESAMPLES, len(gains)))
    means = (gains * weights)[drawn].sum(axis=1) / weights[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    return float(low), float(high)

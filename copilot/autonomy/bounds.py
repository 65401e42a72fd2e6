"""How low the precision of automatic answers may be, given the outcomes that people judged.

Three exact, distribution-free tools; each is wrong at most `delta` of the time, whatever the model's scores are worth:

- `precision_lower`: the lower end of the Clopper-Pearson interval (Biometrika 26, 1934).
- `lowest_safe_threshold`: the largest share that may be answered. Fixed-sequence testing of thresholds from the most
  careful one down, as in Learn then Test (Angelopoulos, Bates, Candès, Jordan, Lei, 2021): testing stops at the first
  that fails, so the chance that any accepted threshold is below the target is `delta`, however many are tried.
- `Watch`: a test that may be looked at after every outcome. The wealth of bets that answers are wrong more often than
  promised is a non-negative supermartingale while they are not, so it exceeds 1/delta with probability delta at most
  (Ville's inequality; bets as in Waudby-Smith and Ramdas, JRSS-B 2024).

Outcomes must be a random sample of what would be answered: agents' verdicts on every suggestion before autonomy, the
audited share after it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

TARGET = 0.95
DELTA = 0.05
STEPS = 20  # thresholds that are tried: fewer lose share, more gain little
RENEWED = 25  # outcomes between two beginnings of the watch
_BETS = 9


def precision_lower(right: int, n: int, delta: float = DELTA) -> float:
    """The precision that `right` of `n` right answers prove with confidence 1 - `delta`; 0 for no answers.

    Raises ValueError when `right` is not in 0..n or `delta` not in (0, 1).
    """
    _check(right, n, delta)
    return _beta_quantile(right, n - right + 1, delta) if right else 0.0


def precision_upper(right: int, n: int, delta: float = DELTA) -> float:
    """The precision that they do not exceed with confidence 1 - `delta`; 1 for no answers. Raises as above."""
    _check(right, n, delta)
    return _beta_quantile(right + 1, n - right, 1 - delta) if right < n else 1.0


def _beta_quantile(a: float, b: float, p: float) -> float:
    from scipy.special import betaincinv  # noqa: PLC0415 - a third of a second, which not every command shall take

    return float(betaincinv(a, b, p))


def cases_needed(target: float = TARGET, delta: float = DELTA) -> int:
    """How many answers, all of them right, prove `target`: 59 for 95% at 95%."""
    if not 0 < target < 1:
        raise ValueError("target is a share between 0 and 1")
    return int(np.ceil(np.log(delta) / np.log(target)))


@dataclass(frozen=True, slots=True)
class Earned:
    """Answers with a score of `threshold` or more: `right` of `n` outcomes, proven to be `lower` or better.

    `share` of all outcomes reach the threshold. `threshold` None: nothing is proven yet, and the other fields tell of
    the first threshold that was tried.
    """

    threshold: float | None
    n: int
    right: int
    lower: float
    share: float


def lowest_safe_threshold(
    scores: Sequence[float], right: Sequence[bool], target: float = TARGET, delta: float = DELTA, steps: int = STEPS
) -> Earned:
    """The lowest threshold whose precision is proven to be `target` or better.

    `scores` (n,) and `right` (n,) of judged outcomes. The thresholds are quantiles of the scores alone, chosen before
    any outcome is looked at; the first has as many cases as a proof needs at least. Raises ValueError for arrays of
    different lengths.
    """
    if len(scores) != len(right):
        raise ValueError("scores and outcomes differ in number")
    values = np.asarray(scores, float)
    good = np.asarray(right, bool)
    n = len(values)
    least = cases_needed(target, delta)
    if n < least:
        return Earned(None, n, int(good.sum()), precision_lower(int(good.sum()), n, delta), 1.0 if n else 0.0)
    descending = np.sort(values)[::-1]
    # a fixed sequence: counts from a little more than the least to all, so that a few wrong ones do not end it at once
    start = min(n, int(np.ceil(least * 1.6)))
    counts = np.unique(np.linspace(start, n, steps).astype(int))
    found = first = None
    for count in counts:
        threshold = float(descending[count - 1])
        taken = values >= threshold
        k, m = int(good[taken].sum()), int(taken.sum())
        tried = Earned(threshold, m, k, precision_lower(k, m, delta), m / n)
        first = first or tried
        if tried.lower < target:
            break
        found = tried
    if found is not None:
        return found
    assert first is not None
    return Earned(None, first.n, first.right, first.lower, first.share)


class Watch:
    """Watches answers that go out by themselves; `fell` once their precision is proven to be below `target`.

    Feed it each audited outcome in order. The false-alarm rate over any number of looks is at most `delta`. A long good
    past must not delay the alarm, so bets begin anew every `RENEWED` outcomes, and a part of the wealth waits for each
    beginning: 1 / (j (j + 1)) of it for the j-th. The sum is a supermartingale as each of its parts is.
    """

    def __init__(self, target: float = TARGET, delta: float = DELTA) -> None:
        if not 0 < target < 1 or not 0 < delta < 1:
            raise ValueError("target and delta are shares between 0 and 1")
        self.allowed = 1 - target
        self.delta = delta
        # an equal stake on each bet; a bet b pays 1 + b (wrong - allowed) and must stay positive
        self._bets = np.linspace(0.1, 0.9, _BETS) / self.allowed
        self._log_wealth = np.zeros((1, _BETS))  # a row a beginning
        self.n = self.wrong = 0
        self.fell = False

    @property
    def evidence(self) -> float:
        """The wealth: 20 is the odds against chance at which a `delta` of .05 raises the alarm."""
        begun = len(self._log_wealth)
        number = np.arange(1, begun + 1)
        waiting = 1 / (begun + 1)
        logs = self._log_wealth - np.log(number * (number + 1) * _BETS)[:, None]
        top = max(float(logs.max()), 0.0)
        return float(np.exp(top) * np.exp(logs - top).sum() + waiting)

    @property
    def alarm(self) -> float:
        """How near the alarm is, in [0, 1]: at 1 it is raised."""
        return min(self.evidence * self.delta, 1.0)

    def see(self, right: bool, weight: float = 1.0) -> bool:
        """One more outcome; True when the alarm is raised, now or before.

        `weight` in (0, 1] is proportional to how many answers this one stands for (1 / propensity); a smaller stake on
        it keeps the wealth a supermartingale, if the weight was fixed before the outcome. Raises ValueError outside.
        """
        if not 0 < weight <= 1:
            raise ValueError("a weight lies above 0 and at most at 1")
        if self.n and self.n % RENEWED == 0:
            self._log_wealth = np.vstack([self._log_wealth, np.zeros(_BETS)])
        self.n += 1
        self.wrong += not right
        # a capped stake: 1 - b * allowed is .9 to .1 for a right answer
        self._log_wealth += np.log1p(self._bets * weight * ((0.0 if right else 1.0) - self.allowed))
        self.fell = self.fell or self.evidence >= 1 / self.delta
        return self.fell


def _check(right: int, n: int, delta: float) -> None:
    if not 0 <= right <= n:
        raise ValueError(f"{right} of {n} cannot be right")
    if not 0 < delta < 1:
        raise ValueError("delta is a probability between 0 and 1")

"""What the answers under each grant by hand are worth: how many there were, how many audited, how many wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from copilot.autonomy.bounds import DELTA, precision_lower
from copilot.autonomy.models import EarnedIntent
from copilot.autonomy.outcomes import judged
from copilot.autonomy.watching import ENDED, settings_of, watched
from copilot.decide import AUDIT
from copilot.grants import active_grant, in_force
from copilot.models import AutoSendGrant, Decision, GrantOrigin, Outcome

MEASURED = 20  # audited answers: of fewer not even "at most 14% wrong" can be said, whatever the verdicts


@dataclass(frozen=True, slots=True)
class Stratum:
    """Answers of one audit share: `answers` passed every rule, `audited` of them were drawn and judged."""

    answers: int
    audited: int
    wrong: int


@dataclass(frozen=True, slots=True)
class ByHand:
    """`answers` passed every rule under the grant: `sent`, or `drawn` for review instead.

    `wrong_at_most`: the share that is wrong, at most, with 95% confidence; None: not measured yet. `alarm`: 1
    withdraws. `ended_at`: when the monitor withdrew it; None while it is in force.
    """

    grant_id: int
    intent: str
    since: datetime
    ended_at: datetime | None
    sent: int
    drawn: int
    audited: int
    wrong: int
    wrong_at_most: float | None
    alarm: float

    @property
    def answers(self) -> int:
        return self.sent + self.drawn


def wrong_at_most(strata: Iterable[Stratum], delta: float = DELTA) -> float:
    """The share of wrong answers that is not exceeded with confidence 1 - `delta`; 1 when nothing was audited.

    Of one stratum the exact upper Clopper-Pearson end. Answers that were drawn with different chances are bounded
    stratum by stratum, each with its part of `delta` (a union bound), and weigh as many answers as they stand for.
    """
    parts = [one for one in strata if one.answers]
    total = sum(one.answers for one in parts)
    if not total:
        return 1.0
    bounds = (1 - precision_lower(one.audited - one.wrong, one.audited, delta / len(parts)) for one in parts)
    return sum(one.answers * bound for one, bound in zip(parts, bounds, strict=True)) / total


def grants_by_hand(session: Session, shop_id: int) -> list[ByHand]:
    """Of each intent of a shop the grant by hand that is in force, or that the monitor withdrew and nobody has given
    again; by intent. The caller has checked who may see the shop."""
    stopped = session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == shop_id))
    ended = [int(row.evidence[ENDED]) for row in stopped if ENDED in row.evidence]
    manual = AutoSendGrant.shop_id == shop_id, AutoSendGrant.origin == GrantOrigin.MANUAL
    running = in_force(shop_id).with_only_columns(AutoSendGrant.id)
    wanted = select(AutoSendGrant).where(*manual, or_(AutoSendGrant.id.in_(running), AutoSendGrant.id.in_(ended)))
    found = []
    for grant in session.scalars(wanted.order_by(AutoSendGrant.intent, AutoSendGrant.id)).all():
        if grant.id in ended and active_grant(session, shop_id, grant.intent) is not None:
            continue
        found.append(measured(session, grant))
    return found


def measured(session: Session, grant: AutoSendGrant) -> ByHand:
    """The figures of one grant, from its decisions and the verdicts on those that were drawn."""
    outcomes = judged(session, grant_id=grant.id)
    watch = watched(grant.id, settings_of(session, grant.shop_id), outcomes)
    query = (
        select(Decision.outcome, Decision.reason, Decision.propensity, func.count())
        .where(Decision.grant_id == grant.id)
        .group_by(Decision.outcome, Decision.reason, Decision.propensity)
    )
    sent, drawn = Counter[float](), Counter[float]()  # by the audit share
    for outcome, reason, propensity, n in session.execute(query):
        if outcome == Outcome.AUTO_SEND:
            sent[_rounded(1 - propensity)] += n
        elif reason == AUDIT:
            drawn[_rounded(propensity)] += n
    strata = []
    for share in sorted({*sent, *drawn}):
        seen: Sequence[bool] = [one.right for one in outcomes if _rounded(one.propensity) == share]
        strata.append(Stratum(sent[share] + drawn[share], len(seen), seen.count(False)))
    return ByHand(
        grant_id=grant.id,
        intent=grant.intent,
        since=grant.created_at,
        ended_at=grant.revoked_at,
        sent=sent.total(),
        drawn=drawn.total(),
        audited=watch.n,
        wrong=watch.wrong,
        wrong_at_most=wrong_at_most(strata) if watch.n >= MEASURED else None,
        alarm=watch.alarm,
    )


def _rounded(share: float) -> float:
    return round(share, 6)

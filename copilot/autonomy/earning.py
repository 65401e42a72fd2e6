"""Earned autonomy, one intent of one shop at a time: look whether it is proven, grant it, take it back.

The bound is looked at again as outcomes come in. So that many looks are not many chances to be lucky, look k may err
with delta / (k (k + 1)): the sum over all looks is delta (alpha spending; Lan and DeMets, Biometrika 1983). A look is
only spent when there are a quarter more cases than at the last one. Spending never begins anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot import events
from copilot.autonomy.bounds import DELTA, Watch, cases_needed, lowest_safe_threshold
from copilot.autonomy.model import UNTRAINED, AcceptanceModel
from copilot.autonomy.models import AutonomySettings, EarnedIntent, EarningState, Mode
from copilot.autonomy.outcomes import Judged
from copilot.autonomy.watching import move, now_of, row_of, settings_of, watch_by_hand, watch_earned, withdraw
from copilot.grants import active_grant, in_force
from copilot.models import AutoSendGrant, GrantOrigin
from core.events import SYSTEM, Actor, emit
from records.shops.models import Shop

GROWTH = 1.25  # cases at a look as a multiple of those at the last one, at least
GRANT_DAYS = 180
_REASON = "Earned: {right} of {n} judged answers right, at least {lower:.1%} with the error of look {look}."


def delta_of(look: int) -> float:
    """How often look number `look`, from 1, may be wrong."""
    return DELTA / (look * (look + 1))


def needed(settings: AutonomySettings, looks: int) -> int:
    """Cases, all of them right, that the next look needs at least."""
    return cases_needed(settings.target, delta_of(looks + 1))


def next_look(settings: AutonomySettings, row: EarnedIntent) -> int:
    """Cases from which on the bound is looked at again, if the score stays the same."""
    return max(needed(settings, row.looks), math.ceil(row.looked_at * GROWTH))


def review_shop(
    session: Session, shop_id: int, model: AcceptanceModel | None, outcomes: Sequence[Judged]
) -> list[EarnedIntent]:
    """Look at every intent and every grant by hand of a shop, and return the intents whose state changed. `outcomes`:
    all of the shop's, read before.

    Run it as often as you like: without enough new cases nothing is looked at.
    """
    settings = settings_of(session, shop_id)
    session.execute(select(Shop.id).where(Shop.id == shop_id).with_for_update())
    by_intent: dict[str, list[Judged]] = {}
    for one in outcomes:
        by_intent.setdefault(one.intent, []).append(one)
    known = {row.intent: row for row in session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == shop_id))}
    changed = []
    for intent in sorted({*by_intent, *known}):
        row = known.get(intent) or row_of(session, shop_id, intent)
        before = row.state
        _review(session, row, settings, by_intent.get(intent, []), model)
        if row.state != before:
            changed.append(row)
    by_hand = in_force(shop_id).where(AutoSendGrant.origin == GrantOrigin.MANUAL).order_by(AutoSendGrant.id)
    fallen = [watch_by_hand(session, grant, settings, outcomes) for grant in session.scalars(by_hand).all()]
    return changed + [row for row in fallen if row is not None and row not in changed]


def _review(
    session: Session,
    row: EarnedIntent,
    settings: AutonomySettings,
    outcomes: Sequence[Judged],
    model: AcceptanceModel | None,
) -> None:
    version = model.version if model else UNTRAINED
    if row.state == EarningState.EARNED:
        watch_earned(session, row, settings, outcomes)
    if row.state == EarningState.EARNED:
        _check_grant(session, row, settings, version)
    if row.state in (EarningState.EARNED, EarningState.FORBIDDEN):
        return
    cases = countable(row, outcomes, model)
    if row.state == EarningState.PROPOSED:
        _check_proposal(session, row, settings, version, cases, model)
        cases = countable(row, outcomes, model)
    row.evidence = {**row.evidence, "cases": len(cases), "right_cases": sum(one.right for one in cases)}
    if settings.mode == Mode.OFF:
        return
    if row.state != EarningState.PROPOSED:
        _look(session, row, settings, cases, model)
    proven = row.state == EarningState.PROPOSED and active_grant(session, row.shop_id, row.intent) is None
    if proven and settings.mode == Mode.ON and settings.updated_by is not None:
        grant_earned(session, row, SYSTEM, settings.updated_by)


def _look(
    session: Session,
    row: EarnedIntent,
    settings: AutonomySettings,
    cases: Sequence[Judged],
    model: AcceptanceModel | None,
) -> None:
    if active_grant(session, row.shop_id, row.intent) is not None:
        return  # a supervisor's own grant: of what it sends only a share is judged, so nothing is proven meanwhile
    version = model.version if model else UNTRAINED
    looked_at = row.looked_at if row.score_version == version else 0  # the cases of another score were others
    if len(cases) < max(needed(settings, row.looks), looked_at * GROWTH):
        return
    row.looks += 1
    row.looked_at = len(cases)
    delta = delta_of(row.looks)
    scores, right = [one.score(model) for one in cases], [one.right for one in cases]
    found = lowest_safe_threshold(scores, right, settings.target, delta)
    row.evidence = {**row.evidence, **asdict(found), "delta": delta, "target": settings.target}
    row.score_version, row.threshold = version, found.threshold
    if found.threshold is not None:
        move(session, row, EarningState.PROPOSED, SYSTEM)


def countable(row: EarnedIntent, outcomes: Iterable[Judged], model: AcceptanceModel | None) -> list[Judged]:
    """The outcomes that may prove something: a sample of what would be sent, judged before there was a grant, that the
    model has not seen, later than the last withdrawal."""
    return [
        one
        for one in outcomes
        if one.sendable
        and one.ungranted
        and not (model is not None and model.has_seen(one.suggestion_id))
        and (row.since is None or one.at > row.since)
    ]


def grant_earned(session: Session, row: EarnedIntent, actor: Actor, author_id: int) -> AutoSendGrant:
    """Put what is proven into force. The caller has checked who may, and holds the shop's lock."""
    told = _REASON.format(look=row.looks, **{name: row.evidence[name] for name in ("right", "n", "lower")})
    grant = AutoSendGrant(
        shop_id=row.shop_id,
        intent=row.intent,
        min_confidence=row.threshold,
        author_id=author_id,
        reason=told,
        origin=GrantOrigin.EARNED,
        score_version=row.score_version,
        expires_at=now_of(session) + timedelta(days=GRANT_DAYS),
    )
    session.add(grant)
    session.flush()
    row.grant_id = grant.id
    emit(session, events.AutoSendGranted, actor=actor, shop_id=row.shop_id, grant_id=grant.id)
    move(session, row, EarningState.EARNED, actor)
    return grant


def _check_grant(session: Session, row: EarnedIntent, settings: AutonomySettings, version: str) -> None:
    grant = session.get_one(AutoSendGrant, row.grant_id)
    if grant.revoked_at is not None:  # by a supervisor's hand: it is not to come back by itself
        row.allowed = False
        withdraw(session, row, EarningState.FORBIDDEN, SYSTEM)
    elif grant.expires_at <= now_of(session) or settings.mode == Mode.OFF:
        withdraw(session, row, EarningState.COLLECTING, SYSTEM)
    elif grant.score_version != version or not _proves(row, settings):
        withdraw(session, row, EarningState.COLLECTING, SYSTEM, forget=False)


def _check_proposal(
    session: Session,
    row: EarnedIntent,
    settings: AutonomySettings,
    version: str,
    cases: Sequence[Judged],
    model: AcceptanceModel | None,
) -> None:
    """A proposal may wait for weeks: it lapses when its terms have changed or later verdicts speak against it."""
    if row.score_version != version or settings.mode == Mode.OFF or not _proves(row, settings):
        row.looked_at = 0
        move(session, row, EarningState.COLLECTING, SYSTEM)
        return
    watch = Watch(settings.target, DELTA)
    for one in cases:
        if one.at > row.changed_at and one.score(model) >= (row.threshold or 0.0):
            watch.see(one.right)
    if watch.fell:
        withdraw(session, row, EarningState.WITHDRAWN, SYSTEM)


def _proves(row: EarnedIntent, settings: AutonomySettings) -> bool:
    """The last look's bound clears the target as it now is: a supervisor may have raised it."""
    return float(row.evidence.get("lower", 0.0)) >= settings.target

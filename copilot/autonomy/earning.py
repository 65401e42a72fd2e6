"""Earned autonomy, one intent of one shop at a time: look whether it is proven, grant it, watch it, take it back.

The bound is looked at again as outcomes come in. So that many looks are not many chances to be lucky, look k may err
with delta / (k (k + 1)): the sum over all looks is delta (alpha spending; Lan and DeMets, Biometrika 1983). A look is
only spent when there are a quarter more cases than at the last one. Spending never begins anew.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot import events
from copilot.autonomy.bounds import DELTA, TARGET, Watch, cases_needed, lowest_safe_threshold
from copilot.autonomy.model import UNTRAINED, AcceptanceModel
from copilot.autonomy.models import DEFAULT_AUDIT_SHARE, AutonomySettings, EarnedIntent, EarningState, Mode
from copilot.autonomy.outcomes import Judged
from copilot.grants import active_grant
from copilot.models import AutoSendGrant, GrantOrigin
from core.db import db_now
from core.events import SYSTEM, Actor, emit
from records.shops.models import Shop

GROWTH = 1.25  # cases at a look as a multiple of those at the last one, at least
GRANT_DAYS = 180
_REASON = "Earned: {right} of {n} judged answers right, at least {lower:.1%} with the error of look {look}."


def settings_of(session: Session, shop_id: int) -> AutonomySettings:
    """The shop's settings; the defaults, not stored, when nobody has set any."""
    found = session.get(AutonomySettings, shop_id)
    defaults = {"mode": Mode.PROPOSE, "target": TARGET, "audit_share": DEFAULT_AUDIT_SHARE, "version": 0}
    return found or AutonomySettings(shop_id=shop_id, **defaults)


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
    """Look at every intent of a shop, and return those whose state changed. `outcomes`: all of the shop's, read before.

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
        row = known.get(intent)
        if row is None:
            row = EarnedIntent(shop_id=shop_id, intent=intent, state=EarningState.COLLECTING, evidence={}, looks=0)
            row.looked_at, row.allowed, row.score_version = 0, True, ""
            session.add(row)
            session.flush()
        before = row.state
        _review(session, row, settings, by_intent.get(intent, []), model)
        if row.state != before:
            changed.append(row)
    return changed


def watch_grant(session: Session, grant_id: int, outcomes: Sequence[Judged]) -> None:
    """The monitor alone, at once after a verdict. `outcomes`: those of this grant that were drawn for review."""
    row = session.scalar(select(EarnedIntent).where(EarnedIntent.grant_id == grant_id))
    if row is None:
        return
    session.execute(select(Shop.id).where(Shop.id == row.shop_id).with_for_update())
    session.refresh(row)
    if row.state == EarningState.EARNED and row.grant_id == grant_id:
        _watch(session, row, settings_of(session, row.shop_id), outcomes)


def _review(
    session: Session,
    row: EarnedIntent,
    settings: AutonomySettings,
    outcomes: Sequence[Judged],
    model: AcceptanceModel | None,
) -> None:
    version = model.version if model else UNTRAINED
    if row.state == EarningState.EARNED:
        _watch(session, row, settings, outcomes)
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
        return  # a supervisor's own grant: what it sends is not judged, so nothing can be proven meanwhile
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
        expires_at=_now(session) + timedelta(days=GRANT_DAYS),
    )
    session.add(grant)
    session.flush()
    row.grant_id = grant.id
    emit(session, events.AutoSendGranted, actor=actor, shop_id=row.shop_id, grant_id=grant.id)
    move(session, row, EarningState.EARNED, actor)
    return grant


def withdraw(session: Session, row: EarnedIntent, state: EarningState, actor: Actor, *, forget: bool = True) -> None:
    """End the earned grant, if there is one. `forget`: only what is judged from now on counts."""
    grant = session.get(AutoSendGrant, row.grant_id, with_for_update=True) if row.grant_id else None
    now = _now(session)
    if grant is not None and grant.revoked_at is None:
        grant.revoked_at = now
        emit(session, events.AutoSendRevoked, actor=actor, shop_id=row.shop_id, grant_id=grant.id)
    row.grant_id, row.looked_at = None, 0
    row.since = now if forget else row.since
    move(session, row, state, actor)


def move(session: Session, row: EarnedIntent, state: EarningState, actor: Actor) -> None:
    """To another state; the event keeps the history."""
    if row.state == state:
        return
    old, row.state = row.state, state
    row.changed_at = _now(session)
    session.flush()
    emit(
        session, events.AutonomyChanged, actor=actor, shop_id=row.shop_id, earned_id=row.id, old=str(old),
        new=str(state),
    )  # fmt: skip


def _watch(session: Session, row: EarnedIntent, settings: AutonomySettings, outcomes: Sequence[Judged]) -> None:
    watch = watched(row, settings, outcomes)
    row.evidence = {
        **row.evidence, "audited": watch.n, "audited_wrong": watch.wrong, "alarm": min(watch.evidence * DELTA, 1.0),
    }  # fmt: skip
    if watch.fell:
        withdraw(session, row, EarningState.WITHDRAWN, SYSTEM)


def watched(row: EarnedIntent, settings: AutonomySettings, outcomes: Sequence[Judged]) -> Watch:
    """The monitor after all audited answers of the grant, in the order of their verdicts. It is computed anew each
    time: a verdict that is changed or taken back counts as it now is.

    When the audit share was changed, an answer drawn with a smaller chance stands for more of those that were sent: the
    weights are 1 / propensity, times the smallest propensity so far, so that each is known before its outcome.
    """
    watch = Watch(settings.target, DELTA)
    rarest = 1.0
    for one in outcomes:
        if one.audit_of is not None and one.audit_of == row.grant_id:
            rarest = min(rarest, one.propensity)
            watch.see(one.right, rarest / one.propensity)
    return watch


def _check_grant(session: Session, row: EarnedIntent, settings: AutonomySettings, version: str) -> None:
    grant = session.get_one(AutoSendGrant, row.grant_id)
    if grant.revoked_at is not None:  # by a supervisor's hand: it is not to come back by itself
        row.allowed = False
        withdraw(session, row, EarningState.FORBIDDEN, SYSTEM)
    elif grant.expires_at <= _now(session) or settings.mode == Mode.OFF:
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


def _now(session: Session) -> datetime:
    return session.scalars(select(db_now())).one()

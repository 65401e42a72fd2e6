"""The monitor: a grant, earned or by hand, ends by itself when audited answers show that the shop's target is missed.

Both kinds go the same way: a share of what would be sent is drawn for review, the verdicts feed one `Watch`, and what
fell is withdrawn in the commit that sees it. A supervisor may give a grant by hand again; it is watched from then on.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot import events
from copilot.autonomy.bounds import DELTA, TARGET, Watch
from copilot.autonomy.models import DEFAULT_AUDIT_SHARE, AutonomySettings, EarnedIntent, EarningState, Mode
from copilot.autonomy.outcomes import Judged
from copilot.grants import in_force
from copilot.models import AutoSendGrant, GrantOrigin
from core.db import db_now
from core.events import SYSTEM, Actor, emit
from records.shops.models import Shop

ENDED = "ended_by_hand_grant"  # in an intent's evidence: the grant by hand that the monitor withdrew last


def settings_of(session: Session, shop_id: int) -> AutonomySettings:
    """The shop's settings; the defaults, not stored, when nobody has set any."""
    found = session.get(AutonomySettings, shop_id)
    defaults = {"mode": Mode.PROPOSE, "target": TARGET, "audit_share": DEFAULT_AUDIT_SHARE, "version": 0}
    return found or AutonomySettings(shop_id=shop_id, **defaults)


def watch_grant(session: Session, grant_id: int, outcomes: Sequence[Judged]) -> None:
    """The monitor alone, at once after a verdict. `outcomes`: those of this grant that were drawn for review."""
    grant = session.get(AutoSendGrant, grant_id)
    if grant is None:
        return
    session.execute(select(Shop.id).where(Shop.id == grant.shop_id).with_for_update())
    session.refresh(grant)
    settings = settings_of(session, grant.shop_id)
    if grant.origin == GrantOrigin.MANUAL:
        watch_by_hand(session, grant, settings, outcomes)
        return
    row = session.scalar(select(EarnedIntent).where(EarnedIntent.grant_id == grant_id))
    if row is not None and row.state == EarningState.EARNED:
        watch_earned(session, row, settings, outcomes)


def watch_earned(session: Session, row: EarnedIntent, settings: AutonomySettings, outcomes: Sequence[Judged]) -> None:
    """Withdraw the row's grant if it fell. The caller holds the shop's lock."""
    watch = watched(row.grant_id, settings, outcomes)
    row.evidence = {**row.evidence, **_told(watch)}
    if watch.fell:
        withdraw(session, row, EarningState.WITHDRAWN, SYSTEM)


def watch_by_hand(
    session: Session, grant: AutoSendGrant, settings: AutonomySettings, outcomes: Sequence[Judged]
) -> EarnedIntent | None:
    """Withdraw a grant by hand if it fell, and return its intent's row. The caller holds the shop's lock."""
    watch = watched(grant.id, settings, outcomes)
    if not watch.fell or session.scalar(in_force(grant.shop_id).where(AutoSendGrant.id == grant.id)) is None:
        return None
    row = row_of(session, grant.shop_id, grant.intent)
    row.evidence = {**row.evidence, **_told(watch), ENDED: grant.id}
    if row.state in (EarningState.FORBIDDEN, EarningState.EARNED):  # a supervisor's word stands; the review looks at it
        end_grant(session, grant, SYSTEM)
    else:
        row.grant_id = grant.id
        withdraw(session, row, EarningState.WITHDRAWN, SYSTEM)
    return row


def watched(grant_id: int | None, settings: AutonomySettings, outcomes: Sequence[Judged]) -> Watch:
    """The monitor after all audited answers of the grant, in the order of their verdicts. It is computed anew each
    time: a verdict that is changed or taken back counts as it now is.

    When the audit share was changed, an answer drawn with a smaller chance stands for more of those that were sent: the
    weights are 1 / propensity, times the smallest propensity so far, so that each is known before its outcome.
    """
    watch = Watch(settings.target, DELTA)
    rarest = 1.0
    for one in outcomes:
        if one.audit_of is not None and one.audit_of == grant_id:
            rarest = min(rarest, one.propensity)
            watch.see(one.right, rarest / one.propensity)
    return watch


def withdraw(session: Session, row: EarnedIntent, state: EarningState, actor: Actor, *, forget: bool = True) -> None:
    """End the row's grant, if there is one. `forget`: only what is judged from now on counts."""
    grant = session.get(AutoSendGrant, row.grant_id, with_for_update=True) if row.grant_id else None
    if grant is not None:
        end_grant(session, grant, actor)
    row.grant_id, row.looked_at = None, 0
    row.since = now_of(session) if forget else row.since
    move(session, row, state, actor)


def end_grant(session: Session, grant: AutoSendGrant, actor: Actor) -> None:
    """Now; a grant that has been revoked stays as it is."""
    if grant.revoked_at is None:
        grant.revoked_at = now_of(session)
        session.flush()
        emit(session, events.AutoSendRevoked, actor=actor, shop_id=grant.shop_id, grant_id=grant.id)


def move(session: Session, row: EarnedIntent, state: EarningState, actor: Actor) -> None:
    """To another state; the event keeps the history."""
    if row.state == state:
        return
    old, row.state = row.state, state
    row.changed_at = now_of(session)
    session.flush()
    emit(
        session, events.AutonomyChanged, actor=actor, shop_id=row.shop_id, earned_id=row.id, old=str(old),
        new=str(state),
    )  # fmt: skip


def row_of(session: Session, shop_id: int, intent: str) -> EarnedIntent:
    """The intent's row, made if there is none. The caller holds the shop's lock."""
    row = session.scalar(select(EarnedIntent).where(EarnedIntent.shop_id == shop_id, EarnedIntent.intent == intent))
    if row is None:
        row = EarnedIntent(shop_id=shop_id, intent=intent, state=EarningState.COLLECTING, evidence={}, looks=0)
        row.looked_at, row.allowed, row.score_version = 0, True, ""
        session.add(row)
        session.flush()
    return row


def now_of(session: Session) -> datetime:
    """The database's time."""
    return session.scalars(select(db_now())).one()


def _told(watch: Watch) -> dict[str, float]:
    return {"audited": watch.n, "audited_wrong": watch.wrong, "alarm": watch.alarm}

"""What supervisors decide about earning: the shop's settings, a proposal's one click, and forbidding."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.autonomy.earning import grant_earned
from copilot.autonomy.models import AutonomySettings, EarnedIntent, EarningState, Mode
from copilot.autonomy.watching import move, row_of, settings_of, withdraw
from copilot.grants import active_grant
from copilot.policies import Permission, require
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from records.people.actions import record_access
from records.principals import Principal
from records.shops.models import Shop
from records.shops.queries import get_shop

LEAST_TARGET = 0.8
LEAST_AUDIT = 0.01  # without an audit nobody would see it fall


def change_settings(
    session: Session, principal: Principal, shop_id: int, *, expected_version: int,
    mode: str | None = None, target: float | None = None, audit_share: float | None = None,
) -> AutonomySettings:  # fmt: skip
    """Raises Forbidden, NotFound, InvalidInput, and PreconditionFailed when somebody was first."""
    author = _supervisor(session, principal, shop_id)
    settings = settings_of(session, shop_id)
    if settings.version != expected_version:
        raise PreconditionFailed("The settings have changed since you read them.", current_version=settings.version)
    if mode is not None:
        if mode not in list(Mode):
            raise InvalidInput(f"mode is one of {', '.join(Mode)}.", field="mode")
        settings.mode = mode
    if target is not None:
        if not LEAST_TARGET <= target < 1:
            raise InvalidInput(f"target lies between {LEAST_TARGET} and 1.", field="target")
        settings.target = target
    if audit_share is not None:
        if not LEAST_AUDIT <= audit_share <= 1:
            raise InvalidInput(f"audit_share lies between {LEAST_AUDIT} and 1.", field="audit_share")
        settings.audit_share = audit_share
    settings.updated_by = author
    if expected_version == 0:
        settings.version = 1
        session.add(settings)
    session.flush()
    record_access(session, principal, "autonomy.settings", "shop", shop_id)
    return settings


def accept_proposal(session: Session, principal: Principal, shop_id: int, intent: str) -> EarnedIntent:
    """The one click: what is proven goes into force. Raises Conflict when nothing is proposed."""
    author = _supervisor(session, principal, shop_id)
    row = _row(session, shop_id, intent)
    if row.state != EarningState.PROPOSED:
        raise Conflict(f"Nothing is proposed for {intent}: it is {row.state}.", state=row.state)
    if active_grant(session, shop_id, intent) is not None:
        raise Conflict("There is a grant for this shop and intent. Revoke it first.")
    grant_earned(session, row, principal.actor, author)
    return row


def allow_earning(session: Session, principal: Principal, shop_id: int, intent: str, *, allowed: bool) -> EarnedIntent:
    """Forbid an intent to earn (an earned grant ends at once), or let it begin anew."""
    _supervisor(session, principal, shop_id)
    row = row_of(session, shop_id, intent)
    row.allowed = allowed
    if not allowed:
        withdraw(session, row, EarningState.FORBIDDEN, principal.actor)
    elif row.state == EarningState.FORBIDDEN:
        move(session, row, EarningState.COLLECTING, principal.actor)
    return row


def _row(session: Session, shop_id: int, intent: str) -> EarnedIntent:
    row = session.scalar(select(EarnedIntent).where(EarnedIntent.shop_id == shop_id, EarnedIntent.intent == intent))
    if row is None:
        raise NotFound(f"Nothing is known of intent {intent} in this shop yet.")
    return row


def _supervisor(session: Session, principal: Principal, shop_id: int) -> int:
    """The author's id; the shop's row is locked, as for a grant by hand."""
    require(principal, Permission.GRANT_AUTO_SEND)
    get_shop(session, principal, shop_id)
    session.execute(select(Shop.id).where(Shop.id == shop_id).with_for_update())
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("This needs a member of staff as its author, not a token.", field="author")
    return principal.id

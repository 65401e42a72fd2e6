"""A supervisor's permission to send without an agent: by shop and intent, with an author, a reason and an end."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from copilot import events
from copilot.autonomy.models import DEFAULT_AUDIT_SHARE, AutonomySettings
from copilot.decide import GrantTerms
from copilot.models import AutoSendGrant
from copilot.policies import Permission, require
from core.db import db_now
from core.errors import Conflict, InvalidInput, NotFound
from core.events import emit
from records.principals import Principal
from records.shops.models import Shop

MAX_DAYS = 366


def grant_auto_send(
    session: Session,
    principal: Principal,
    *,
    shop_id: int,
    intent: str,
    min_confidence: float,
    expires_at: datetime,
    reason: str,
) -> AutoSendGrant:
    """Allow the bot to answer `intent` in a shop until `expires_at`. Raises Forbidden, InvalidInput and Conflict."""
    require(principal, Permission.GRANT_AUTO_SEND)
    principal.require_shop(shop_id)
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("A grant needs a member of staff as its author, not a token.", field="author")
    if not 0 < min_confidence <= 1:
        raise InvalidInput("min_confidence must be above 0 and at most 1.", field="min_confidence")
    days = (expires_at - datetime.now(UTC)).total_seconds() / 86_400
    if not 0 < days <= MAX_DAYS:
        raise InvalidInput(f"expires_at must lie ahead, at most {MAX_DAYS} days.", field="expires_at")
    intent, reason = intent.strip(), reason.strip()
    if not intent or not reason:
        raise InvalidInput("Name the intent and say why the bot may answer it.", field="reason")
    # Two grants at once would leave one in force after the other was revoked.
    session.execute(select(Shop.id).where(Shop.id == shop_id).with_for_update())
    if active_grant(session, shop_id, intent) is not None:
        raise Conflict("There is a grant for this shop and intent. Revoke it first.")
    grant = AutoSendGrant(
        shop_id=shop_id,
        intent=intent,
        min_confidence=min_confidence,
        author_id=principal.id,
        reason=reason,
        expires_at=expires_at,
    )
    session.add(grant)
    session.flush()
    emit(session, events.AutoSendGranted, actor=principal.actor, shop_id=shop_id, grant_id=grant.id)
    return grant


def revoke_auto_send(session: Session, principal: Principal, grant_id: int) -> AutoSendGrant:
    """End a grant now; repeating it changes nothing. Raises NotFound and Forbidden."""
    require(principal, Permission.GRANT_AUTO_SEND)
    grant = session.get(AutoSendGrant, grant_id, with_for_update=True)
    if grant is None or not principal.may_see_shop(grant.shop_id):
        raise NotFound(f"There is no grant {grant_id} that you may see.")
    if grant.revoked_at is None:
        grant.revoked_at = session.scalar(select(db_now()))
        grant.revoked_by = principal.id if principal.kind == "staff" else None
        session.flush()
        emit(session, events.AutoSendRevoked, actor=principal.actor, shop_id=grant.shop_id, grant_id=grant.id)
    return grant


def in_force(shop_id: int) -> Select[AutoSendGrant]:
    """The shop's grants that have neither ended nor been revoked, by the database's clock."""
    return select(AutoSendGrant).where(
        AutoSendGrant.shop_id == shop_id, AutoSendGrant.revoked_at.is_(None), AutoSendGrant.expires_at > db_now()
    )


def any_grant(session: Session, shop_id: int) -> bool:
    """True when the bot may answer something in this shop now."""
    return session.scalar(in_force(shop_id).with_only_columns(AutoSendGrant.id).limit(1)) is not None


def active_grant(session: Session, shop_id: int, intent: str | None) -> GrantTerms | None:
    """The grant in force for this shop and intent, with the shop's audit share."""
    if intent is None:
        return None
    mine = in_force(shop_id).where(AutoSendGrant.intent == intent)
    row = session.scalar(mine.order_by(AutoSendGrant.id.desc()).limit(1))
    if row is None:
        return None
    share = session.scalar(select(AutonomySettings.audit_share).where(AutonomySettings.shop_id == shop_id))
    share = DEFAULT_AUDIT_SHARE if share is None else share
    return GrantTerms(row.id, row.intent, row.min_confidence, row.origin, row.score_version, share)


def list_grants(session: Session, principal: Principal) -> list[AutoSendGrant]:
    """All grants of the shops that the principal may see, newest first."""
    query = select(AutoSendGrant).order_by(AutoSendGrant.id.desc())
    if principal.shops is not None:
        query = query.where(AutoSendGrant.shop_id.in_(principal.shops))
    return list(session.scalars(query))

"""Who is at a ticket now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from core.db import db_now
from records.people.models import Customer, Staff
from records.presence.models import Presence
from records.principals import Principal
from records.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Present:
    """`kind` is staff or customer; `state` viewing or typing."""

    ticket_id: int
    kind: str
    id: int
    name: str
    state: str
    since: datetime


@dataclass(frozen=True, slots=True)
class PresenceMark:
    """One row as a live hint needs it; equal marks mean that nothing has changed."""

    ticket_id: int
    shop_id: int
    customer_id: int
    actor: str
    state: str


def who_is_here(session: Session, principal: Principal, ticket_ids: Sequence[int]) -> list[Present]:
    """Everybody but the principal at these tickets, the longest first. The caller has checked the tickets."""
    own = principal.customer_id if principal.kind == "customer" else principal.id
    rows = session.execute(
        select(
            Presence.ticket_id,
            Presence.actor_kind,
            Presence.actor_id,
            func.coalesce(Staff.display_name, Customer.name, ""),
            Presence.state,
            Presence.since,
        )
        .outerjoin(Staff, and_(Presence.actor_kind == "staff", Staff.id == Presence.actor_id))
        .outerjoin(Customer, and_(Presence.actor_kind == "customer", Customer.id == Presence.actor_id))
        .where(Presence.ticket_id.in_(ticket_ids), Presence.expires_at > db_now())
        .order_by(Presence.ticket_id, Presence.since, Presence.id)
    )
    return [Present(*row) for row in rows if (row.actor_kind, row.actor_id) != (principal.kind, own)]


def marks(session: Session) -> frozenset[PresenceMark]:
    """Of everybody who is anywhere now: live hints compare it with what it was half a second ago."""
    rows = session.execute(
        select(
            Presence.ticket_id,
            Ticket.shop_id,
            Ticket.customer_id,
            Presence.actor_kind,
            Presence.actor_id,
            Presence.state,
        )
        .join(Ticket, Ticket.id == Presence.ticket_id)
        .where(Presence.expires_at > db_now())
    )
    return frozenset(PresenceMark(row[0], row[1], row[2], f"{row[3]}:{row[4]}", row[5]) for row in rows)

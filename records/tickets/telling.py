"""An event about a ticket: its shop, itself and its customer are always told along."""

from __future__ import annotations

from sqlalchemy.orm import Session

from core.events import Actor, EventType, emit
from records.tickets.models import Ticket


def emit_about(
    session: Session, kind: EventType, ticket: Ticket, actor: Actor, **data: int | str | bool | list[int] | None
) -> None:
    """`core.events.emit` for what happened on `ticket`. Raises ValueError for ids that the kind does not declare."""
    emit(
        session,
        kind,
        actor=actor,
        shop_id=ticket.shop_id,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        **data,
    )

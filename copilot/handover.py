"""A person takes over because the customer asked for one: always possible, and at once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from copilot import events
from core.events import emit
from records.principals import Principal
from records.tickets.models import Ticket

CUSTOMER_ASKED = "customer_asked"  # the reason of such a hand-over


def ask_for_person(session: Session, principal: Principal, ticket: Ticket) -> bool:
    """The bot is silent on this ticket from now on. False when it was already. The caller holds the ticket's lock."""
    if ticket.bot_stopped:
        return False
    ticket.bot_stopped = True
    session.flush()
    emit(
        session,
        events.HandedOver,
        actor=principal.actor,
        shop_id=ticket.shop_id,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        suggestion_id=None,
        reason=CUSTOMER_ASKED,
    )
    return True

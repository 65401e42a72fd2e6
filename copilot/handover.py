"""A person takes over because the customer asked for one: always possible, and at once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from copilot import events
from records.principals import Principal
from records.tickets.models import Ticket
from records.tickets.telling import emit_about

CUSTOMER_ASKED = "customer_asked"  # the reason of such a hand-over


def ask_for_person(session: Session, principal: Principal, ticket: Ticket) -> bool:
    """The bot is silent on this ticket from now on. False when it was already. The caller holds the ticket's lock."""
    if ticket.bot_stopped:
        return False
    ticket.bot_stopped = True
    session.flush()
    emit_about(
        session,
        events.HandedOver,
        ticket,
        principal.actor,
        suggestion_id=None,
        reason=CUSTOMER_ASKED,
    )
    return True

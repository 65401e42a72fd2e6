"""The only place that stops the bot on a ticket; always possible, at once, and each reason said once."""

from __future__ import annotations

from sqlalchemy.orm import Session

from copilot import events
from copilot.handover.reading import agent_on_it, handed_over_for
from copilot.handover.states import YIELDING, Reason, State, state_of
from core.events import Actor
from records.principals import Principal
from records.tickets.models import Ticket
from records.tickets.telling import emit_about


def state(session: Session, ticket: Ticket) -> State:
    """Who answers this ticket now."""
    return state_of(bot_stopped=ticket.bot_stopped, agent_on_it=agent_on_it(session, ticket), status=ticket.status)


def hand_over(session: Session, actor: Actor, ticket: Ticket, reason: Reason, suggestion_id: int | None = None) -> bool:
    """A person takes over until the ticket is resolved. False when one has already: it is not told twice, unless the
    bot might still have answered another question (`states.YIELDING`) and may not any more.

    The caller holds the ticket's lock.
    """
    if ticket.bot_stopped and (reason in YIELDING or handed_over_for(session, ticket) not in YIELDING):
        return False
    ticket.bot_stopped = True
    session.flush()
    emit_about(session, events.HandedOver, ticket, actor, suggestion_id=suggestion_id, reason=str(reason))
    return True


def ask_for_person(session: Session, principal: Principal, ticket: Ticket) -> bool:
    """The customer wants a person. As `hand_over`."""
    return hand_over(session, principal.actor, ticket, Reason.CUSTOMER_ASKED)

"""What a customer says of a ticket beside messages: that a reply was read, and how it went."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, InvalidInput
from records import events
from records.principals import Principal
from records.tickets.actions import lock_ticket
from records.tickets.models import Ticket, TicketStatus
from records.tickets.telling import emit_about

SCORES = range(1, 6)
MAX_COMMENT = 1000  # characters


def mark_seen(session: Session, principal: Principal, ticket: Ticket, seq: int) -> bool:
    """The customer has read up to `seq`; never back, never beyond the last message. False when that was known.

    The ticket's version stays: nobody's work on it is outdated because a reply was read.
    """
    upto = min(seq, ticket.next_seq - 1)
    moved = session.execute(
        update(Ticket)
        .where(Ticket.id == ticket.id, Ticket.customer_seen_seq < upto)
        .values(customer_seen_seq=upto)
        .returning(Ticket.id)
        .execution_options(synchronize_session=False)
    ).first()
    if moved is None:
        return False
    emit_about(
        session,
        events.ConversationRead,
        ticket,
        principal.actor,
        seq=upto,
    )
    return True


def rate(session: Session, principal: Principal, ticket_id: int, score: int, comment: str = "") -> Ticket:
    """How satisfied the customer is, 1 to 5, once the ticket is resolved; a second word replaces the first.

    Raises InvalidInput for another score and Conflict while the matter is still going on.
    """
    if score not in SCORES:
        raise InvalidInput(f"The score is {score}: give 1 (bad) to 5 (good).", field="score")
    comment = comment.replace("\x00", "").strip()
    if len(comment) > MAX_COMMENT:
        raise InvalidInput(f"The comment has at most {MAX_COMMENT} characters.", field="comment")
    ticket = lock_ticket(session, principal, ticket_id)
    if ticket.status not in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        raise Conflict("This conversation is still going on. It can be rated once it is resolved.")
    if (ticket.satisfaction, ticket.satisfaction_comment) == (score, comment):
        return ticket
    ticket.satisfaction, ticket.satisfaction_comment = score, comment
    ticket.satisfaction_at = session.scalar(select(db_now()))
    session.flush()
    emit_about(
        session,
        events.SatisfactionGiven,
        ticket,
        principal.actor,
        score=score,
    )
    return ticket

"""Since when a customer has been waiting, worked out anew where an answer was taken back."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from records.tickets.models import AuthorKind, Delivery, DeliveryState, Direction, Message, Ticket, Visibility


def unanswered_since(session: Session, ticket: Ticket) -> datetime | None:
    """The time of the oldest customer message after the last answer; null when there is none.

    A note, a system line and a reply that was taken back are no answers.
    """
    answers = (
        select(func.max(Message.seq))
        .outerjoin(Delivery, Delivery.message_id == Message.id)
        .where(
            Message.ticket_id == ticket.id,
            Message.direction == Direction.OUT,
            Message.visibility == Visibility.PUBLIC,
            Message.author_kind != AuthorKind.SYSTEM,
            or_(Delivery.state.is_(None), Delivery.state != DeliveryState.CANCELLED),
        )
    )
    answered = session.scalar(answers) or 0
    return session.scalar(
        select(func.min(Message.created_at)).where(
            Message.ticket_id == ticket.id, Message.direction == Direction.IN, Message.seq > answered
        )
    )

"""What a draft reads of a ticket: the customer's question, and what was said before it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from records.tickets.models import Delivery, DeliveryState, Direction, Message, Visibility

HISTORY = 12  # messages of context
BURST = 4  # consecutive customer messages that are answered as one
_WITHDRAWS = re.compile(
    r"\s*(?:算了|不用了|没事了|换个问题|不问这个了|never ?mind|forget (?:it|that)|scratch that)", re.IGNORECASE
)
_UNSAID = (DeliveryState.CANCELLED, DeliveryState.FAILED)  # the customer has not read these replies


def conversation(session: Session, ticket_id: int, seq: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The customer's messages since the last reply as one question, and what was said before, as (author kind,
    text), oldest first. Notes are in neither."""
    rows = list(
        session.execute(
            select(Message.author_kind, Message.text, Message.direction)
            .outerjoin(Delivery)
            .where(Message.ticket_id == ticket_id, Message.seq <= seq, Message.visibility == Visibility.PUBLIC)
            .where(Delivery.state.is_(None) | Delivery.state.not_in(_UNSAID))
            .order_by(Message.seq.desc())
            .limit(HISTORY + BURST)
        )
    )
    burst = 0
    while burst < min(BURST, len(rows)) and rows[burst].direction == Direction.IN:
        burst += 1
    # "Never mind, what I want to know is …": what was said before it is no longer asked.
    withdrawn = next((at for at in range(burst) if _WITHDRAWS.match(rows[at].text)), None)
    burst = burst if withdrawn is None else withdrawn + 1
    text = "\n".join(row.text for row in reversed(rows[:burst]))
    history = tuple((row.author_kind, row.text) for row in reversed(rows[burst : burst + HISTORY]))
    return text, history

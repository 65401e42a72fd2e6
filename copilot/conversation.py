"""What a draft reads of a ticket: the customer's question, and what was said before it."""

from __future__ import annotations

import re

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.models import Decision, Outcome, Suggestion
from records.tickets.models import Delivery, DeliveryState, Direction, Message, Visibility

HISTORY = 12  # messages of context
BURST = 4  # consecutive customer messages that are answered as one
_WITHDRAWS = re.compile(
    r"\s*(?:算了|不用了|没事了|换个问题|不问这个了|never ?mind|forget (?:it|that)|scratch that)", re.IGNORECASE
)
_UNSAID = (DeliveryState.CANCELLED, DeliveryState.FAILED)  # the customer has not read these replies


def conversation(session: Session, ticket_id: int, seq: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The customer's messages since the last reply as one question, and what was said before, as (author kind,
    text), oldest first. Notes are in neither. What was handed over is no longer part of the question: it waits for a
    person, and must not hide what is asked after it."""
    rows = list(
        session.execute(
            select(Message.author_kind, Message.text, Message.direction, Message.seq)
            .outerjoin(Delivery)
            .where(Message.ticket_id == ticket_id, Message.seq <= seq, Message.visibility == Visibility.PUBLIC)
            .where(Delivery.state.is_(None) | Delivery.state.not_in(_UNSAID))
            .order_by(Message.seq.desc())
            .limit(HISTORY + BURST)
        )
    )
    decided = (
        select(Message.seq)
        .join(Suggestion, Suggestion.message_id == Message.id)
        .join(Decision, Decision.suggestion_id == Suggestion.id)
        .where(Message.ticket_id == ticket_id, Message.seq < seq, Decision.outcome == Outcome.HAND_OVER)
    )
    handed_over = session.scalar(decided.order_by(Message.seq.desc()).limit(1)) or 0
    burst = 0
    while burst < min(BURST, len(rows)) and rows[burst].direction == Direction.IN and rows[burst].seq > handed_over:
        burst += 1
    # "Never mind, what I want to know is …": what was said before it is no longer asked.
    withdrawn = next((at for at in range(burst) if _WITHDRAWS.match(rows[at].text)), None)
    burst = burst if withdrawn is None else withdrawn + 1
    text = "\n".join(row.text for row in reversed(rows[:burst]))
    history = tuple((row.author_kind, row.text) for row in reversed(rows[burst : burst + HISTORY]))
    return text, history

"""What a draft reads of a ticket: the customer's question, and what was said before it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from copilot.models import Decision, Outcome, Suggestion
from records.tickets.models import Delivery, DeliveryState, Direction, Message, Visibility
from retrieval.small_talk import small_talk

HISTORY = 12  # messages of context
BURST = 4  # consecutive customer messages that are answered as one, courtesies not counted
_WITHDRAWS = re.compile(
    r"\s*(?:算了|不用了|没事了|换个问题|不问这个了|never ?mind|forget (?:it|that)|scratch that)", re.IGNORECASE
)
_UNSAID = (DeliveryState.CANCELLED, DeliveryState.FAILED)  # the customer has not read these replies


def conversation(session: Session, ticket_id: int, seq: int) -> tuple[str, tuple[tuple[str, str], ...]]:
    """The customer's messages since the last reply as one question, and what was said before, as (author kind,
    text), oldest first. Notes are in neither. What was handed over is no longer part of the question: it waits for a
    person, and must not hide what is asked after it. A mere courtesy asks nothing: after a question that nobody has
    answered, it is part of that one ("在吗" while a person is waited for), so that the draft stays about it."""
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
    handed_over = session.scalars(decided.order_by(Message.seq.desc()).limit(HISTORY))
    burst = 0
    for boundary in (*handed_over, 0):
        burst = _burst(rows, boundary)
        if any(small_talk(row.text) is None for row in rows[:burst]):
            break
    # "Never mind, what I want to know is …": what was said before it is no longer asked.
    withdrawn = next((at for at in range(burst) if _WITHDRAWS.match(rows[at].text)), None)
    burst = burst if withdrawn is None else withdrawn + 1
    text = "\n".join(row.text for row in reversed(rows[:burst]))
    history = tuple((row.author_kind, row.text) for row in reversed(rows[burst : burst + HISTORY]))
    return text, history


def _burst(rows: Sequence[Row[*tuple[Any, ...]]], boundary: int) -> int:
    """How many of `rows`, newest first, are the customer's since the last reply and after message `boundary`."""
    questions = 0
    for at, row in enumerate(rows):
        if row.direction != Direction.IN or row.seq <= boundary or questions == BURST:
            return at
        questions += small_talk(row.text) is None
    return len(rows)

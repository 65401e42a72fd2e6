"""The bot as a shopper sees it: whether it is answering, and the sentences of what it was allowed to say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.grants import any_grant
from copilot.models import Suggestion, SuggestionState
from core.db import db_now
from records.tickets import queries
from records.tickets.models import Direction, Message, Ticket, TicketStatus

PATIENCE_SECONDS = 45  # a bot that has not decided by then is not said to be answering


@dataclass(frozen=True, slots=True)
class SaidSentence:
    """`citations`: the numbers of its sources."""

    text: str
    citations: tuple[int, ...]


def bot_is_on(session: Session, ticket: Ticket) -> bool:
    """The bot may still answer here: it was not stopped, nobody took over, and this shop lets it answer something."""
    return (
        not ticket.bot_stopped
        and ticket.assignee_id is None
        and ticket.status not in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
        and not queries.agent_has_replied(session, ticket.id)
        and any_grant(session, ticket.shop_id)
    )


def is_answering(session: Session, ticket: Ticket) -> bool:
    """The newest message is the customer's, and the bot has not decided yet what becomes of it."""
    if not bot_is_on(session, ticket):
        return False
    message = session.scalar(
        select(Message).where(Message.ticket_id == ticket.id, Message.seq == ticket.last_inbound_seq)
    )
    now = session.scalar(select(db_now()))
    if message is None or now is None or now - message.created_at > timedelta(seconds=PATIENCE_SECONDS):
        return False
    answered = select(Message.id).where(
        Message.ticket_id == ticket.id, Message.seq > message.seq, Message.direction == Direction.OUT
    )
    decided = select(Suggestion.id).where(
        Suggestion.message_id == message.id, Suggestion.state != SuggestionState.DRAFTING
    )
    return session.scalar(answered.limit(1)) is None and session.scalar(decided.limit(1)) is None


def sentences_of(session: Session, messages: Sequence[Message]) -> Mapping[int, tuple[SaidSentence, ...]]:
    """By message id: the sentences of replies that were sent just as they were drafted, with their sources' numbers.

    An edited reply has none: nobody knows which of its words rest on which source.
    """
    wanted: Collection[int] = {m.suggestion_id for m in messages if m.suggestion_id is not None}
    if not wanted:
        return {}
    rows = {row.id: row for row in session.scalars(select(Suggestion).where(Suggestion.id.in_(wanted)))}
    found: dict[int, tuple[SaidSentence, ...]] = {}
    for message in messages:
        row = rows.get(message.suggestion_id or 0)
        if row is not None and row.answer and row.text == message.text:
            found[message.id] = tuple(_said(sentence) for sentence in row.answer["draft"]["sentences"])
    return found


def _said(sentence: Mapping[str, Any]) -> SaidSentence:
    return SaidSentence(sentence["text"], tuple(sentence["citations"]))

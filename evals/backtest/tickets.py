"""The shop's closed tickets in time order, each with what was asked and what an agent really replied."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from knowledge.cases.dialogue import extract
from knowledge.cases.proposing import was_said
from records.tickets.models import Direction, Message, Ticket, TicketStatus


@dataclass(frozen=True, slots=True)
class Closed:
    """A ticket to replay. `at`: when the customer first wrote. `documents`: what the agent's replies cite.

    `drafted`: one of the agent's replies began as our own draft, so that agreeing with it proves less.
    """

    ticket_id: int
    at: datetime
    question: str
    reply: str
    language: str
    intent: str | None
    documents: tuple[str, ...]
    drafted: bool


def closed_tickets(
    session: Session, shop_id: int, *, since: datetime | None = None, limit: int | None = None
) -> list[int]:
    """Ids of resolved and closed tickets by time; `limit` takes the newest ones."""
    query = select(Ticket.id, Ticket.created_at).where(
        Ticket.shop_id == shop_id, Ticket.status.in_([TicketStatus.RESOLVED, TicketStatus.CLOSED])
    )
    if since is not None:
        query = query.where(Ticket.created_at >= since)
    rows = session.execute(query.order_by(Ticket.created_at.desc(), Ticket.id.desc()).limit(limit)).all()
    return [row.id for row in reversed(rows)]


def read_closed(session: Session, ticket_ids: Sequence[int]) -> dict[int, Closed]:
    """Those of which an agent's answer can be told; what the bot sent is no agent's reply."""
    rows = session.scalars(
        select(Ticket)
        .where(Ticket.id.in_(ticket_ids))
        .options(selectinload(Ticket.messages).selectinload(Message.delivery))
    )
    return {ticket.id: found for ticket in rows if (found := _closed(ticket)) is not None}


def _closed(ticket: Ticket) -> Closed | None:
    said = [message for message in ticket.messages if was_said(message)]
    exchange = extract([(m.direction == Direction.IN, m.text) for m in said], ticket.language)
    asked = next((m for m in said if m.direction == Direction.IN), None)
    if exchange is None or asked is None:
        return None
    replies = [m for m in said if m.direction == Direction.OUT]
    documents = {str(c.get("document_id")) for m in replies for c in m.citations if c.get("document_id")}
    return Closed(
        ticket.id,
        min(ticket.created_at, asked.created_at),
        exchange.question,
        exchange.answer,
        exchange.language,
        ticket.intent,
        tuple(sorted(documents)),
        any(m.suggestion_id is not None for m in replies),
    )

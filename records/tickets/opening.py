"""Open a ticket together with the customer's first message: the way that most tickets begin, in one insert a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from core.db import db_now
from core.events import emit
from records import events
from records.principals import Principal
from records.tickets.actions import NewTicket, checked_text
from records.tickets.models import AuthorKind, Direction, Message, Ticket, TicketStatus

_tickets, _messages = cast(Table, Ticket.__table__), cast(Table, Message.__table__)
_TICKET = (
    insert(_tickets)
    .values(waiting_since=db_now())
    .returning(_tickets.c.id, _tickets.c.created_at, _tickets.c.updated_at, _tickets.c.waiting_since)
)
_MESSAGE = insert(_messages).returning(_messages.c.id)
SUBJECT = 80  # characters of the first line that stand for a subject when none is given


@dataclass(frozen=True, slots=True)
class Opened:
    """`ticket`: the row as it was written, by column."""

    ticket: Mapping[str, Any]
    message_id: int


def open_with_message(session: Session, principal: Principal, new: NewTicket, text: str) -> Opened:
    """What `open_ticket` and `add_inbound` do one after the other, with what is known beforehand written at once.

    Raises InvalidInput for an empty or too long text and Forbidden for a shop out of reach.
    """
    principal.require_shop(new.shop_id)
    said = checked_text(text)
    row: dict[str, Any] = {
        "shop_id": new.shop_id,
        "customer_id": new.customer_id,
        "channel": new.channel,
        "subject": new.subject.strip()[:255] or said.splitlines()[0][:SUBJECT],
        "external_id": new.external_id,
        "identity_id": new.identity_id,
        "channel_account_id": new.channel_account_id,
        "priority": new.priority,
        "status": TicketStatus.NEW,
        "next_seq": 2,
        "last_inbound_seq": 1,
        "bot_stopped": False,
        "customer_seen_seq": 0,
        "satisfaction_comment": "",
        "version": 1,
    }
    connection = session.connection()
    row |= connection.execute(_TICKET, row).mappings().one()
    message = {
        "ticket_id": row["id"],
        "seq": 1,
        "channel_account_id": new.channel_account_id,
        "direction": Direction.IN,
        "author_kind": AuthorKind.CUSTOMER,
        "author_id": new.customer_id,
        "text": said,
    }
    message_id: int = connection.execute(_MESSAGE, message).scalar_one()
    about = {"shop_id": new.shop_id, "ticket_id": row["id"], "customer_id": new.customer_id}
    emit(session, events.TicketOpened, actor=principal.actor, **about)
    emit(session, events.MessageReceived, actor=principal.actor, **about, message_id=message_id)
    return Opened(row, message_id)

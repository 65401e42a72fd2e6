"""Open a ticket together with the customer's first message: the way that most tickets begin, in one insert a row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import BindParameter, Table, bindparam, insert, literal, select
from sqlalchemy.orm import Session

from core.db import db_now
from core.events import emit
from core.prepared import Prepared
from records import events
from records.principals import Principal
from records.tickets.actions import NewTicket
from records.tickets.messages import checked_text
from records.tickets.models import AuthorKind, Direction, Message, Ticket, TicketStatus, Visibility

SUBJECT = 80  # characters of the first line that stand for a subject when none is given

_tickets, _messages = cast(Table, Ticket.__table__), cast(Table, Message.__table__)
_NEW: dict[str, Any] = {
    "status": TicketStatus.NEW.value,
    "next_seq": 2,
    "last_inbound_seq": 1,
    "bot_stopped": False,
    "customer_seen_seq": 0,
    "satisfaction_comment": "",
    "version": 1,
}
_FIRST: dict[str, Any] = {
    "seq": 1,
    "direction": Direction.IN.value,
    "visibility": Visibility.PUBLIC.value,
    "author_kind": AuthorKind.CUSTOMER.value,
    "citations": [],
    "attachments": [],
    "has_html": False,
}
_CALLED_BY = ["external_id", "identity_id", "channel_account_id"]
_GIVEN = ["shop_id", "customer_id", "channel", "subject", "priority", *_CALLED_BY]
_CLOCK = ["created_at", "updated_at", "waiting_since"]


def _given(table: Table, *names: str) -> dict[str, BindParameter[Any]]:
    """By the column's name. SQLAlchemy keeps that name for itself, hence the prefix."""
    return {name: bindparam(f"given_{name}", type_=table.c[name].type) for name in names}


_OPEN = (
    insert(_tickets)
    .values(**_NEW, **_given(_tickets, *_GIVEN), waiting_since=db_now())
    .returning(_tickets.c.id, *(_tickets.c[name] for name in _CLOCK))
)
_SAID = _given(_messages, "channel_account_id", "author_id", "text")
_TICKET = Prepared(_OPEN)
_MESSAGE = Prepared(
    insert(_messages).values(**_FIRST, **_SAID, **_given(_messages, "ticket_id")).returning(_messages.c.id)
)


def _at_once() -> Prepared:
    """Both rows in one statement of PostgreSQL, which checks foreign keys at the end of a statement."""
    opened = _OPEN.cte("opened")
    first = {name: literal(value, _messages.c[name].type) for name, value in _FIRST.items()}
    fields = {"ticket_id": opened.c.id, **_SAID, **first}
    said = insert(_messages).from_select(list(fields), select(*fields.values())).returning(_messages.c.id).cte("said")
    return Prepared(select(opened.c.id, *(opened.c[name] for name in _CLOCK), said.c.id.label("message_id")))


_AT_ONCE = _at_once()


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
    }
    given = {f"given_{name}": value for name, value in row.items()}
    given |= {"given_author_id": new.customer_id, "given_text": said}
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        ((ticket_id, *times, message_id),) = _AT_ONCE.rows(connection, given)
    else:
        ((ticket_id, *times),) = _TICKET.rows(connection, given)
        ((message_id,),) = _MESSAGE.rows(connection, {**given, "given_ticket_id": ticket_id})
    about = {"shop_id": new.shop_id, "ticket_id": ticket_id, "customer_id": new.customer_id}
    emit(session, events.TicketOpened, actor=principal.actor, **about)
    emit(session, events.MessageReceived, actor=principal.actor, **about, message_id=message_id)
    return Opened({**_NEW, **row, "id": ticket_id, **dict(zip(_CLOCK, times, strict=True))}, message_id)

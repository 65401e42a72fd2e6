"""Imported tickets. They are not mirrors: once here they are worked on, so a later import only adds to them.

A ticket comes as one row with its messages (a JSON list, or JSON lines in one cell) or as repeated rows with one
message each. A message is known again by its id, or by author, time and text. Nothing is announced for tickets that
are over; an open one whose last word is the customer's gets `MessageReceived`, so that a draft is prepared.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from records import events
from records.imports.readers import Row
from records.imports.rows import MESSAGE_COLUMNS, MessageRow, TicketRow
from records.imports.writers import CREATED, UNCHANGED, UPDATED, Batch, Rows
from records.people.models import ChannelIdentity
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import ChannelAccount
from records.tickets.models import AuthorKind, Direction, Message, Ticket, TicketStatus, Visibility
from records.tickets.telling import emit_about

CHANNEL = "import"
_CLIENT_ID = "import:"
_OVER = (TicketStatus.RESOLVED, TicketStatus.CLOSED)


def group_rows(rows: Iterable[tuple[Row, dict[str, Any]]]) -> Iterator[list[tuple[Row, dict[str, Any]]]]:
    """Rows (with their mapped values) that follow each other with the same external_id belong to one ticket."""
    group: list[tuple[Row, dict[str, Any]]] = []
    for row, values in rows:
        if group and (row.problem or values.get("external_id") != group[0][1].get("external_id")):
            yield group
            group = []
        group.append((row, values))
    if group:
        yield group


def merge_rows(group: Sequence[tuple[Row, dict[str, Any]]]) -> dict[str, Any]:
    """One ticket of all its rows: the first word on each field counts, messages are collected.

    Raises ValueError when a cell of messages is not JSON.
    """
    merged: dict[str, Any] = {}
    messages: list[Any] = []
    for _, values in group:
        for name, value in values.items():
            if name not in MESSAGE_COLUMNS and name != "messages" and merged.get(name, "") == "":
                merged[name] = value
        messages += _messages_in(values.get("messages", ""))
        single = {ours: values[column] for column, ours in MESSAGE_COLUMNS.items() if values.get(column, "") != ""}
        if single:
            messages.append(single)
    return merged | {"messages": messages}


def _messages_in(cell: Any) -> list[Any]:
    if isinstance(cell, list):
        return cell
    text = str(cell).strip()
    if not text:
        return []
    try:
        if text.startswith("["):
            return list(json.loads(text, parse_float=str, parse_int=str))
        return [json.loads(line, parse_float=str, parse_int=str) for line in text.splitlines() if line.strip()]
    except ValueError:
        raise ValueError(
            'is not JSON: write messages as [{"author": "customer", "text": "…", "at": "2025-04-05 10:24"}]'
        ) from None


@dataclass(frozen=True, slots=True)
class _Address:
    account_id: int
    identities: dict[str, int]


def write_tickets(batch: Batch, rows: Rows[TicketRow]) -> None:
    session, shop = batch.session, batch.shop
    query = select(Ticket).where(
        Ticket.shop_id == shop.id, Ticket.external_id.in_({row.external_id for _, row in rows})
    )
    known = {t.external_id: t for t in session.scalars(query.options(selectinload(Ticket.messages)).with_for_update())}
    customers = batch.customers(row.customer_external_id for _, row in rows)
    address = _addresses(session, shop.id, customers)
    waiting: list[tuple[Ticket, Message]] = []
    for at, row in rows:
        customer_id = customers.get(row.customer_external_id)
        if customer_id is None:
            batch.outcomes[at] = batch.no_customer(row.customer_external_id)
            continue
        ticket = known.get(row.external_id)
        if ticket is None:
            identity_id = address.identities[row.customer_external_id]
            ticket = _new_ticket(row, shop.id, customer_id, address.account_id, identity_id)
            session.add(ticket)
            known[row.external_id] = ticket
            added, batch.outcomes[at] = _add_messages(ticket, row), CREATED
        else:
            changed = _change(ticket, row)
            added = _add_messages(ticket, row)
            batch.outcomes[at] = UPDATED if changed or added else UNCHANGED
        last = _last_public(ticket)
        if added and last is not None and last in added and _wants_answer(ticket, last):
            waiting.append((ticket, last))
    session.flush()
    for ticket, message in waiting:
        emit_about(session, events.MessageReceived, ticket, SYSTEM_PRINCIPAL.actor, message_id=message.id)


def _addresses(session: Session, shop_id: int, customers: Mapping[str, int]) -> _Address:
    """The shop's import account and an identity for each customer: unverified, since nobody has proved anything."""
    account = session.scalar(
        select(ChannelAccount).where(
            ChannelAccount.shop_id == shop_id, ChannelAccount.kind == CHANNEL, ChannelAccount.name == CHANNEL
        )
    )
    if account is None:
        account = ChannelAccount(shop_id=shop_id, kind=CHANNEL, name=CHANNEL, config={})
        session.add(account)
        session.flush()
    query = select(ChannelIdentity).where(
        ChannelIdentity.channel_account_id == account.id, ChannelIdentity.address.in_(customers)
    )
    found = {identity.address: identity for identity in session.scalars(query)}
    for external_id, customer_id in customers.items():
        if external_id not in found:
            found[external_id] = ChannelIdentity(
                channel_account_id=account.id, address=external_id, customer_id=customer_id
            )
            session.add(found[external_id])
    session.flush()
    return _Address(account.id, {name: identity.id for name, identity in found.items()})


def _new_ticket(row: TicketRow, shop_id: int, customer_id: int, account_id: int, identity_id: int) -> Ticket:
    first = next((m.text for m in row.messages if m.author == AuthorKind.CUSTOMER), "")
    return Ticket(
        shop_id=shop_id,
        external_id=row.external_id,
        customer_id=customer_id,
        identity_id=identity_id,
        channel_account_id=account_id,
        subject=(row.subject or first.splitlines()[0][:80] if first or row.subject else "")[:255],
        status=row.status,
        priority=row.priority or "normal",
        category=row.category,
        intent=row.intent,
        channel=row.channel or CHANNEL,
        language=row.language,
        next_seq=1,
        last_inbound_seq=0,
        created_at=row.created_at,
        updated_at=row.created_at,
        messages=[],
    )


def _change(ticket: Ticket, row: TicketRow) -> bool:
    """Fill in what is empty here; the state is the file's only while nobody has worked on the ticket here."""
    before = (ticket.intent, ticket.category, ticket.language, ticket.status)
    ticket.intent = ticket.intent or row.intent
    ticket.category = ticket.category or row.category
    ticket.language = ticket.language or row.language
    ours = any(not (m.client_id or "").startswith(_CLIENT_ID) for m in ticket.messages)
    if not ours and ticket.assignee_id is None:
        ticket.status = row.status
    return before != (ticket.intent, ticket.category, ticket.language, ticket.status)


def _add_messages(ticket: Ticket, row: TicketRow) -> list[Message]:
    """Append what is not there yet, by time (or in the order of the file), and bring the ticket's times up to date."""
    known = {message.client_id for message in ticket.messages}
    repeats: Counter[str] = Counter()
    added = []
    clock = row.created_at
    messages = row.messages
    if all(m.at for m in messages):
        messages = sorted(messages, key=lambda m: m.at or row.created_at)
    for new in messages:
        clock = new.at or clock + timedelta(seconds=1)  # without times the order of the file is kept
        client_id = _client_id(new, repeats)
        if client_id not in known:
            message = _message(ticket, new, client_id, clock)
            ticket.messages.append(message)
            added.append(message)
    _bring_times_up(ticket, row)
    return added


def _client_id(new: MessageRow, repeats: Counter[str]) -> str:
    if new.id:
        return f"{_CLIENT_ID}{new.id}"
    parts = (new.author, new.at.isoformat() if new.at else "", new.visibility or "", new.text)
    digest = hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:40]
    repeats[digest] += 1
    return f"{_CLIENT_ID}{digest}.{repeats[digest]}"


def _message(ticket: Ticket, new: MessageRow, client_id: str, at: datetime) -> Message:
    inbound = new.author == AuthorKind.CUSTOMER
    message = Message(
        seq=ticket.next_seq,
        client_id=client_id,
        direction=Direction.IN if inbound else Direction.OUT,
        visibility=new.visibility or Visibility.PUBLIC,
        author_kind=new.author,
        author_id=ticket.customer_id if inbound else None,
        text=new.text.replace("\x00", ""),
        language=new.language,
        created_at=at,
    )
    ticket.next_seq += 1
    if inbound:
        ticket.last_inbound_seq = message.seq
    return message


def _bring_times_up(ticket: Ticket, row: TicketRow) -> None:
    if ticket.messages:
        ticket.updated_at = max(ticket.updated_at, *(m.created_at for m in ticket.messages))
    if ticket.first_response_at is None:
        answers = [
            m.created_at
            for m in ticket.messages
            if m.direction == Direction.OUT and m.visibility == Visibility.PUBLIC and m.author_kind != AuthorKind.SYSTEM
        ]
        ticket.first_response_at = min(answers, default=None)
    if ticket.status in _OVER and ticket.resolved_at is None:
        ticket.resolved_at = row.resolved_at or ticket.updated_at
    if ticket.status == TicketStatus.CLOSED and ticket.closed_at is None:
        ticket.closed_at = ticket.resolved_at
    if ticket.status not in _OVER:
        ticket.resolved_at = ticket.closed_at = None
    ticket.waiting_since = None if ticket.status in _OVER else _waiting_since(ticket)


def _waiting_since(ticket: Ticket) -> datetime | None:
    """When the customer wrote the first message that nobody has answered."""
    since = None
    for message in ticket.messages:
        if message.direction == Direction.IN:
            since = since or message.created_at
        elif message.visibility == Visibility.PUBLIC and message.author_kind != AuthorKind.SYSTEM:
            since = None
    return since


def _last_public(ticket: Ticket) -> Message | None:
    return next((m for m in reversed(ticket.messages) if m.visibility == Visibility.PUBLIC), None)


def _wants_answer(ticket: Ticket, last: Message) -> bool:
    return ticket.status not in _OVER and last.author_kind == AuthorKind.CUSTOMER

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, update

from core.db import Database
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import Event
from records.principals import Principal, Role
from records.tickets import actions, messages, queries
from records.tickets.filters import TicketFilter
from records.tickets.models import AuthorKind, Message, Ticket, TicketStatus
from tests.factories import make_customer, make_shop, make_staff, staff_principal

ADMIN = Principal("system", role=Role.ADMIN)


def opened(db: Database, text: str = "快递到哪了") -> int:
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        ticket = actions.open_ticket(session, ADMIN, actions.NewTicket(shop.id, customer.id, "web"))
        messages.add_inbound(session, ADMIN, ticket, messages.NewMessage(text))
        return ticket.id


def test_messages_are_numbered_without_gap_under_concurrency(db: Database) -> None:
    ticket_id = opened(db)

    def write(n: int) -> None:
        for i in range(5):
            with db.unit_of_work() as session:
                ticket = actions.lock_ticket(session, ADMIN, ticket_id)
                messages.add_inbound(session, ADMIN, ticket, messages.NewMessage(f"{n}-{i}"))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        seqs = list(session.scalars(select(Message.seq).order_by(Message.seq)))
        ticket = session.get_one(Ticket, ticket_id)
    assert seqs == list(range(1, 32))
    assert ticket.last_inbound_seq == 31


def test_a_reply_waits_for_the_customer_and_the_next_message_reopens(db: Database) -> None:
    ticket_id = opened(db)
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, ADMIN, ticket_id)
        messages.queue_reply(session, ADMIN, ticket, messages.NewMessage("您好"), AuthorKind.AGENT)
        session.flush()
        assert ticket.status == TicketStatus.PENDING and ticket.first_response_at is not None
    with db.unit_of_work() as session:
        actions.resolve(session, ADMIN, actions.lock_ticket(session, ADMIN, ticket_id))
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, ADMIN, ticket_id)
        messages.add_inbound(session, ADMIN, ticket, messages.NewMessage("还是没到"))
        assert ticket.status == TicketStatus.OPEN and ticket.resolved_at is None
    with db.reading() as session:
        names = [event.name for event in queries.timeline(session, ticket_id)]
    assert names[0] == "TicketOpened" and "TicketReopened" in names and names.count("MessageReceived") == 2


def test_a_cancelled_reply_is_not_sent_twice_cancelled(db: Database) -> None:
    ticket_id = opened(db)
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, ADMIN, ticket_id)
        message = messages.queue_reply(session, ADMIN, ticket, messages.NewMessage("您好"), AuthorKind.AGENT)
        messages.cancel_reply(session, ADMIN, ticket, message.id)
        with pytest.raises(Conflict):
            messages.cancel_reply(session, ADMIN, ticket, message.id)


def test_a_stale_version_is_refused(db: Database) -> None:
    ticket_id = opened(db)
    with db.unit_of_work() as session:
        version = actions.lock_ticket(session, ADMIN, ticket_id).version
    with db.unit_of_work() as session:
        actions.set_priority(session, ADMIN, actions.lock_ticket(session, ADMIN, ticket_id, version), "high")
    with db.unit_of_work() as session, pytest.raises(PreconditionFailed):
        actions.lock_ticket(session, ADMIN, ticket_id, version)


def test_staff_of_another_shop_see_nothing(db: Database) -> None:
    ticket_id = opened(db)
    with db.unit_of_work() as session:
        other = make_shop(session)
        stranger = staff_principal(make_staff(session), shops=frozenset({other.id}))
        with pytest.raises(NotFound):
            actions.lock_ticket(session, stranger, ticket_id)
        assert queries.list_tickets(session, stranger, TicketFilter()) == []


def test_events_carry_no_text(db: Database) -> None:
    ticket_id = opened(db, "我的手机号是 13800138000")
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, ADMIN, ticket_id)
        actions.set_subject(session, ADMIN, ticket, "退款 13800138000")
        messages.add_note(session, ADMIN, ticket, messages.NewMessage("内部：13800138000"))
    with db.reading() as session:
        rows = list(session.scalars(select(Event)))
    assert len(rows) == 4
    assert all("13800138000" not in str(row.data) for row in rows)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 20_001])
def test_empty_and_huge_messages_are_refused(sqlite_db: Database, text: str) -> None:
    ticket_id = opened(sqlite_db)
    with sqlite_db.unit_of_work() as session, pytest.raises(InvalidInput):
        messages.add_inbound(session, ADMIN, actions.lock_ticket(session, ADMIN, ticket_id), messages.NewMessage(text))


def test_tags_are_replaced_and_found(db: Database) -> None:
    ticket_id = opened(db)
    for tags in (["a", "b", "b", " "], ["b", "c"]):
        with db.unit_of_work() as session:
            actions.set_tags(session, ADMIN, actions.lock_ticket(session, ADMIN, ticket_id), tags)
    with db.reading() as session:
        assert sorted(t.tag for t in queries.get_ticket(session, ADMIN, ticket_id).tags) == ["b", "c"]
        assert len(queries.list_tickets(session, ADMIN, TicketFilter(tag="c"))) == 1
        assert queries.list_tickets(session, ADMIN, TicketFilter(tag="a")) == []


def test_what_the_bot_finds_out_does_not_make_an_old_ticket_new(db: Database) -> None:
    old, new = opened(db), opened(db)
    bot, long_ago = Principal("bot"), datetime(2026, 1, 1, tzinfo=UTC)

    def newest_first() -> list[int]:
        with db.reading() as session:
            return [ticket.id for ticket in queries.list_tickets(session, ADMIN, TicketFilter())]

    with db.unit_of_work() as session:
        session.execute(update(Ticket).where(Ticket.id == old).values(updated_at=long_ago))
    with db.unit_of_work() as session:
        ticket = actions.lock_ticket(session, ADMIN, old)
        actions.set_priority(session, bot, ticket, "urgent")
        actions.set_classification(session, bot, ticket, intent="complaint", category=None)
    assert newest_first() == [new, old]
    with db.unit_of_work() as session:
        agent = staff_principal(make_staff(session))
        actions.set_priority(session, agent, actions.lock_ticket(session, agent, old), "high")
    assert newest_first() == [old, new]

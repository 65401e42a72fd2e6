from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

import pytest
from sqlalchemy import Integer, Table, bindparam, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from core.db import Database
from core.prepared import Prepared, within
from records.commerce.models import Order
from records.people.models import ApiToken, Customer, Staff
from records.principals import SYSTEM_PRINCIPAL, Role
from records.tickets.actions import NewTicket, open_ticket
from records.tickets.models import Message, TicketTag
from tests.conftest import create_postgres_database
from tests.factories import make_customer, make_order, make_shop

_NAME = Prepared(select(Customer.name).where(Customer.id == bindparam("customer_id")))


def test_types_are_those_of_the_columns(db: Database) -> None:
    at = datetime(2026, 1, 1, 12, 30, 15, 250_000, tzinfo=UTC)
    with db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session), total=Decimal("0.1003"), placed_at=at)
        author = Staff(username="mei", display_name="mei", role=Role.ADMIN)
        session.add(author)
        session.flush()
        token = ApiToken(name="erp", token_digest="d", role=Role.AGENT, shop_ids=[3, 1], created_by=author.id)
        session.add(token)
        session.flush()
        order_id, token_id = order.id, token.id
    found = Prepared(
        select(Order.id, Order.total, Order.placed_at).where(
            Order.placed_at == bindparam("at", type_=Order.placed_at.type), Order.total == bindparam("total")
        )
    )
    assert db.look_up(found, {"at": at, "total": Decimal("0.1003")}) == [(order_id, Decimal("0.1003"), at)]
    assert db.look_up(found, {"at": at + timedelta(microseconds=1), "total": Decimal("0.1003")}) == []
    shops = Prepared(select(ApiToken.shop_ids).where(ApiToken.id == bindparam("token_id")))
    assert db.look_up(shops, {"token_id": token_id}) == [([3, 1],)]


def test_it_is_part_of_the_units_transaction(db: Database) -> None:
    with pytest.raises(RuntimeError), db.unit_of_work() as session:
        customer = make_customer(session, name="陈女士")
        session.flush()
        assert within(session)(_NAME, {"customer_id": customer.id}) == [("陈女士",)]
        assert _NAME.first(session.connection(), {"customer_id": customer.id + 1}) is None
        raise RuntimeError("after the look")
    assert db.look_up(_NAME, {"customer_id": customer.id}) == []


def test_what_the_database_refuses_is_sqlalchemys_error(db: Database) -> None:
    table = cast(Table, TicketTag.__table__)
    add = Prepared(insert(table).returning(table.c.tag), ("ticket_id", "tag"))
    with db.unit_of_work() as session:
        new = NewTicket(shop_id=make_shop(session).id, customer_id=make_customer(session).id, channel="web")
        ticket_id = open_ticket(session, SYSTEM_PRINCIPAL, new).id
    with pytest.raises(IntegrityError), db.unit_of_work() as session:
        assert add.first(session.connection(), {"ticket_id": ticket_id, "tag": "vip"}) == ("vip",)
        add.rows(session.connection(), {"ticket_id": ticket_id, "tag": "vip"})
    with db.reading() as session:
        assert session.scalars(select(TicketTag.tag)).all() == []  # and all of the unit is gone


def test_what_it_cannot_keep_true_is_refused(db: Database) -> None:
    with pytest.raises(ValueError, match=r"must be given .*citations.*defaults are Python's"):
        db.look_up(Prepared(insert(cast(Table, Message.__table__)), ("ticket_id", "seq", "text")), {})
    with pytest.raises(ValueError, match="no parameter that expands"):
        db.look_up(Prepared(select(Customer.id).where(Customer.id.in_([1, 2]))), {})


def test_a_value_that_is_missing_is_refused_and_no_null(db: Database) -> None:
    with pytest.raises(ValueError, match="was not given customer_id"):
        db.look_up(_NAME, {})
    with pytest.raises(ValueError, match="was not given customer_id"):
        db.look_up(_NAME, {"customer": 1})
    given = Prepared(select(bindparam("said", 7, type_=Integer), bindparam("unsaid", None, type_=Integer)))
    assert db.look_up(given, {}) == [(7, None)] and db.look_up(given, {"said": 8, "unsaid": 9}) == [(8, 9)]


def test_only_a_column_that_may_be_null_may_be_left_out(db: Database) -> None:
    table = cast(Table, Customer.__table__)
    columns = ("external_id", "platform", "name", "email", "phone", "version")
    add = Prepared(insert(table).returning(table.c.id), columns)
    with pytest.raises(ValueError, match="was not given platform, external_id, version"), db.unit_of_work() as session:
        add.first(session.connection(), {"name": "陈女士"})
    with db.unit_of_work() as session:
        given = {"external_id": "u1", "platform": "web", "name": "陈女士", "version": 1}
        made = add.first(session.connection(), given)
        assert made is not None
        customer = session.get_one(Customer, made[0])
        assert (customer.name, customer.email, customer.phone) == ("陈女士", None, None)


def test_a_connection_that_was_lost_is_told_and_not_used_again(postgres_server: str) -> None:
    db = Database(create_postgres_database(postgres_server))
    echo = Prepared(select(bindparam("said", type_=Integer)))
    with pytest.raises(DBAPIError) as raised, db.unit_of_work() as session:
        mine = session.scalar(text("SELECT pg_backend_pid()"))
        with db.unit_of_work() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": mine})
        echo.first(session.connection(), {"said": 7})
    assert raised.value.connection_invalidated
    with db.unit_of_work() as session:
        assert echo.first(session.connection(), {"said": 7}) == (7,)
    db.close()

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import StatementError

from core.artifacts import Artifact, active_artifact, register_artifact
from core.db import Database, db_now
from records.commerce.models import Order, Product
from tests.factories import make_customer, make_order, make_shop


def test_database_clock_moves_by_seconds(db: Database) -> None:
    with db.reading() as session:
        now, later = session.execute(select(db_now(), db_now(5))).one()
    assert 4.9 < (later - now).total_seconds() < 5.1
    assert abs((now - datetime.now(UTC)).total_seconds()) < 5


def test_money_is_exact_and_can_be_summed(db: Database) -> None:
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        for total in ("0.10", "0.20", "123456789012.3456"):
            make_order(session, shop, customer, total=Decimal(total))
    with db.reading() as session:
        assert session.scalars(select(Order.total).order_by(Order.total)).all()[0] == Decimal("0.1")
        assert session.scalar(select(func.sum(Order.total))) == Decimal("123456789012.6456")


def test_times_are_utc_and_naive_ones_are_refused(db: Database) -> None:
    shanghai = timezone(timedelta(hours=8))
    with db.unit_of_work() as session:
        order = make_order(
            session, make_shop(session), make_customer(session), placed_at=datetime(2026, 1, 1, 8, tzinfo=shanghai)
        )
        order_id = order.id
    with db.reading() as session:
        assert session.get_one(Order, order_id).placed_at == datetime(2026, 1, 1, 0, tzinfo=UTC)
    with pytest.raises(StatementError), db.unit_of_work() as session:
        make_order(session, make_shop(session), make_customer(session), placed_at=datetime(2026, 1, 1))


def test_a_failed_unit_leaves_nothing(db: Database) -> None:
    with pytest.raises(RuntimeError), db.unit_of_work() as session:
        make_shop(session)
        raise RuntimeError("after the flush")
    with db.reading() as session:
        assert session.scalar(select(func.count(Product.id))) == 0


def test_writers_queue_instead_of_failing(db: Database) -> None:
    """Two units that read first and write then: on SQLite a deferred BEGIN would fail one with "database is locked"."""
    errors: list[Exception] = []

    def write(n: int) -> None:
        try:
            for i in range(10):
                with db.unit_of_work() as session:
                    session.scalar(select(func.count(Artifact.id)))
                    register_artifact(session, f"kind{n}", str(i), "p", {})
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with db.reading() as session:
        assert session.scalar(select(func.count(Artifact.id))) == 60
        active = active_artifact(session, "kind3")
        assert active is not None and active.version == "9"


def test_writers_of_one_process_take_turns_without_asking_sqlite(sqlite_db: Database) -> None:
    """SQLite would have the second one sleep, for longer each time; here it is woken."""
    second, began = threading.Event(), []

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        if statement.startswith("BEGIN IMMEDIATE"):
            began.append(threading.get_ident())

    def write() -> None:
        with sqlite_db.unit_of_work() as session:
            second.set()
            register_artifact(session, "kind", "2", "p", {})

    event.listen(sqlite_db.engine, "before_cursor_execute", note)
    try:
        writer = threading.Thread(target=write)
        with sqlite_db.unit_of_work() as session:
            register_artifact(session, "kind", "1", "p", {})
            writer.start()
            assert second.wait(10)
            writer.join(0.3)
            assert len(began) == 1, "the second one asked SQLite while the first one had the turn"
        writer.join(10)
        assert len(began) == 2
    finally:
        event.remove(sqlite_db.engine, "before_cursor_execute", note)


def test_a_turn_ends_with_a_failed_unit(sqlite_db: Database) -> None:
    for _ in range(3):
        with pytest.raises(RuntimeError), sqlite_db.unit_of_work() as session:
            register_artifact(session, "kind", "1", "p", {})
            session.connection().invalidate()
            raise RuntimeError("the connection broke")
    began = time.monotonic()
    with sqlite_db.unit_of_work() as session:
        register_artifact(session, "kind", "1", "p", {})
    assert time.monotonic() - began < 20  # a turn that nobody ends is given up after 30 seconds


def test_a_reading_session_cannot_write_on_postgresql(db: Database) -> None:
    with db.reading() as session:
        session.add(Artifact(kind="k", version="v", path="p", metrics={}))
        if not db.is_sqlite:
            with pytest.raises(Exception, match="read-only"):
                session.flush()
    with db.reading() as session:
        assert session.scalar(select(func.count(Artifact.id))) == 0

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, Connection, MetaData, inspect, text
from sqlalchemy.exc import IntegrityError

from core import migrate
from core.db import Database
from core.errors import ConfigurationError
from migrations.tables import metadata
from tests.conftest import create_postgres_database


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh(request: pytest.FixtureRequest, tmp_path: Path) -> Database:
    if request.param == "sqlite":
        return Database(f"sqlite:///{tmp_path}/fresh.db")
    return Database(create_postgres_database(request.getfixturevalue("postgres_server")))


def test_up_down_and_up_again(fresh: Database) -> None:
    with pytest.raises(ConfigurationError):
        migrate.require_current(fresh)
    migrate.upgrade(fresh)
    assert migrate.is_current(fresh)
    migrate.downgrade(fresh, "base")
    assert set(inspect(fresh.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(fresh)
    with fresh.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, metadata) == []
    fresh.close()


def _any_value(column: Column[Any]) -> Any:
    kind = column.type.python_type
    return {int: 1, str: "UTC", bool: True, datetime: datetime(2026, 1, 1, tzinfo=UTC)}.get(kind, {})


def test_an_upgrade_keeps_the_rows_that_refer_to_an_altered_table(fresh: Database) -> None:
    """SQLite alters by copying and dropping: with its foreign keys on, the drop fails or takes the referring rows."""
    migrate.upgrade(fresh, "0001")
    tables = MetaData()
    tables.reflect(fresh.engine)
    with fresh.engine.begin() as connection:
        for name in ("shops", "channel_accounts", "customers", "channel_identities"):
            table = tables.tables[name]
            connection.execute(table.insert().values({c.name: _any_value(c) for c in table.columns if not c.nullable}))
    migrate.upgrade(fresh)
    with fresh.engine.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM channel_accounts WHERE shop_id = 1")).scalar_one() == 1
    with pytest.raises(IntegrityError), fresh.engine.begin() as connection:
        connection.execute(text("DELETE FROM shops WHERE id = 1"))
    fresh.close()


def test_tickets_that_were_there_before_wait_since_their_unanswered_message(fresh: Database) -> None:
    migrate.upgrade(fresh, "0002")
    tables = MetaData()
    tables.reflect(fresh.engine)

    def add(connection: Connection, name: str, **values: Any) -> None:
        table = tables.tables[name]
        required = {c.name: _any_value(c) for c in table.columns if not c.nullable}
        connection.execute(table.insert().values({**required, **values}))

    with fresh.engine.begin() as connection:
        add(connection, "shops")
        add(connection, "customers")
        for ticket, status in ((1, "open"), (2, "open"), (3, "resolved")):
            add(connection, "tickets", id=ticket, status=status, waiting_since=None)
            for seq, way in enumerate(("in", "out", "in", "in") if ticket != 2 else ("in", "out"), 1):
                at = datetime(2026, 1, seq, tzinfo=UTC)
                who = "agent" if way == "out" else "customer"
                add(connection, "messages", id=10 * ticket + seq, ticket_id=ticket, seq=seq, direction=way,
                    visibility="public", author_kind=who, created_at=at)  # fmt: skip
    migrate.upgrade(fresh)
    with fresh.engine.connect() as connection:
        rows = connection.execute(text("SELECT id, waiting_since FROM tickets ORDER BY id")).all()
    assert [(row.id, str(row.waiting_since)[:10] if row.waiting_since else None) for row in rows] == [
        (1, "2026-01-03"), (2, None), (3, None),
    ]  # fmt: skip
    fresh.close()

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Column, MetaData, inspect, text
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

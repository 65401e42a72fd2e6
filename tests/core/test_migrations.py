from __future__ import annotations

from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect

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

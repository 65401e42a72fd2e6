"""Bring the database's schema to a revision, one process at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from core.db import Database
from core.errors import ConfigurationError

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 0x636F70696C6F74  # an advisory lock of our own ("copilot") so that two starting processes take turns


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    if connection is not None:
        config.attributes["connection"] = connection
    return config


def upgrade(db: Database, revision: str = "head") -> None:
    """Run all migrations up to `revision`; nothing happens when they have been run."""
    with _unchecked(db) as connection:
        if not db.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
        command.upgrade(_config(connection), revision)
        connection.commit()


def downgrade(db: Database, revision: str) -> None:
    with _unchecked(db) as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


@contextmanager
def _unchecked(db: Database) -> Iterator[Connection]:
    """SQLite alters a table by copying it and dropping the old one, which its foreign keys forbid or, worse, follow.

    The pragma does nothing inside a transaction, and SQLAlchemy begins one with the first statement: so it goes to the
    driver's connection.
    """
    with db.engine.connect() as connection:
        if not db.is_sqlite:
            yield connection
            return
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.execute("PRAGMA foreign_keys=OFF")
        try:
            yield connection
        finally:
            connection.rollback()
            driver.execute("PRAGMA foreign_keys=ON")


def is_current(db: Database) -> bool:
    """True when every migration of this version of the product has been run."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == head


def upgrade_if_needed(db: Database) -> None:
    if not is_current(db):
        upgrade(db)


def require_current(db: Database) -> None:
    """Raises ConfigurationError, naming the command, when migrations have not been run."""
    if not is_current(db):
        raise ConfigurationError("The database is not up to date. Run `copilot migrate` once, then start again.")

"""Bring the database's schema to a revision, one process at a time."""

from __future__ import annotations

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
    with db.engine.connect() as connection:
        if db.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        else:
            connection.execute(text("SELECT pg_advisory_xact_lock(:k)"), {"k": _LOCK})
        command.upgrade(_config(connection), revision)
        connection.commit()
        if db.is_sqlite:
            connection.exec_driver_sql("PRAGMA foreign_keys=ON")


def downgrade(db: Database, revision: str) -> None:
    with db.engine.connect() as connection:
        command.downgrade(_config(connection), revision)
        connection.commit()


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

"""Alembic's environment. `Config.attributes["connection"]` is set by core.migrate; a bare `alembic` uses settings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from core.db import Database, Money, UtcDateTime, db_now
from core.settings import get_settings
from migrations.tables import metadata


def render(kind: str, item: Any, autogen: AutogenContext) -> str | bool:
    """Our own types and the database clock are written by name, so that one migration serves both dialects."""
    autogen.imports.add("from core.db import BigId, JsonValue, Money, UtcDateTime, db_now")
    if kind == "type" and isinstance(item, UtcDateTime | Money):
        return f"{type(item).__name__}()"
    if kind == "type" and isinstance(item, sa.JSON):
        return "JsonValue"
    if kind == "type" and isinstance(item, sa.BigInteger):
        return "BigId"
    if kind == "server_default" and isinstance(getattr(item, "arg", None), db_now):
        return "db_now()"
    return False


def run(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=False,
        render_item=render,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    database = Database(get_settings().sqlalchemy_url)
    with database.engine.connect() as own:
        run(own)
        own.commit()

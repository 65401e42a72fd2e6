"""Every table is known to the migrations, and holds times and money as the house does."""

from __future__ import annotations

import re

from sqlalchemy import Float, Numeric

from core.db import Money, UtcDateTime
from migrations.tables import metadata
from tests.architecture.tree import packages, sources

_TABLE = re.compile(r"__tablename__ = \"(\w+)\"")
_MONEY = re.compile(r"(^|_)(amount|price|total|refund|fee|cost)($|_)")


def test_migrations_know_every_table() -> None:
    """A models module that `migrations/tables.py` does not import would be dropped by the next autogenerate."""
    # a bench has a table of its own, to compare with
    files = [path for path in sources(*packages()) if "bench" not in path.parts]
    declared = {name for path in files for name in _TABLE.findall(path.read_text("utf-8"))}
    assert len(declared) > 30
    assert declared == set(metadata.tables)


def test_times_are_utc() -> None:
    naive = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if column.type.__class__.__name__ in ("DateTime", "TIMESTAMP") and not isinstance(column.type, UtcDateTime)
    ]
    assert naive == []


def test_money_is_exact() -> None:
    inexact = [
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if _MONEY.search(column.name)
        and isinstance(column.type, Float | Numeric)
        and not isinstance(column.type, Money)
    ]
    assert inexact == []

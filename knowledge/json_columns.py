"""Ask both databases whether a JSON list holds a number."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import Boolean


class _JsonListContains(FunctionElement[bool]):
    type = Boolean()
    inherit_cache = True
    name = "json_list_contains"


def json_contains(column: InstrumentedAttribute[list[int]], value: int) -> ColumnElement[bool]:
    """`value` is an element of the JSON list in `column`."""
    return _JsonListContains(column, literal(value))


@compiles(_JsonListContains, "postgresql")
def _postgresql(element: _JsonListContains, compiler: SQLCompiler, **kw: Any) -> str:
    column, value = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"({column} @> to_jsonb(CAST({value} AS bigint)))"


@compiles(_JsonListContains, "sqlite")
def _sqlite(element: _JsonListContains, compiler: SQLCompiler, **kw: Any) -> str:
    column, value = (compiler.process(clause, **kw) for clause in element.clauses)
    return f"(EXISTS (SELECT 1 FROM json_each({column}) WHERE json_each.value = {value}))"

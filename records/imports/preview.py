"""What a person sees before an import: a file's columns, what we take them for, and rows as they were understood."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from records.commerce.models import AfterSaleKind, AfterSaleStatus, OrderStatus, ShipmentStatus
from records.imports.mapping import ColumnMapping
from records.imports.readers import read_rows
from records.imports.report import ERROR_COLUMNS
from records.imports.rows import MESSAGE_COLUMNS, ROWS, ImportRow, fields_of, required_fields
from records.tickets.models import Priority, TicketStatus

SAMPLES = 3
SURVEYED_ROWS = 50  # rows in which samples are looked for
_LONGEST = 200  # characters of a cell that are shown

# Whose words can be mapped to ours, by kind and field.
WORDS: Mapping[tuple[str, str], type[StrEnum]] = {
    ("orders", "status"): OrderStatus,
    ("shipments", "status"): ShipmentStatus,
    ("after-sales", "kind"): AfterSaleKind,
    ("after-sales", "status"): AfterSaleStatus,
    ("tickets", "status"): TicketStatus,
    ("tickets", "priority"): Priority,
}


@dataclass(frozen=True, slots=True)
class FileColumn:
    """`suggested` is our field for it, None when the column is not known."""

    name: str
    samples: list[str]
    suggested: str | None


@dataclass(frozen=True, slots=True)
class OurField:
    """`words` are the values that it may have; empty: any."""

    name: str
    required: bool
    words: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Inspection:
    """`rows` counts those of the whole file."""

    rows: int
    columns: list[FileColumn]
    fields: list[OurField]


def inspect_file(kind: str, path: Path) -> Inspection:
    """Raises InvalidInput for a file that cannot be read."""
    total, samples = survey(path)
    known, mapping = fields_of(kind), ColumnMapping()
    columns = [FileColumn(name, cells, mapping.field_of(name, known)) for name, cells in samples.items()]
    required = set(required_fields(kind))
    names = [*ROWS[kind].model_fields, *(MESSAGE_COLUMNS if kind == "tickets" else ())]
    ours = [OurField(name, name in required, _words(kind, name)) for name in names]
    return Inspection(total, columns, ours)


def survey(path: Path) -> tuple[int, dict[str, list[str]]]:
    """How many rows, and some cells of each column. Raises InvalidInput for a file that cannot be read."""
    samples: dict[str, list[str]] = {}
    rows = read_rows(path)
    total = 0
    for row in islice(rows, SURVEYED_ROWS):
        total += 1
        for name, value in row.values.items() if not row.problem else ():
            cells = samples.setdefault(name, []) if name not in ERROR_COLUMNS else []
            text = _text(value, ZoneInfo("UTC"))
            if text and text not in cells and len(cells) < SAMPLES:
                cells.append(text)
    return total + sum(1 for _ in rows), samples


def shown_values(written: Mapping[str, Any], checked: ImportRow | None, zone: ZoneInfo) -> dict[str, str]:
    """The row as it was understood, times in the shop's clock; as it was written when it was not understood."""
    values: Mapping[str, Any] = written if checked is None else checked.model_dump(exclude_none=True)
    shown = {name: _text(value, zone) for name, value in values.items()}
    return {name: text for name, text in shown.items() if text}


def _words(kind: str, name: str) -> list[str]:
    return [str(word) for word in WORDS.get((kind, name), ()) if word != "unknown"]


def _text(value: Any, zone: ZoneInfo) -> str:
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M}" + (f":{local:%S}" if local.second else "")
    if isinstance(value, list):
        plain = all(isinstance(one, str) for one in value)
        return ", ".join(value)[:_LONGEST] if plain else f"× {len(value)}"
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, default=str)[:_LONGEST]
    return "" if value is None else str(value)[:_LONGEST]

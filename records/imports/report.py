"""What became of an import, and the file of the rows that were not taken."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from records.imports.readers import Row, guarded, read_rows
from records.imports.rows import Problem

ERROR_COLUMNS = ("error_row", "error_field", "error_value", "error_message")
SHOWN_ERRORS = 20


@dataclass(frozen=True, slots=True)
class RowError:
    """`row` is the row's number in the file, the header being row 1."""

    row: int
    field: str
    value: str
    message: str
    code: str = ""


@dataclass(frozen=True, slots=True)
class ParsedRow:
    """A row as it was understood, by our field names; `outcome` is created, updated, unchanged or failed."""

    row: int
    outcome: str
    values: dict[str, str]


@dataclass(slots=True)
class ImportReport:
    """`rows` were read (from `resumed_from` on); records were created, updated or unchanged, rows failed.

    `errors` are the first ones; all are in `error_file` and in the database. `unmapped` counts status words that were
    kept as the shop's own word with the status unknown: (field, word) → rows. `sample` are the first rows as parsed,
    if they were asked for.
    """

    kind: str
    shop: str
    file: str
    dry_run: bool = False
    run_id: int | None = None
    rows: int = 0
    resumed_from: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    errors: list[RowError] = field(default_factory=list)
    error_file: Path | None = None
    unmapped: dict[tuple[str, str], int] = field(default_factory=dict)
    ignored_columns: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    sample: list[ParsedRow] = field(default_factory=list)
    seconds: float = 0.0

    def hints(self) -> list[str]:
        """What a person may want to do, one sentence each."""
        hints = [
            f"{word_field} {word!r} ({count} rows) is not known and was kept as it is with the status unknown: map it "
            f"with --mapping: values: {{{word_field}: {{{word}: …}}}}"
            for (word_field, word), count in sorted(self.unmapped.items())
        ]
        if self.ignored_columns:
            names = ", ".join(self.ignored_columns)
            hints.append(f"not used: column {names}; map it with --mapping: columns: {{theirs: ours}}")
        return hints + self.warnings


class ErrorFile:
    """The rows that failed, as they were, with what is wrong: mend them there and import that file.

    CSV (UTF-8 with BOM, for spreadsheets) or, for a JSONL input, JSONL. Nothing is written before the first error.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.columns = [name for name in columns if name not in ERROR_COLUMNS]
        self.lines = path.suffix.lower() in (".jsonl", ".ndjson")
        self.used = False

    @staticmethod
    def beside(source: Path) -> Path:
        suffix = ".jsonl" if source.suffix.lower() in (".jsonl", ".ndjson") else ".csv"
        return source.with_name(f"{source.stem}.errors{suffix}")

    def begin(self, last_row: int = 0) -> None:
        """Forget an earlier run's file, or what it says of rows after `last_row`, which will be read again."""
        if not self.path.exists():
            return
        kept = [row.values for row in read_rows(self.path) if int(row.values.get("error_row") or 0) <= last_row]
        try:
            self.path.unlink()
            for values in kept:
                self._write([values.get(name, "") for name in (*self.columns, *ERROR_COLUMNS)], values)
        except OSError as error:
            raise self._refused(error) from error

    def add(self, rows: Sequence[Row], problems: Sequence[Problem]) -> None:
        told = {
            "error_row": str(rows[0].number),
            "error_field": "; ".join(p.field for p in problems),
            "error_value": "; ".join(p.value for p in problems),
            "error_message": "; ".join(p.message for p in problems),
        }
        try:
            for row in rows:
                values = {**row.values, **told}
                cells = [_cell(values.get(name, "")) for name in (*self.columns, *ERROR_COLUMNS)]
                self._write(cells, values)
        except OSError as error:
            raise self._refused(error) from error

    def _write(self, cells: Sequence[str], values: Mapping[str, Any]) -> None:
        new = not self.path.exists()
        self.used = True
        if self.lines:
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(values, ensure_ascii=False) + "\n")
            return
        with self.path.open("a", encoding="utf-8-sig" if new else "utf-8", newline="") as file:
            writer = csv.writer(file)
            if new:
                writer.writerow((*self.columns, *ERROR_COLUMNS))
            writer.writerow([guarded(cell) for cell in cells])

    def _refused(self, error: OSError) -> InvalidInput:
        return InvalidInput(f"The file of errors cannot be written: {error}. Name another with --error-file.")


def _cell(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

"""`import_file`: a shop's export into the records, in batches, each a transaction of its own.

Importing is a command: it opens its units of work itself, so call it outside of any other. An interrupted import goes
on where it stopped: `ImportRun` remembers, in the transaction of each batch, how many rows of exactly this file (and
mapping) are done. Importing a file again that was finished reads it anew and changes nothing.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from core.db import Database
from core.errors import InvalidInput
from records.imports import writers
from records.imports.actions import advance_run, begin_run, finish_run
from records.imports.fields import Reading
from records.imports.mapping import ColumnMapping, load_mapping
from records.imports.models import ImportRun
from records.imports.preview import shown_values
from records.imports.readers import Row, file_digest, read_rows
from records.imports.report import ERROR_COLUMNS, SHOWN_ERRORS, ErrorFile, ImportReport, ParsedRow, RowError
from records.imports.rows import ROWS, ImportRow, OrderItemRow, Problem, check_row, fields_of, required_fields
from records.imports.tickets import group_rows, merge_rows, write_tickets
from records.principals import SYSTEM_PRINCIPAL, Principal
from records.shops.models import Shop
from records.shops.queries import shop_by_code

BATCH = 500
KINDS = tuple(ROWS)
Progress = Callable[[int, int], None]

_WRITERS: dict[str, Callable[[writers.Batch, Any], None]] = {
    "customers": writers.write_customers,
    "products": writers.write_products,
    "orders": writers.write_orders,
    "order-items": writers.write_order_items,
    "shipments": writers.write_shipments,
    "shipment-events": writers.write_shipment_events,
    "after-sales": writers.write_after_sales,
    "tickets": write_tickets,
}


class _RolledBack(Exception):
    """Leaves a unit of work without a commit: a dry run."""


@dataclass(slots=True)
class _Record:
    """One record of the file with the rows it was read from: checked, or with its problems."""

    rows: list[Row]
    checked: ImportRow | None = None
    written: dict[str, Any] = field(default_factory=dict)  # the cells as they were, by our field names
    problems: list[Problem] = field(default_factory=list)
    repeated: bool = False  # the same row again: nothing to do


def import_file(
    db: Database,
    kind: str,
    path: Path,
    *,
    shop: str,
    mapping: Path | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
    error_file: Path | None = None,
    principal: Principal = SYSTEM_PRINCIPAL,
    batch: int = BATCH,
    limit: int | None = None,
    sample: int = 0,
    shown_errors: int = SHOWN_ERRORS,
) -> ImportReport:
    """Import `path` into the shop with this code. `progress(rows_done, rows_total)` is called after each batch.

    A wrong row is reported and stops nothing else; `error_file` (default: beside the input) holds those rows. With
    `dry_run` everything is checked against the database and rolled back, at most `limit` rows if one is given; `sample`
    rows are then told as they were understood. Raises InvalidInput for an unknown kind, an
    unreadable file, a wrong mapping or a missing column, NotFound for the shop, Conflict when another process imports
    the same file at this moment.
    """
    if kind not in ROWS:
        raise InvalidInput(f"{kind!r} cannot be imported; kinds: {', '.join(KINDS)}.", field="kind")
    every_field = frozenset().union(*(fields_of(other) for other in KINDS))
    columns_map = load_mapping(mapping, every_field)
    total, header = _survey(path)
    columns = _columns(kind, path, header, columns_map)
    with db.reading() as session:
        row = shop_by_code(session, shop)
        principal.require_shop(row.id)
    importer = _Importer(
        db,
        kind,
        row,
        ImportReport(kind, shop, path.name, dry_run=dry_run),
        columns_map,
        columns,
        ErrorFile(error_file or ErrorFile.beside(path), header),
        principal,
        sample,
        shown_errors,
    )
    importer.report.ignored_columns = sorted(set(header) - set(columns) - set(ERROR_COLUMNS))
    began = time.monotonic()
    importer.run(path, mapping, total, batch, progress, limit if dry_run else None)
    importer.report.seconds = time.monotonic() - began
    return importer.report


def _survey(path: Path) -> tuple[int, list[str]]:
    """The number of rows and the columns, from a first pass: an unreadable file fails before it changes anything."""
    total, names = 0, dict[str, None]()
    for row in read_rows(path):
        total += 1
        names.update(dict.fromkeys(row.values) if not row.problem else {})
    return total, list(names)


def _columns(kind: str, path: Path, header: list[str], mapping: ColumnMapping) -> dict[str, str]:
    """Their column → our field. Raises InvalidInput when a column that every row needs is missing."""
    known = fields_of(kind)
    columns = {name: ours for name in header if (ours := mapping.field_of(name, known)) is not None}
    missing = [name for name in required_fields(kind) if name not in {*columns.values(), *mapping.defaults}]
    if header and missing:
        raise InvalidInput(
            f"{path.name} has no column {', '.join(missing)}, which {kind} need. Its columns: {', '.join(header)}. "
            f"Name them with --mapping: columns: {{theirs: {missing[0]}}}.",
            field="path",
        )
    return columns


@dataclass(slots=True)
class _Importer:
    db: Database
    kind: str
    shop: Shop
    report: ImportReport
    mapping: ColumnMapping
    columns: dict[str, str]
    error_file: ErrorFile
    principal: Principal
    sample: int
    shown_errors: int
    reading: Reading = field(init=False)
    seen: dict[tuple[Any, ...], tuple[int, int]] = field(default_factory=dict)  # key → hash of the row, its number
    lines: Counter[tuple[str, str]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.reading = Reading(ZoneInfo(self.shop.timezone), self.shop.currency)

    def run(
        self, path: Path, mapping: Path | None, total: int, batch: int, progress: Progress | None, limit: int | None
    ) -> None:
        report = self.report
        digest = file_digest(path, mapping.read_bytes() if mapping else b"")
        run = None if report.dry_run else self._begin(path, digest)
        done = report.resumed_from = run.rows_done if run else 0
        records = self._records(islice(read_rows(path), limit))
        last_row = self._skip(records, done)
        self.error_file.begin(last_row)
        while chunk := list(islice(records, batch)):
            done += sum(len(record.rows) for record in chunk)
            self._write(chunk, run.id if run else None, done)
            if progress is not None:
                progress(done, total)
        report.rows = done - report.resumed_from
        report.unmapped = dict(self.reading.unmapped)
        report.error_file = self.error_file.path if self.error_file.path.exists() else None
        if run is not None:
            with self.db.unit_of_work() as session:
                finish_run(session, self.principal, run.id, self.shop.id)

    def _begin(self, path: Path, digest: str) -> ImportRun:
        report = self.report
        with self.db.unit_of_work() as session:
            run, errors = begin_run(session, self.kind, self.shop.id, path.name, digest, self.shown_errors)
            report.errors = [RowError(e.row, e.field, e.value, e.message, e.code) for e in errors]
        report.run_id, report.failed = run.id, run.failed
        report.created, report.updated, report.unchanged = run.created, run.updated, run.unchanged
        return run

    def _skip(self, records: Iterator[_Record], rows: int) -> int:
        """Read past what is done (keys are remembered and checked as before); the number of the last row."""
        last = 0
        while rows > 0:
            record = next(records, None)
            if record is None:
                break
            rows -= len(record.rows)
            last = record.rows[-1].number
        self.reading.unmapped.clear()
        return last

    def _records(self, rows: Iterable[Row]) -> Iterator[_Record]:
        mapped = ((row, self.mapping.apply(row.values, self.columns)) for row in rows)
        if self.kind == "tickets":
            groups = group_rows(mapped)
        else:
            groups = ([pair] for pair in mapped)
        for group in groups:
            yield self._check([row for row, _ in group], group)

    def _check(self, rows: list[Row], group: list[tuple[Row, dict[str, Any]]]) -> _Record:
        problem = next((row.problem for row in rows if row.problem), "")
        if problem:
            return _Record(rows, problems=[Problem("row", "", problem, "unreadable")])
        try:
            values = merge_rows(group) if self.kind == "tickets" else group[0][1]
        except ValueError as error:
            return _Record(rows, problems=[Problem("messages", "", f"messages {error}", "not_json")])
        lossy = frozenset(self.columns[name] for row in rows for name in row.lossy if name in self.columns)
        checked = check_row(ROWS[self.kind], values, self.reading, lossy)
        if isinstance(checked, list):
            return _Record(rows, written=values, problems=checked)
        if isinstance(checked, OrderItemRow) and checked.line is None:
            sku = checked.order_no, checked.sku
            checked.line = self.lines[sku]
            self.lines[sku] += 1
        return self._unless_repeated(_Record(rows, checked, values))

    def _unless_repeated(self, record: _Record) -> _Record:
        assert record.checked is not None
        key, content = record.checked.key(), hash(record.checked.model_dump_json())
        first = self.seen.setdefault(key, (content, record.rows[0].number))
        if first[1] != record.rows[0].number:
            record.repeated = first[0] == content
            if not record.repeated and self.kind != "tickets":
                name = record.checked.key_fields()[0]
                message = f"{name} {key[0]!r} is in row {first[1]} already with other values: keep one of the two"
                record.problems.append(Problem(name, str(key[0]), message, "repeated"))
        return record

    def _write(self, chunk: list[_Record], run_id: int | None, done: int) -> None:
        """One batch: its records, its errors and the run's progress, all or nothing."""
        good = [(at, r.checked) for at, r in enumerate(chunk) if r.checked and not r.problems and not r.repeated]
        try:
            with self.db.unit_of_work() as session:
                batch = writers.Batch(session, self.shop, self.reading)
                _WRITERS[self.kind](batch, good)
                session.flush()
                counts = self._settle(chunk, batch)
                if run_id is None:
                    raise _RolledBack
                before = done - sum(len(record.rows) for record in chunk)
                advance_run(session, run_id, before, done, counts, [(r.rows[0].number, r.problems) for r in chunk])
                # Before the commit: a crash in between leaves rows in the file that are dropped when the run goes on.
                self._tell(chunk)
        except _RolledBack:
            self._tell(chunk)
        self.report.created += counts[writers.CREATED]
        self.report.updated += counts[writers.UPDATED]
        self.report.unchanged += counts[writers.UNCHANGED]
        self.report.failed += counts["failed"]
        self.report.warnings = sorted({*self.report.warnings, *batch.warnings})

    def _settle(self, chunk: list[_Record], batch: writers.Batch) -> Counter[str]:
        counts: Counter[str] = Counter()
        for at, record in enumerate(chunk):
            outcome = batch.outcomes.get(at, writers.UNCHANGED)
            if isinstance(outcome, Problem):
                # As it was written: a writer knows the parsed value, and a person looks for what stands in the file.
                written = record.written.get(outcome.field, outcome.value)
                record.problems.append(replace(outcome, value=str(written)[:500]))
            if record.problems:
                counts["failed"] += len(record.rows)
            elif isinstance(outcome, str):
                counts[outcome] += 1
            if len(self.report.sample) < self.sample:
                told = "failed" if record.problems else str(outcome)
                shown = shown_values(record.written, record.checked, self.reading.zone)
                self.report.sample.append(ParsedRow(record.rows[0].number, told, shown))
        return counts

    def _tell(self, chunk: list[_Record]) -> None:
        for record in chunk:
            if record.problems:
                self.error_file.add(record.rows, record.problems)
            for p in record.problems:
                if len(self.report.errors) < self.shown_errors:
                    self.report.errors.append(RowError(record.rows[0].number, p.field, p.value, p.message, p.code))

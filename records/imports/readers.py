"""Rows out of a CSV, XLSX or JSONL file, one at a time, as a person wrote them: every cell is text.

Excel keeps order numbers as floating-point numbers; whole ones are written out in full ("313021098954"). A cell that
already lost its digits ("3.13021E+11", or more than the 15 digits that a double keeps) cannot be repaired: it is
returned as it is and named in `Row.lossy`, so that the importer refuses it instead of inventing a number.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from itertools import chain, count
from pathlib import Path
from typing import Any, TextIO

from core.errors import InvalidInput, UnclosedQuote

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".jsonl", ".ndjson")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+\d{2,3}")  # as spreadsheets write it; "1E10" may be a sku
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_EXACT_INTEGER = 10**15  # https://learn.microsoft.com/office/troubleshoot/excel/last-digits-changed-to-zeros

csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True, slots=True)
class Row:
    """`number` is what a person sees in the file: the header of a table is row 1, the first line of JSONL too.

    `values` holds text by stripped column name; a JSON value that is neither text nor number stays what it is.
    """

    number: int
    values: dict[str, Any]
    lossy: frozenset[str] = frozenset()  # columns whose digits a spreadsheet has lost
    problem: str = ""  # why the row could not be read at all


def guarded(text: str) -> str:
    """A cell that a spreadsheet would take for a formula gets an apostrophe in front, as OWASP advises for CSV files.

    `read_rows` takes it away again, so that what we wrote can be read back unchanged. Amounts below zero stay.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text


def _unguarded(text: str) -> str:
    return text[1:] if text[:1] == "'" and guarded(text[1:]) == text else text


def read_rows(path: Path) -> Iterator[Row]:
    """The file's rows in order, read as they are asked for. Wholly empty rows are left out.

    Raises InvalidInput when the file is missing, of another kind, not text, or has no header.
    """
    suffix = path.suffix.lower()
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.", field="path")
    if suffix not in SUFFIXES:
        raise InvalidInput(f"{path.name}: use a file that ends in {', '.join(SUFFIXES)}.", field="path")
    if suffix == ".xlsx":
        return _read_xlsx(path)
    if suffix in (".jsonl", ".ndjson"):
        return _read_jsonl(path)
    return _read_csv(path)


def file_digest(path: Path, *extra: bytes) -> str:
    """SHA-256 hex of the file's bytes and of `extra` (what else decides how it is read)."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    for more in extra:
        digest.update(b"\x00" + more)
    return digest.hexdigest()


def detect_encoding(path: Path) -> str:
    """utf-8-sig, utf-16, gb18030 (which covers GBK and GB2312) or cp1252.

    Strict decoding decides: text in another encoding is practically never valid UTF-8. The whole file is read, since
    one wrong byte at its end would otherwise stop an import half-way. Western text can be valid GB18030 by chance, but
    then as rare characters, while Chinese text is mostly GB2312. Raises InvalidInput for what is not text.
    """
    with path.open("rb") as raw:
        marked = raw.read(2) in (b"\xff\xfe", b"\xfe\xff")
    if marked and _decodes(path, "utf-16") is not None:
        return "utf-16"
    if _decodes(path, "utf-8-sig") is not None:
        return "utf-8-sig"
    chinese = _decodes(path, "gb18030")
    if chinese is not None and chinese >= 0.5:
        return "gb18030"
    if _decodes(path, "cp1252") is not None:
        return "cp1252"
    kind = "CSV (UTF-8)" if path.suffix.lower() == ".csv" else "UTF-8 text"
    raise InvalidInput(f"The encoding of {path.name} is unknown. Save it as {kind}.", field="path")


def _decodes(path: Path, encoding: str) -> float | None:
    """The share of GB2312 among the first characters beyond ASCII, None when the file is not of this encoding."""
    foreign = ""
    try:
        with path.open(encoding=encoding) as file:
            while block := file.read(1 << 20):
                if "\x00" in block:
                    raise InvalidInput(f"{path.name} is not a text file: save it as CSV (UTF-8).", field="path")
                if len(foreign) < 2000:
                    foreign += "".join(c for c in block if not c.isascii())[:2000]
    except UnicodeDecodeError:
        return None
    return len(foreign.encode("gb2312", "ignore")) / 2 / len(foreign) if foreign else 1.0


def _read_csv(path: Path) -> Iterator[Row]:
    with path.open(encoding=detect_encoding(path), newline="") as file:
        header: list[str] = []
        for number, cells in enumerate(_cells(path, file), start=1):
            if not header:
                header = _header(path, cells)
            elif any(cell.strip() for cell in cells):
                yield _row(number, header, [_unguarded(cell) for cell in cells])
        if not header:
            _header(path, [])


class _Lines:
    """A file's lines, and what has been taken of them since the last `mark`."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.number = 0
        self.ended = False
        self.mark()

    def mark(self) -> None:
        self.taken = 0
        self.first = ""

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._file, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.number += 1
        self.taken += 1
        self.first = self.first or line
        return line


def _cells(path: Path, file: TextIO) -> Iterator[list[str]]:
    """Rows as the module `csv` reads them when it is lenient, but for a quote that swallows the lines after it."""
    delimiter = _delimiter(file)
    lines = _Lines(file)
    strict = csv.reader(lines, delimiter=delimiter, strict=True)
    for row in count(1):
        lines.mark()
        try:
            cells = next(strict, None)
        except csv.Error as error:
            if lines.taken > 1 or lines.ended or "limit" in str(error):
                raise _unclosed(path, row, lines) from error
            cells = next(csv.reader(chain([lines.first], lines), delimiter=delimiter))  # 5" screen
            if lines.ended:
                raise _unclosed(path, row, lines) from error
        if cells is None:
            return
        yield cells


def _unclosed(path: Path, row: int, lines: _Lines) -> UnclosedQuote:
    line, start = lines.number - lines.taken + 1, lines.first.strip()[:60]
    return UnclosedQuote(
        f'{path.name}: the quote (") that is opened in row {row} (line {line}: {start}) is not closed there, so that '
        "the rows after it would be part of that cell. Close it, or take it away; one that belongs to the text is "
        'written twice, within quotes: "a 5"" screen".',
        field="path",
        row=row,
        line=line,
        start=start,
    )


def _delimiter(file: TextIO) -> str:
    """The one that splits the first line into most parts, outside of quotes."""
    line = file.readline()
    file.seek(0)
    bare = re.sub(r'"[^"]*"', "", line)
    return max(",\t;|", key=bare.count)


def _read_xlsx(path: Path) -> Iterator[Row]:
    import openpyxl  # noqa: PLC0415 - half a second, only for a workbook
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415 - as above

    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError) as error:
        raise InvalidInput(f"{path.name} is not a readable XLSX workbook: {error}.", field="path") from error
    try:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # some exporters write a wrong size, and rows would be cut off
        rows = sheet.iter_rows(values_only=True)
        header = _header(path, [_cell(c)[0] for c in next(rows, ())])
        for number, cells in enumerate(rows, start=2):
            texts = [_cell(cell) for cell in cells]
            if any(text.strip() for text, _ in texts):
                lost = frozenset(name for name, (_, lossy) in zip(header, texts, strict=False) if lossy)
                row = _row(number, header, [text for text, _ in texts])
                yield Row(row.number, row.values, row.lossy | lost, row.problem)
    finally:
        book.close()


def _cell(value: Any) -> tuple[str, bool]:
    """The cell as text and whether digits were lost."""
    if value is None:
        return "", False
    if isinstance(value, bool):
        return str(value).lower(), False
    if isinstance(value, (int, float)):
        if float(value).is_integer():
            return str(int(value)), abs(value) >= _EXACT_INTEGER
        return repr(value), False
    if isinstance(value, datetime):
        return value.isoformat(sep=" "), False
    if isinstance(value, (date, time)):
        return value.isoformat(), False
    return str(value), False


def _read_jsonl(path: Path) -> Iterator[Row]:
    with path.open(encoding=detect_encoding(path)) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                # Numbers are kept as written: 1299.00 stays 1299.00, and a long order number keeps its digits.
                values = json.loads(line, parse_float=str, parse_int=str)
                if not isinstance(values, dict):
                    raise ValueError("it is not an object {…}")
            except ValueError as error:
                yield Row(number, {"line": line.strip()[:500]}, problem=f"the line is not JSON: {error}")
                continue
            yield Row(number, {str(k).strip(): _json_value(v) for k, v in values.items()})


def _json_value(value: Any) -> Any:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise InvalidInput(f"{path.name} is empty: its first row must name the columns.", field="path")
    repeated = sorted({name for name in names if name and names.count(name) > 1})
    if repeated:
        raise InvalidInput(f"{path.name} has the column {', '.join(repeated)} twice: rename one.", field="path")
    return names


def _row(number: int, header: Sequence[str], cells: Sequence[str]) -> Row:
    values = {name: cell.strip() for name, cell in zip(header, cells, strict=False) if name}
    values |= {name: "" for name in header[len(cells) :] if name}
    extra = [cell for cell in cells[len(header) :] if cell.strip()]
    problem = ""
    if extra:
        problem = f"the row has {len(cells)} cells, the header {len(header)}: put quotes around a cell with a comma"
    return Row(number, values, frozenset(n for n, v in values.items() if _SCIENTIFIC.fullmatch(v)), problem)

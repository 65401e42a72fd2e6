"""Tables to download, CSV or XLSX, made while they are sent. No cell is ever taken for a formula."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from fastapi.responses import StreamingResponse

from records.imports.readers import guarded

Format = Literal["csv", "xlsx"]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOWNLOAD: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/csv": {}, XLSX: {}}, "description": "the table as a file"}
}
_LINES = 200  # rows a chunk
_CHUNK = 1 << 16
_LONGEST = 32_767  # characters of a cell in Excel


def download(name: str, header: Sequence[str], rows: Iterable[Sequence[str]], kind: Format) -> StreamingResponse:
    """`rows` are read while the answer is sent."""
    body = _csv(header, rows) if kind == "csv" else _xlsx(header, rows)
    media_type = "text/csv; charset=utf-8" if kind == "csv" else XLSX
    headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"', "Cache-Control": "no-store"}
    return StreamingResponse(body, media_type=media_type, headers=headers)


def _csv(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """UTF-8 with BOM: without it, Excel takes Chinese for something else."""
    text = io.StringIO()
    writer = csv.writer(text)
    yield "\ufeff".encode()
    writer.writerow(header)
    for number, row in enumerate(rows, start=1):
        writer.writerow([guarded(cell) for cell in row])
        if number % _LINES == 0:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()


def _xlsx(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[bytes]:
    """A workbook can only be sent when it is whole: it is written to a file, row by row, and sent from there."""
    from openpyxl import Workbook  # noqa: PLC0415 - half a second, only for a workbook
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - as above
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE  # noqa: PLC0415 - as above

    book = Workbook(write_only=True)
    sheet = book.create_sheet("export")
    sheet.append(list(header))
    for row in rows:
        cells = []
        for value in row:
            cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value)[:_LONGEST])
            cell.data_type = "s"  # text, also when it begins with "="
            cells.append(cell)
        sheet.append(cells)
    with tempfile.TemporaryFile() as file:
        book.save(file)
        file.seek(0)
        while block := file.read(_CHUNK):
            yield block

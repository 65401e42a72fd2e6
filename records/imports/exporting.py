"""The rows that were not taken, as a table for people: when the file itself is not here."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from records.imports.models import ImportRowError
from records.imports.readers import guarded


def error_rows(errors: Iterable[ImportRowError]) -> bytes:
    """CSV in UTF-8 with BOM: row, field, value, message."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("row", "field", "value", "message"))
    for error in errors:
        writer.writerow((error.row, error.field, guarded(error.value), guarded(error.message)))
    return text.getvalue().encode("utf-8-sig")

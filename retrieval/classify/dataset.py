"""Labelled messages from a CSV file."""

from __future__ import annotations

import csv
from pathlib import Path

from core.errors import InvalidInput

TEXT_COLUMNS = ("text", "sentence", "utterance", "query")
LABEL_COLUMNS = ("label", "intent", "category")


def read_labelled_csv(path: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of a CSV with a header; column names in `TEXT_COLUMNS` and `LABEL_COLUMNS`, any case and order.

    Raises InvalidInput: no such file, not UTF-8, empty, a missing column (naming those found), a short or empty row.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.reader(file, strict=True)
            header = next(lines, None)
            if header is None:
                raise InvalidInput(f"{path.name} is empty. Give a CSV with a header, for example text,label.")
            text_place = _column(path, header, TEXT_COLUMNS, "text")
            label_place = _column(path, header, LABEL_COLUMNS, "label")
            texts: list[str] = []
            labels: list[str] = []
            for row in lines:
                if not row:
                    continue
                if len(row) != len(header):
                    raise InvalidInput(
                        f"{path.name}, line {lines.line_num}: {len(row)} fields where the header has {len(header)}. "
                        "Put quotes around a text that contains a comma."
                    )
                text, label = row[text_place].strip(), row[label_place].strip()
                if not text or not label:
                    name = header[text_place] if not text else header[label_place]
                    raise InvalidInput(
                        f"{path.name}, line {lines.line_num}: '{name}' is empty. Fill it in or remove the row."
                    )
                texts.append(text)
                labels.append(label)
    except FileNotFoundError:
        raise InvalidInput(f"There is no file {path}.") from None
    except IsADirectoryError:
        raise InvalidInput(f"{path} is a folder. Give a CSV file.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path.name} is not UTF-8. Save it as CSV UTF-8.") from None
    except csv.Error as error:
        raise InvalidInput(f"{path.name} is not a readable CSV: {error}.") from None
    if not texts:
        raise InvalidInput(f"{path.name} has a header but no rows.")
    return texts, labels


def _column(path: Path, header: list[str], names: tuple[str, ...], what: str) -> int:
    folded = [name.strip().lower() for name in header]
    for name in names:
        if name in folded:
            return folded.index(name)
    raise InvalidInput(
        f"{path.name} has no {what} column. It may be called {', '.join(names)}; found: {', '.join(header)}.",
        columns=header,
    )

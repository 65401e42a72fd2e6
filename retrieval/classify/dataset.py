"""Labelled messages from CSV files, or from folders with one text and one label a line."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from core.errors import InvalidInput

TEXT_COLUMNS = ("text", "sentence", "utterance", "query")
LABEL_COLUMNS = ("label", "intent", "category")
LINES = ("seq.in", "label")  # files of a folder: the texts and their labels, as slot-filling sets are published


def read_labelled(paths: Sequence[Path]) -> tuple[list[str], list[str]]:
    """Texts and labels of all `paths`, in order: a CSV (`read_labelled_csv`) or a folder (`read_labelled_lines`).

    Raises InvalidInput as these do.
    """
    texts: list[str] = []
    labels: list[str] = []
    for path in paths:
        more = read_labelled_lines(path) if path.is_dir() else read_labelled_csv(path)
        texts += more[0]
        labels += more[1]
    return texts, labels


def read_labelled_lines(folder: Path) -> tuple[list[str], list[str]]:
    """Texts and labels of the files `LINES` in `folder`; lines without a text are left out, as such sets have them.

    Raises InvalidInput: a file is missing or not UTF-8, they differ in length, a text without a label, no text at all.
    """
    found: list[list[str]] = []
    for name in LINES:
        try:
            lines = (folder / name).read_text(encoding="utf-8-sig").split("\n")
        except FileNotFoundError:
            raise InvalidInput(f"There is no file {name} in {folder}. Give a CSV file, or add it.") from None
        except UnicodeDecodeError:
            raise InvalidInput(f"{folder / name} is not UTF-8.") from None
        found.append([line.strip() for line in (lines[:-1] if lines[-1] == "" else lines)])
    if len(found[0]) != len(found[1]):
        raise InvalidInput(f"{folder}: {len(found[0])} lines in {LINES[0]} but {len(found[1])} in {LINES[1]}.")
    for number, (text, label) in enumerate(zip(*found, strict=True), start=1):
        if text and not label:
            raise InvalidInput(f"{folder / LINES[1]}, line {number} is empty, but the text has words.")
    pairs = [(text, label) for text, label in zip(*found, strict=True) if text]
    if not pairs:
        raise InvalidInput(f"{folder / LINES[0]} has no text.")
    return [text for text, _ in pairs], [label for _, label in pairs]


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

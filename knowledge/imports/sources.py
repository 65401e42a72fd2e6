"""Find the documents of a path: a folder of Markdown and HTML files, one such file, or a table of rows."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.errors import InvalidInput
from knowledge.imports.columns import article_field
from knowledge.imports.markdown import clean, first_heading, split_front_matter
from records.imports.readers import SUFFIXES, Row, detect_encoding, read_rows

MARKDOWN, HTML = (".md", ".markdown", ".mdx"), (".html", ".htm")
_ROWS = tuple(suffix for suffix in SUFFIXES if suffix != ".txt")
_ID_LENGTH = 255


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A document as it was read. `place` is the file or row for messages; `meta` its front matter or other columns.

    `problem` says why it could not be read; `body` is then empty.
    """

    place: str
    external_id: str
    title: str = ""
    body: str = ""
    meta: dict[str, Any] = field(default_factory=dict)
    problem: str = ""


def count_documents(path: Path) -> int:
    """How many files a folder has; 1 for a file of text and 0 (unknown) for a file of rows."""
    if path.is_dir():
        return sum(1 for _ in _files(path))
    return 0 if path.suffix.lower() in _ROWS else 1


def read_documents(path: Path, columns: Mapping[str, str] | None = None) -> Iterator[SourceDocument]:
    """The documents in a stable order. `columns` says of a table which of its columns is which field; "" is none.

    Raises InvalidInput when there is nothing to read at `path`.
    """
    path = path.expanduser().resolve()
    if path.is_dir():
        files = list(_files(path))
        if not files:
            raise InvalidInput(f"{path.name} has no {', '.join(MARKDOWN + HTML)} file.", field="path")
        return (_read_file(file, path) for file in files)
    suffix = path.suffix.lower()
    if path.is_file() and suffix in MARKDOWN + HTML:
        return iter([_read_file(path, path.parent)])
    if suffix in _ROWS:
        return (_read_row(row, columns or {}) for row in read_rows(path))
    if not path.exists():
        raise InvalidInput(f"There is no file or folder {path.name}.", field="path")
    raise InvalidInput(
        f"{path.name}: give a folder of Markdown or HTML files, or a {', '.join(_ROWS)} file.", field="path"
    )


def _files(folder: Path) -> Iterator[Path]:
    for file in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
        if not hidden and file.suffix.lower() in MARKDOWN + HTML and file.is_file():
            yield file


def _read_file(file: Path, root: Path) -> SourceDocument:
    place = file.relative_to(root).as_posix()
    # The folder's name belongs to the id: "index.md" of two folders are two articles.
    external_id = _shortened(f"{root.name}/{place}")
    try:
        text = file.read_text(encoding=detect_encoding(file))
        meta: dict[str, Any]
        if file.suffix.lower() in HTML:
            from knowledge.imports.html import html_to_markdown  # noqa: PLC0415 - a parser, only for HTML

            title, body = html_to_markdown(text)
            meta = {}
        else:
            meta, body = split_front_matter(text)
            body = clean(body)
            title = first_heading(body)
    except (InvalidInput, OSError, UnicodeError) as error:
        return SourceDocument(place, external_id, problem=str(error))
    parent = file.relative_to(root).parent.as_posix()
    meta = {"category": "" if parent == "." else parent, **meta}
    title = _text(meta.pop("title", None)) or title or _title_of(file.stem)
    return SourceDocument(place, _text(meta.pop("id", None)) or external_id, title, body, meta)


def _read_row(row: Row, columns: Mapping[str, str]) -> SourceDocument:
    place = f"row {row.number}"
    values: dict[str, Any] = {}
    for name, value in row.values.items():
        ours = columns.get(name, article_field(name) or name.lower())
        if ours and value not in ("", None):
            values.setdefault(ours, value)
    if row.problem:
        return SourceDocument(place, "", problem=row.problem)
    external_id = _text(values.pop("id", None))
    if not external_id:
        return SourceDocument(place, "", problem="the row has no id: fill the column id, so that it can be found again")
    body = _text(values.pop("text", None))
    meta, body = split_front_matter(body)
    title = _text(values.pop("title", None)) or first_heading(body) or body.strip().split("\n", 1)[0][:80]
    return SourceDocument(
        place, _shortened(external_id), title, clean(body) if body.strip() else "", {**meta, **values}
    )


def _text(value: Any) -> str:
    return "" if value is None else str(value).strip()


def _title_of(stem: str) -> str:
    return re.sub(r"[\s_-]+", " ", stem).strip() or stem


def _shortened(external_id: str) -> str:
    if len(external_id) <= _ID_LENGTH - 40:  # room for a shop's prefix
        return external_id
    return f"{external_id[:150]}…{hashlib.sha256(external_id.encode()).hexdigest()[:32]}"

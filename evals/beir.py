"""Read a BEIR folder (https://github.com/beir-cellar/beir): `corpus.jsonl`, `queries*.jsonl`, `qrels*.tsv`."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import InvalidInput

Faulty = Callable[[str, str], None]  # (file and line, what is wrong with it)


@dataclass(frozen=True, slots=True)
class CorpusDocument:
    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BeirQuery:
    """`extra` holds the other fields of the line, such as `set` or `answers`."""

    id: str
    text: str
    extra: Mapping[str, Any]

    def group(self, by: str) -> str:
        value = self.extra.get(by)
        return "(none)" if value is None else str(value)


@dataclass(frozen=True, slots=True)
class BeirDataset:
    """`queries` are those with at least one relevant document in the corpus; `excluded` counts the others.

    `qrels` maps query id to document id to gain (> 0). `missing_documents` counts labels whose document is not in the
    corpus; they are left out, since no search could find them.
    """

    name: str
    documents: tuple[CorpusDocument, ...]
    queries: tuple[BeirQuery, ...]
    qrels: Mapping[str, Mapping[str, int]]
    excluded: int
    excluded_by_group: Mapping[str, int]
    missing_documents: int
    unlabelled: tuple[BeirQuery, ...] = ()  # the excluded ones: what a draft should not answer


def load_beir(folder: Path, *, group_by: str | None = None) -> BeirDataset:
    """Read and check `folder`. Ids may be strings or integers; all `queries*.jsonl` and `qrels*.tsv` are read.

    Raises `InvalidInput` that names the file and line of what is wrong.
    """
    if not folder.is_dir():
        raise InvalidInput(
            f"{folder} is not a folder. Give the folder that holds corpus.jsonl, queries*.jsonl, qrels*.tsv."
        )
    documents = {document.id: document for document in _documents(_only(folder, "corpus.jsonl"))}
    queries = {query.id: query for query in read_queries(folder)}
    qrels: dict[str, dict[str, int]] = {}
    missing = 0
    for path in _some(folder, "qrels*.tsv"):
        for where, query_id, document_id, gain in _labels(path):
            if query_id not in queries:
                raise InvalidInput(f"{where}: query id {query_id!r} is in none of the queries*.jsonl files.")
            if document_id not in documents:
                missing += 1
            elif gain > 0:
                qrels.setdefault(query_id, {})[document_id] = gain
    labelled = tuple(query for query in queries.values() if query.id in qrels)
    if not labelled:
        raise InvalidInput(f"{folder}: no query has a labelled document in the corpus; there is nothing to evaluate.")
    if group_by is not None and not any(group_by in query.extra for query in labelled):
        fields = sorted({name for query in labelled for name in query.extra})
        raise InvalidInput(
            f"{folder}: queries have no field {group_by!r} to group by; they have: {', '.join(fields) or 'none'}."
        )
    left_out = [query for query in queries.values() if query.id not in qrels]
    return BeirDataset(
        name=folder.resolve().name,
        documents=tuple(documents.values()),
        queries=labelled,
        qrels=qrels,
        excluded=len(left_out),
        excluded_by_group=Counter(query.group(group_by) for query in left_out) if group_by else {},
        missing_documents=missing,
        unlabelled=tuple(left_out),
    )


def read_queries(folder: Path, faulty: Faulty | None = None) -> list[BeirQuery]:
    """Every line of `queries*.jsonl`. Raises `InvalidInput` that names the file and line of what is wrong; with
    `faulty`, wrong lines are told to it and left out."""
    found: dict[str, BeirQuery] = {}

    def take(where: str, line: str) -> None:
        query = _query(where, _object(where, line))
        if query.id in found:
            raise InvalidInput(f"{where}: query id {query.id!r} occurs twice.")
        found[query.id] = query

    for path in _some(folder, "queries*.jsonl"):
        _each_line(path, take, faulty)
    return list(found.values())


def read_labels(folder: Path, faulty: Faulty | None = None) -> dict[str, list[str]]:
    """Documents with a gain above 0 by query id, whether or not a corpus holds them. As `read_queries` otherwise."""
    found: dict[str, list[str]] = {}

    def take(where: str, line: str) -> None:
        label = _label(where, line)
        if label is not None and label[2] > 0:
            found.setdefault(label[0], []).append(label[1])

    for path in _some(folder, "qrels*.tsv"):
        _each_line(path, take, faulty)
    return found


def _each_line(path: Path, take: Callable[[str, str], None], faulty: Faulty | None) -> None:
    for where, line in _lines(path):
        try:
            take(where, line)
        except InvalidInput as error:
            if faulty is None:
                raise
            faulty(where, error.message)


def _only(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.is_file():
        raise InvalidInput(f"{folder} has no {name}. A BEIR folder holds corpus.jsonl, queries*.jsonl and qrels*.tsv.")
    return path


def _some(folder: Path, pattern: str) -> list[Path]:
    paths = sorted(folder.glob(pattern)) or sorted((folder / "qrels").glob("*.tsv") if "qrels" in pattern else ())
    if not paths:
        raise InvalidInput(
            f"{folder} has no {pattern}. A BEIR folder holds corpus.jsonl, queries*.jsonl and qrels*.tsv."
        )
    return paths


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """("queries.jsonl line 3", the line) of those that are not blank. Raises InvalidInput when it is not UTF-8."""
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield f"{path.name} line {number}", line
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{path.name} is not UTF-8 ({error.reason}). Save it as UTF-8.") from None


def _rows(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, line in _lines(path):
        yield where, _object(where, line)


def _object(where: str, line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(f"{where}: not a JSON object ({error}).") from error
    if not isinstance(row, dict):
        raise InvalidInput(f"{where}: expected a JSON object, found {type(row).__name__}.")
    return row


def _field(where: str, row: Mapping[str, Any], name: str, *, required: bool = True) -> str:
    value = row.get(name)
    if value is None and not required:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise InvalidInput(f"{where}: field {name!r} is {'missing' if value is None else 'not a text'}.")
    return str(value)


def _documents(path: Path) -> Iterator[CorpusDocument]:
    seen: set[str] = set()
    for where, row in _rows(path):
        document = CorpusDocument(
            _field(where, row, "_id"), _field(where, row, "title", required=False), _field(where, row, "text")
        )
        if document.id in seen:
            raise InvalidInput(f"{where}: document id {document.id!r} occurs twice.")
        seen.add(document.id)
        yield document


def _query(where: str, row: Mapping[str, Any]) -> BeirQuery:
    query = BeirQuery(
        _field(where, row, "_id"),
        _field(where, row, "text"),
        {name: value for name, value in row.items() if name not in ("_id", "text")},
    )
    if not query.text.strip():
        raise InvalidInput(f"{where}: the text of query {query.id!r} is empty.")
    return query


def _labels(path: Path) -> Iterator[tuple[str, str, str, int]]:
    for where, line in _lines(path):
        label = _label(where, line)
        if label is not None:
            yield where, *label


def _label(where: str, line: str) -> tuple[str, str, int] | None:
    """Of a row `query-id corpus-id score`, or in TREC's four columns; None for a header."""
    cells = line.rstrip("\r\n").split("\t")
    if where.endswith(" line 1") and not cells[-1].strip().lstrip("-").isdigit():
        return None
    if len(cells) not in (3, 4):
        raise InvalidInput(
            f"{where}: expected query-id, corpus-id and score divided by tabs, found {len(cells)} columns."
        )
    query_id, document_id, score = cells[0], cells[-2], cells[-1]
    try:
        gain = int(score)
    except ValueError as error:
        raise InvalidInput(f"{where}: the score {score!r} is not a whole number.") from error
    return query_id.strip(), document_id.strip(), gain

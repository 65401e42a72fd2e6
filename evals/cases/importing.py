"""Cases from a BEIR folder or a ZIP of one. What is wrong with a row is told and stops no other row."""

from __future__ import annotations

import csv
import json
import math
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.archives import UNREADABLE
from core.db import insert_into
from core.errors import Conflict, Forbidden, InvalidInput
from evals.beir import Faulty, read_labels, read_queries
from evals.cases.actions import create_case
from evals.cases.models import EvalCaseSource, Expected, Kind
from knowledge.models import Article
from knowledge.passages import live_docs
from records.principals import Principal
from records.shops.models import Shop
from retrieval.classify.dataset import LABEL_COLUMNS, TEXT_COLUMNS
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.language import detect

MAX_UNPACKED: Final = 200_000_000  # bytes of a ZIP's members together
MAX_QUESTION: Final = 4_000
MAX_ANSWER: Final = 8_000
SHOWN_FAULTS: Final = 100
INTENTS: Final = "intents.csv"
_WORDS: Final = ("intent", "expected", "language", "shop")


@dataclass(frozen=True, slots=True)
class Fault:
    """`place` is the file and line, as in an editor."""

    place: str
    message: str


@dataclass(slots=True)
class Imported:
    """How many cases were made and were there already; sources and intents that are not ours were left out. `faults`
    are the first of the `failed` rows."""

    created: int = 0
    known: int = 0
    unknown_sources: int = 0
    unknown_intents: int = 0
    failed: int = 0
    faults: list[Fault] = field(default_factory=list)

    def fault(self, place: str, message: str) -> None:
        self.failed += 1
        if len(self.faults) < SHOWN_FAULTS:
            self.faults.append(Fault(place, message.removeprefix(f"{place}: ")))


def import_upload(
    session: Session, principal: Principal, file: IO[bytes], name: str, *, shop: str | None = None
) -> Imported:
    """A ZIP of a BEIR folder, or intents.csv alone. Raises InvalidInput for another file, else as `import_folder`."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        if name.lower().endswith(".csv"):
            (folder / INTENTS).write_bytes(file.read())
        else:
            _unpack(file, folder)
        return import_folder(session, principal, folder, shop=shop)


def import_folder(session: Session, principal: Principal, folder: Path, *, shop: str | None = None) -> Imported:
    """Make cases of `queries*.jsonl` with `qrels*.tsv`, or of `intents.csv` (text,label).

    A document is named by our id ("article:12") or by an article's external id. The same file twice changes nothing.
    Raises InvalidInput for a folder without cases, an unknown shop, and a file that is none of its kind.
    """
    codes = dict(session.execute(select(Shop.code, Shop.id)).tuples().all())
    if shop is not None and shop not in codes:
        raise InvalidInput(f"There is no shop {shop!r}.", field="shop")
    default_shop = codes[shop] if shop is not None else None
    ours = {doc.document_id for doc in live_docs(session)}
    external = select(Article.external_id, Article.id).where(Article.external_id.is_not(None))
    named = dict(session.execute(external).tuples().all())
    intents = load_taxonomy().intents
    found = Imported()
    rows = list(_rows(folder, found.fault))
    if not rows and not found.failed:
        raise InvalidInput("There is neither queries*.jsonl nor intents.csv with a row in it.", field="file")
    for place, row in rows:
        if strange := [name for name in _WORDS if not isinstance(row.get(name) or "", str)]:
            found.fault(place, f"{strange[0]} is not a text.")
            continue
        sources = []
        for document in row["sources"]:
            own = document if document in ours else f"article:{named[document]}" if document in named else None
            if own is None:
                found.unknown_sources += 1
            else:
                sources.append(own)
        intent = row.get("intent")
        if intent and intent not in intents:
            found.unknown_intents += 1
            intent = None
        try:
            with session.begin_nested():  # a wrong row leaves nothing behind
                shop_id = codes.get(row.get("shop") or "", default_shop)
                made = _import_row(session, principal, row, sources, intent, shop_id)
        except (InvalidInput, Forbidden) as error:
            found.fault(place, error.message)
        else:
            found.created += made
            found.known += not made
    return found


def _import_row(
    session: Session,
    principal: Principal,
    row: Mapping[str, Any],
    sources: list[str],
    intent: str | None,
    shop_id: int | None,
) -> bool:
    digest = sha256(json.dumps([row["text"], shop_id, row.get("label_only", False)]).encode()).hexdigest()[:32]
    claimed = session.execute(
        insert_into(session, EvalCaseSource)
        .values(key=f"import:{digest}", event_id=0, weight=0.0)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(EvalCaseSource.id)
    ).first()
    if claimed is None:
        return False
    expected = row.get("expected") or (Expected.ANSWER if sources else Expected.UNKNOWN)
    good_answer = str(row.get("good_answer") or "")
    if len(row["text"]) > MAX_QUESTION or len(good_answer) > MAX_ANSWER:
        raise InvalidInput(f"A question has at most {MAX_QUESTION} characters, a good answer {MAX_ANSWER}.")
    try:
        case = create_case(
            session,
            principal,
            question=row["text"],
            language=_language(row),
            shop_id=shop_id,
            intent=intent,
            expected=expected,
            sources=sources,
            good_answer=good_answer,
            dangerous=bool(row.get("dangerous")),
            kind=Kind.IMPORTED,
            weight=_weight(row),
        )
    except Conflict:
        return False
    session.get_one(EvalCaseSource, claimed.id).case_id = case.id
    return True


def _language(row: Mapping[str, Any]) -> str:
    given = row.get("language")
    if given in (None, "", "zh", "en"):
        return given or detect(row["text"])
    raise InvalidInput(f"language is zh or en, not {given!r}.")


def _weight(row: Mapping[str, Any]) -> float:
    given = row.get("weight")
    try:
        weight = 1.0 if given is None else float(given)
    except (TypeError, ValueError):
        weight = math.nan
    if not (weight > 0 and math.isfinite(weight)):
        raise InvalidInput(f"weight is a number above 0, not {given!r}.")
    return weight


def _rows(folder: Path, faulty: Faulty) -> Iterator[tuple[str, dict[str, Any]]]:
    """(where it stands, the row) of every row that can be read."""
    if any(folder.glob("queries*.jsonl")):
        labels = read_labels(folder, faulty)
        for query in read_queries(folder, faulty):
            yield f"query {query.id}", {**query.extra, "text": query.text, "sources": labels.get(query.id, ())}
    elif (folder / INTENTS).is_file():
        yield from _labelled(folder / INTENTS, faulty)


def _labelled(path: Path, faulty: Faulty) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            columns = {name.strip().lower(): name for name in lines.fieldnames or ()}
            text = next((columns[name] for name in TEXT_COLUMNS if name in columns), None)
            label = next((columns[name] for name in LABEL_COLUMNS if name in columns), None)
            if text is None or label is None:
                raise InvalidInput(f"{path.name} needs a column text and a column label.", field="file")
            for row in lines:
                place = f"{path.name} line {lines.line_num}"
                if None in row or not (row[text] or "").strip() or not (row[label] or "").strip():
                    faulty(place, "It needs a text and a label, and no more fields than the header.")
                    continue
                yield (
                    place,
                    {"text": row[text].strip(), "intent": row[label].strip(), "sources": (), "label_only": True},
                )
    except (UnicodeDecodeError, csv.Error) as error:
        raise InvalidInput(f"{path.name} is not a readable CSV in UTF-8: {error}.", field="file") from None


def _unpack(file: IO[bytes], folder: Path) -> None:
    """Only what is read, under names of our own making; a folder in between is looked through."""
    try:
        with zipfile.ZipFile(file) as archive:
            wanted = [(info, name) for info in archive.infolist() if (name := _wanted(info.filename))]
            if sum(info.file_size for info, _ in wanted) > MAX_UNPACKED:
                raise InvalidInput("The ZIP is too large once it is unpacked.", field="file")
            for info, name in wanted:
                (folder / name).write_bytes(archive.read(info))
    except UNREADABLE as error:
        raise InvalidInput(f"This is no ZIP that can be read ({error}).", field="file") from None


def _wanted(inside: str) -> str | None:
    path = PurePosixPath(inside)
    if path.match("queries*.jsonl") or path.name == INTENTS:
        return path.name
    if path.match("qrels*.tsv") or path.match("qrels/*.tsv"):
        return f"qrels-{path.name}"
    return None

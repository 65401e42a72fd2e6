"""Cases in and out as a BEIR folder (https://github.com/beir-cellar/beir), with intents.csv beside it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import insert_into
from core.errors import Conflict, InvalidInput
from evals.beir import read_labels, read_queries
from evals.cases.actions import create_case
from evals.cases.models import EvalCase, EvalCaseSource, EvalCaseStatus, Expected, Kind
from evals.cases.queries import CaseFilter, list_cases
from evals.cases.versions import content
from knowledge.models import Article
from knowledge.passages import live_docs
from records.principals import Principal
from records.shops.models import Shop
from retrieval.classify.dataset import read_labelled_csv
from retrieval.classify.taxonomy import load_taxonomy
from retrieval.language import detect

_KEPT = ("language", "intent", "expected", "kind", "weight", "dangerous", "good_answer")


@dataclass(frozen=True, slots=True)
class Imported:
    """How many cases were made, were there already, and name sources or intents that are not ours (left out)."""

    created: int
    known: int
    unknown_sources: int
    unknown_intents: int


def export_archive(session: Session, principal: Principal) -> bytes:
    """A ZIP of `export_files`."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in export_files(session, principal):
            archive.writestr(name, text)
    return packed.getvalue()


def export_files(session: Session, principal: Principal) -> Iterator[tuple[str, str]]:
    """(name, text) of corpus.jsonl, queries.jsonl, qrels/test.tsv and intents.csv; active cases only.

    The corpus is all knowledge in use now, a document a line.
    """
    cases = list_cases(session, principal, CaseFilter(status=EvalCaseStatus.ACTIVE), limit=None)[::-1]
    shops = dict(session.execute(select(Shop.id, Shop.code)).tuples().all())
    documents: dict[str, dict[str, str]] = {}
    for doc in live_docs(session):
        if principal.shops is not None and doc.shops and not principal.shops & set(doc.shops):
            continue
        entry = documents.setdefault(doc.document_id, {"_id": doc.document_id, "title": doc.title, "text": ""})
        entry["text"] = "\n".join(part for part in (entry["text"], doc.text, doc.answer) if part)
    yield "corpus.jsonl", _lines(documents.values())
    yield "queries.jsonl", _lines(_query(case, shops) for case in cases)
    labels = "".join(f"{case.id}\t{source}\t1\n" for case in cases for source in case.sources)
    yield "qrels/test.tsv", f"query-id\tcorpus-id\tscore\n{labels}"
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["text", "label"])
    writer.writerows([case.question, case.intent] for case in cases if case.intent_by_person)
    yield "intents.csv", table.getvalue()


def import_folder(session: Session, principal: Principal, folder: Path, *, shop: str | None = None) -> Imported:
    """Make cases of `queries*.jsonl` with `qrels*.tsv`, or of `intents.csv` (text,label), or both.

    A document is named by our id ("article:12") or by an article's external id. The same file twice changes nothing.
    Raises InvalidInput that names the file and line of what is wrong, and for an unknown shop.
    """
    if shop is not None and (shop_id := session.scalar(select(Shop.id).where(Shop.code == shop))) is None:
        raise InvalidInput(f"There is no shop {shop!r}.")
    default_shop = shop_id if shop is not None else None
    ours = {doc.document_id for doc in live_docs(session)}
    external = select(Article.external_id, Article.id).where(Article.external_id.is_not(None))
    named = dict(session.execute(external).tuples().all())
    codes = dict(session.execute(select(Shop.code, Shop.id)).tuples().all())
    counts = {"created": 0, "known": 0, "unknown_sources": 0, "unknown_intents": 0}
    rows = list(_rows(folder))
    if not rows:
        raise InvalidInput(f"{folder} holds neither queries*.jsonl nor intents.csv.")
    for row in rows:
        sources = []
        for document in row["sources"]:
            own = document if document in ours else f"article:{named[document]}" if document in named else None
            if own is None:
                counts["unknown_sources"] += 1
            else:
                sources.append(own)
        intent = row.get("intent")
        if intent and intent not in load_taxonomy().intents:
            counts["unknown_intents"] += 1
            intent = None
        made = _import_row(session, principal, row, sources, intent, codes.get(row.get("shop", ""), default_shop))
        counts["created" if made else "known"] += 1
    return Imported(**counts)


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
    try:
        case = create_case(
            session,
            principal,
            question=row["text"],
            language=row.get("language") or detect(row["text"]),
            shop_id=shop_id,
            intent=intent,
            expected=expected,
            sources=sources,
            good_answer=str(row.get("good_answer") or ""),
            dangerous=bool(row.get("dangerous")),
            kind=Kind.IMPORTED,
            weight=float(row.get("weight") or 1.0),
        )
    except Conflict:
        return False
    session.get_one(EvalCaseSource, claimed.id).case_id = case.id
    return True


def _rows(folder: Path) -> Iterator[dict[str, Any]]:
    if any(folder.glob("queries*.jsonl")):
        labels = read_labels(folder)
        for query in read_queries(folder):
            yield {**query.extra, "text": query.text, "sources": labels.get(query.id, ())}
    intents = folder / "intents.csv"
    if intents.is_file() and not any(folder.glob("queries*.jsonl")):
        for text, label in zip(*read_labelled_csv(intents), strict=True):
            yield {"text": text, "intent": label, "sources": (), "label_only": True}


def _query(case: EvalCase, shops: Mapping[int, str]) -> dict[str, Any]:
    kept = content(case)
    row = {"_id": str(case.id), "text": case.question, **{name: kept[name] for name in _KEPT}}
    row["intent"] = case.intent if case.intent_by_person else None
    return row | ({"shop": shops[case.shop_id]} if case.shop_id is not None and case.shop_id in shops else {})


def _lines(rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

"""Cases as a BEIR folder (https://github.com/beir-cellar/beir), with intents.csv beside it."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evals.cases.models import EvalCase, EvalCaseStatus
from evals.cases.queries import CaseFilter, list_cases
from evals.cases.versions import content
from knowledge.passages import live_docs
from records.principals import Principal
from records.shops.models import Shop

_KEPT = ("language", "intent", "expected", "kind", "weight", "dangerous", "good_answer")


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


def _query(case: EvalCase, shops: Mapping[int, str]) -> dict[str, Any]:
    kept = content(case)
    row = {"_id": str(case.id), "text": case.question, **{name: kept[name] for name in _KEPT}}
    row["intent"] = case.intent if case.intent_by_person else None
    return row | ({"shop": shops[case.shop_id]} if case.shop_id is not None and case.shop_id in shops else {})


def _lines(rows: Any) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)

"""Out as a BEIR folder and in again: the same labels, once."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import pytest
from sqlalchemy import func, select

from core.db import Database
from core.errors import InvalidInput
from evals.beir import load_beir
from evals.cases import actions
from evals.cases.exchange import export_files
from evals.cases.importing import import_folder, import_upload
from evals.cases.models import EvalCase, EvalCaseSource
from records.principals import SYSTEM_PRINCIPAL
from retrieval.classify.dataset import read_labelled_csv
from tests.archives import damaged_zip
from tests.copilot.world import an_article


def _export(db: Database, folder: Path) -> Path:
    with db.reading() as session:
        for name, text in export_files(session, SYSTEM_PRINCIPAL):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return folder


def test_what_goes_out_comes_in_again(db: Database, tmp_path: Path) -> None:
    article, _ = an_article(db)
    with db.unit_of_work() as session:
        actions.create_case(
            session, SYSTEM_PRINCIPAL, question="七天内能退吗？", sources=[f"article:{article}"],
            intent="return_request", good_answer="可以。", weight=2.0, dangerous=True,
        )  # fmt: skip
        actions.create_case(session, SYSTEM_PRINCIPAL, question="我要找经理投诉你们", expected="hand_over")
    folder = _export(db, tmp_path / "out")
    found = load_beir(folder)  # what `copilot eval retrieval` reads
    assert [query.text for query in found.queries] == ["七天内能退吗？"] and len(found.unlabelled) == 1
    assert read_labelled_csv(folder / "intents.csv") == (["七天内能退吗？"], ["return_request"])
    with db.unit_of_work() as session:
        for case in session.scalars(select(EvalCase)):
            actions.retire_case(session, SYSTEM_PRINCIPAL, case.id, expected_version=case.version)
        made = import_folder(session, SYSTEM_PRINCIPAL, folder)
        assert (made.created, made.known, made.unknown_sources) == (2, 0, 0)
        again = import_folder(session, SYSTEM_PRINCIPAL, folder)
        assert (again.created, again.known) == (0, 2)
        case = session.scalars(select(EvalCase).where(EvalCase.status == "active").order_by(EvalCase.id)).first()
        assert case is not None and case.sources == [f"article:{article}"]
        assert (case.good_answer, case.weight, case.dangerous, case.intent) == ("可以。", 2.0, True, "return_request")


def test_a_folder_without_cases_is_refused(sqlite_db: Database, tmp_path: Path) -> None:
    with sqlite_db.unit_of_work() as session, pytest.raises(InvalidInput, match="neither"):
        import_folder(session, SYSTEM_PRINCIPAL, tmp_path)
    (tmp_path / "intents.csv").write_text("text,label\n怎么退,return_request\n天气,weather\n", "utf-8")
    with sqlite_db.unit_of_work() as session:
        made = import_folder(session, SYSTEM_PRINCIPAL, tmp_path)
    assert (made.created, made.unknown_intents) == (2, 1)


def test_wrong_rows_are_told_and_stop_no_other(db: Database, tmp_path: Path) -> None:
    article, _ = an_article(db)
    lines = [
        {"_id": "1", "text": "七天内能退吗？"},
        {"_id": "2", "text": "  "},
        {"_id": "3", "text": "发票多久能开出来呢？", "weight": -1},
        {"_id": "4", "text": "运费由谁承担，到付可以吗？", "intent": ["invoice"]},
        {"_id": "5", "text": "How long does a refund take?", "expected": "perhaps"},
        {"_id": "6", "text": "我要找经理投诉你们", "expected": "hand_over"},
    ]
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines) + "{no json\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("set/queries.jsonl", text)
        archive.writestr("set/qrels/test.tsv", f"query-id\tcorpus-id\tscore\n1\tarticle:{article}\t1\n6\tx\tmany\n")
        archive.writestr("../../outside.csv", "left alone")
    packed.seek(0)
    with db.unit_of_work() as session:
        found = import_upload(session, SYSTEM_PRINCIPAL, packed, "set.zip")
        assert (found.created, found.known, found.failed) == (2, 0, 6)
        assert [fault.place for fault in found.faults] == [
            "qrels-test.tsv line 3", "queries.jsonl line 2", "queries.jsonl line 7", "query 3", "query 4", "query 5",
        ]  # fmt: skip
    with db.reading() as session:
        cases = session.scalars(select(EvalCase).order_by(EvalCase.id)).all()
        assert [case.expected for case in cases] == ["answer", "hand_over"]
        # what failed may come again, mended
        assert session.scalar(select(func.count()).select_from(EvalCaseSource)) == 2


def test_a_file_that_is_no_set_of_cases_is_refused(sqlite_db: Database) -> None:
    for name, data in (
        ("a.zip", b"no zip"),
        ("d.zip", damaged_zip("queries.jsonl")),
        ("a.csv", b"a,b\n1,2\n"),
        ("b.csv", b"\xff\xfe\x00"),
        ("c.csv", b""),
    ):
        with sqlite_db.unit_of_work() as session, pytest.raises(InvalidInput):
            import_upload(session, SYSTEM_PRINCIPAL, io.BytesIO(data), name)
    with sqlite_db.unit_of_work() as session:
        csv = "text,label\n怎么退,return_request\n,invoice\n多,出,来\n".encode()
        found = import_upload(session, SYSTEM_PRINCIPAL, io.BytesIO(csv), "intents.csv")
        assert (found.created, found.failed) == (1, 2)

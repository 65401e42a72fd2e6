import csv
from typing import Any

import pytest

from core.db import Database
from core.errors import Conflict
from records.commerce.models import Order
from records.imports.models import ImportRowError, ImportRun
from tests.records.imports.steps import CUSTOMERS, ORDERS, Import, counts, rows


def test_a_dry_run_tells_the_same_and_changes_nothing(db: Database, load: Import) -> None:
    load("customers", CUSTOMERS)
    text = ORDERS + "1,nobody,已付款,1,,\n"
    dry = load("orders", text, dry_run=True, batch=1)
    assert counts(dry) == (2, 0, 0, 1) and dry.run_id is None
    assert dry.error_file is not None and dry.error_file.exists()
    assert rows(db, Order) == [] and len(rows(db, ImportRun)) == 1 and rows(db, ImportRowError) == []
    wet = load("orders", text, batch=1)
    assert (counts(wet), wet.errors) == (counts(dry), dry.errors)


class _Crash(Exception):
    pass


def test_an_interrupted_import_goes_on_where_it_stopped(db: Database, load: Import) -> None:
    load("customers", CUSTOMERS)
    text = "order_no,customer_external_id,status,total\n" + "".join(
        f"{n},{'u1' if n % 4 else 'nobody'},已付款,{n}\n" for n in range(1, 31)
    )
    steps: list[tuple[int, int]] = []

    def crash(done: int, total: int) -> None:
        steps.append((done, total))
        if done == 20:
            raise _Crash

    with pytest.raises(_Crash):
        load("orders", text, progress=crash, batch=5)
    assert steps == [(5, 30), (10, 30), (15, 30), (20, 30)]
    assert [(r.rows_done, r.state) for r in rows(db, ImportRun)][1] == (20, "running")
    assert len(rows(db, Order)) == 15
    more: list[int] = []
    report = load("orders", text, progress=lambda done, total: more.append(done), batch=5)
    assert more == [25, 30] and report.resumed_from == 20 and report.rows == 10
    assert counts(report) == (23, 0, 0, 7) and len(report.errors) == 7
    assert report.error_file is not None
    with report.error_file.open(encoding="utf-8-sig") as file:
        assert [row["error_row"] for row in csv.DictReader(file)] == [str(n + 1) for n in range(4, 31, 4)]
    assert len(rows(db, ImportRun)) == 2 and len(rows(db, ImportRowError)) == 7
    assert counts(load("orders", text)) == (0, 0, 23, 7)


def test_a_crash_within_a_batch_leaves_nothing_of_it(
    db: Database, load: Import, monkeypatch: pytest.MonkeyPatch
) -> None:
    load("customers", CUSTOMERS)
    text = ORDERS + "bad,nobody,已付款,1,,\n"

    def fail(*_: Any) -> None:
        raise _Crash

    with monkeypatch.context() as patch:
        patch.setattr("records.imports.run.advance_run", fail)
        with pytest.raises(_Crash):
            load("orders", text)
    assert rows(db, Order) == []
    report = load("orders", text)
    assert counts(report) == (2, 0, 0, 1) and report.error_file is not None
    assert len(report.error_file.read_text(encoding="utf-8-sig").splitlines()) == 2


def test_two_imports_of_one_file_at_once_are_told(load: Import, db: Database) -> None:
    load("customers", CUSTOMERS)

    def other_process(done: int, total: int) -> None:
        if done == 1:
            load("orders", ORDERS, batch=1)

    with pytest.raises(Conflict, match="Another process"):
        load("orders", ORDERS, batch=1, progress=other_process)
    assert len(rows(db, Order)) == 2

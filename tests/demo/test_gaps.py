"""What the demo's customers ask that nobody has written down."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import yaml

from core.db import Database
from demo.gaps import questions, write_questions
from demo.generate import ANCHOR, SHOP_CODES, write_demo
from demo.seeding import HERE, answer
from records.imports.fields import Reading
from records.imports.rows import TicketRow


def test_several_customers_ask_it_in_both_languages_and_an_agent_of_the_shop_answers() -> None:
    staff = {one["username"]: one for one in yaml.safe_load((HERE / "staff.yaml").read_text("utf-8"))["staff"]}
    assert set(questions()) == set(SHOP_CODES)
    for code, asked in questions().items():
        assert len(asked) >= 3 and {one["language"] for one in asked} == {"zh", "en"}
        for one in asked:
            agent = staff[one["agent"]]
            assert agent["role"] == "agent" and (not agent["shops"] or code in agent["shops"])


def test_the_questions_are_tickets_that_import(tmp_path: Path) -> None:
    write_demo(tmp_path, now=ANCHOR)
    for code in SHOP_CODES:
        rows = [json.loads(line) for line in write_questions(tmp_path, code, ANCHOR).read_text("utf-8").splitlines()]
        assert len({row["external_id"] for row in rows}) == len(rows) == len(questions()[code])
        assert len({row["customer_external_id"] for row in rows}) == len(rows)  # several customers
        for row in rows:
            TicketRow.model_validate(row, context=Reading(ZoneInfo("Asia/Shanghai"), "CNY"))
            assert datetime.fromisoformat(row["created_at"]) < ANCHOR and len(row["messages"]) == 1


def test_nothing_is_answered_that_is_not_there(sqlite_db: Database) -> None:
    assert answer(sqlite_db) == 0

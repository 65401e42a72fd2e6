"""The backtest before launch: started, watched, read ticket by ticket, and gone on with when it broke off."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from evals.reports import store
from evals.reports.models import ReportKind
from records.principals import SYSTEM_PRINCIPAL
from tests.browser.conftest import Open, axe, sign_in
from tests.stack import Stack

LONG = 120_000


def test_a_backtest_is_started_watched_and_read(new_page: Open) -> None:
    page = sign_in(new_page(lang="en"), "editor", "/console/quality/backtests")
    page.get_by_role("button", name="Start a backtest").click()
    dialog = page.get_by_role("dialog", name="Start a backtest")
    dialog.get_by_label("Shop").select_option(label="Homeco")
    limit = dialog.get_by_label("Only so many of the newest tickets")
    limit.fill("none")
    expect(dialog.get_by_text("A whole number from 1 to 99999, or nothing.")).to_be_visible()
    expect(dialog.get_by_role("button", name="Start a backtest")).to_be_disabled()
    limit.fill("12")
    dialog.get_by_role("button", name="Start a backtest").click()
    page.wait_for_url(re.compile(r"/quality/backtests/\d+$"))
    expect(page.get_by_text(re.compile(r"^\d+ replayed$"))).to_be_visible(timeout=LONG)
    expect(page.get_by_text("judge a sample yourself")).to_be_visible()
    tickets = page.get_by_role("region", name="Ticket by ticket")
    tickets.get_by_text("Not answered").click()
    first = tickets.get_by_role("listitem").first
    expect(first).to_contain_text("confidence")
    first.get_by_role("link", name=re.compile(r"Ticket #\d+")).click()
    page.wait_for_url(re.compile(r"/tickets/\d+$"))
    page.go_back()
    page.get_by_role("link", name="All backtests").click()
    row = page.get_by_role("row", name=re.compile("Homeco")).first
    expect(row).to_contain_text("The newest 12")
    expect(row).to_contain_text("%")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_one_that_broke_off_says_why_and_goes_on(new_page: Open, demo: Stack, theme: str) -> None:
    page = sign_in(new_page(theme=theme), "editor", "/console/inbox")
    shop = next(one for one in page.request.get("/api/v1/shops").json() if one["code"] == "lehuo")
    database = demo.database()
    with database.unit_of_work() as session:
        params = {"limit": 3, "since": None}
        row = store.new_report(session, SYSTEM_PRINCIPAL, ReportKind.BACKTEST, shop["id"], params, ask_worker=False)
        store.fail(session, row.id, "索引没有回应")
        report = row.id
    database.close()
    page.goto(f"/console/quality/backtests/{report}")
    expect(page.get_by_text("索引没有回应")).to_be_visible()
    assert axe(page, "main") == []
    page.get_by_role("button", name="接着跑").click()
    expect(page.get_by_text(re.compile(r"^已重放 [1-3] 张$"))).to_be_visible(timeout=LONG)
    page.get_by_role("region", name="逐张工单").wait_for()
    assert axe(page, "main") == []

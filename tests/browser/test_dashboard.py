"""The dashboard shows the figures of a made world, says what they count, and leads to the tickets behind them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PASSWORD, Open, axe, sign_in
from tests.stack import Stack


@dataclass
class Made:
    """A shop with two open tickets, one of them urgent and one answered; nothing else is in it."""

    shop: int
    name: str


@pytest.fixture(scope="module")
def made(demo: Stack) -> Iterator[Made]:
    code = f"made-{uuid4().hex[:8]}"
    with httpx.Client(base_url=demo.urls[0], timeout=30) as client:
        client.post("/api/v1/auth/sign-in", json={"username": "admin", "password": PASSWORD}).raise_for_status()
        name = f"Made {code}"
        shop = client.post("/api/v1/shops", json={"code": code, "name": name}).raise_for_status().json()["id"]
        customer = client.get("/api/v1/customers", params={"limit": 1}).raise_for_status().json()["items"][0]["id"]
        for priority in ("urgent", "normal"):
            ticket = {"shop_id": shop, "customer_id": customer, "text": "请问怎么开发票？", "priority": priority}
            made = client.post("/api/v1/tickets", json=ticket).raise_for_status().json()
        reply = {"kind": "reply", "text": "您好，可以在订单页申请。"}
        client.post(f"/api/v1/tickets/{made['id']}/messages", json=reply).raise_for_status()
        yield Made(shop, name)


def _figure(page: Page, name: str):  # type: ignore[no-untyped-def]
    return page.locator(f'[data-figure="{name}"]')


def test_the_numbers_of_a_made_world(new_page: Open, made: Made) -> None:
    page = sign_in(new_page(), "supervisor", f"/console/dashboard?shop_id={made.shop}&period=today")
    expect(_figure(page, "open").locator(".db-tile-value")).to_have_text("2")
    expect(_figure(page, "waiting").locator(".db-tile-value")).to_have_text("1")
    expect(_figure(page, "unassigned")).to_contain_text("紧急 1")
    expect(_figure(page, "firstResponse")).to_contain_text("n = 1")
    expect(_figure(page, "firstResponse")).to_contain_text("样本少")
    expect(_figure(page, "satisfied").locator(".db-tile-value")).to_have_text("–")
    how = page.get_by_role("button", name="“等我们回复”是怎么算的")
    how.hover()
    expect(page.get_by_role("tooltip")).to_contain_text("撤回的回复和内部备注不算回复")
    how.click()
    page.wait_for_timeout(500)
    expect(page.get_by_role("tooltip")).to_be_visible()
    page.keyboard.press("Escape")
    page.get_by_role("region", name="每日工单").get_by_text("表", exact=True).click()
    expect(page.get_by_role("region", name="每日工单").get_by_role("row").last).to_contain_text("2")
    _figure(page, "waiting").get_by_role("link").first.click()
    page.wait_for_url(f"**/console/inbox?*shop_id={made.shop}*")
    assert "waiting=true" in page.url


def test_periods_files_and_an_agents_own(new_page: Open, made: Made) -> None:
    page = sign_in(new_page(lang="en"), "chenyu", "/console/dashboard")
    expect(page.get_by_text("Only tickets assigned to you are counted here.")).to_be_visible()
    page.get_by_text("30 days", exact=True).click()
    page.wait_for_url("**period=30d*")
    page.get_by_role("button", name="Export CSV").click()
    with page.expect_download() as started:
        page.get_by_role("menuitem", name="Agents' load").click()
    assert started.value.suggested_filename.startswith("people-")


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 375)])
def test_the_dashboard_is_accessible(new_page: Open, theme: str, width: int) -> None:
    page = sign_in(new_page(theme=theme, width=width), "supervisor", "/console/dashboard?period=90d")
    page.get_by_role("region", name="客服工作量").first.wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

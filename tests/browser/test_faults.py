"""What goes wrong is said in the reader's language: what it is, why, and what to do."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Open, axe, signed_in

UNDELIVERED = {
    "zh-CN": ("尚未送达，已尝试 2 次", "原因：no connection to http://shop", r"\d\d:\d\d:\d\d 再次尝试"),
    "en": ("Not delivered, tried 2 times", "Reason: no connection to http://shop", r"Next try at \d+:\d\d:\d\d"),
}


def _ticket(page: Page) -> int:
    """A ticket with a reply in it; chenyu is signed in."""
    signed_in(page, "chenyu")
    shop = next(one for one in page.request.get("/api/v1/shops").json() if one["code"] == "lehuo")
    customer = page.request.get("/api/v1/customers?limit=1").json()["items"][0]
    words = {"shop_id": shop["id"], "customer_id": customer["id"], "text": "在吗"}
    ticket: int = page.request.post("/api/v1/tickets", data=words).json()["id"]
    reply = page.request.post(f"/api/v1/tickets/{ticket}/messages", data={"kind": "reply", "text": "您好，我在。"})
    assert reply.ok, reply.text()
    return ticket


@pytest.mark.parametrize("lang", UNDELIVERED)
def test_a_reply_that_is_tried_again_says_why_and_when(new_page: Open, lang: str) -> None:
    page = new_page(lang=lang)
    ticket = _ticket(page)
    failing = {
        "state": "queued",
        "attempt": 2,
        "last_error": "no connection to http://shop: [Errno 111] Connection refused " + "x" * 300,
        "next_try_at": (datetime.now(UTC) + timedelta(seconds=30)).isoformat(),
    }

    def undelivered(route: Route) -> None:
        answer = route.fetch()
        body: dict[str, Any] = answer.json()
        body["items"][-1]["delivery"] |= failing
        route.fulfill(response=answer, json=body)

    page.route(re.compile(rf"/tickets/{ticket}/messages$"), undelivered)
    page.goto(f"/console/tickets/{ticket}")
    failed, why, when = UNDELIVERED[lang]
    said = page.get_by_role("status").filter(has_text=failed)
    expect(said).to_contain_text(why)
    expect(said).to_contain_text(re.compile(when))
    expect(said).not_to_contain_text("x" * 120)
    assert axe(page, ".ticket-meta") == []
    failing |= {"state": "failed", "next_try_at": None}
    expect(page.get_by_role("group").filter(has_text=why)).to_be_visible()

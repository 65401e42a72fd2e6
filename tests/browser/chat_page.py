"""The demo shop's page with its chat, and what the staff sees of it."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD
from tests.stack import Stack, eventually

ZH = {"open": "联系客服", "input": "输入消息…", "human": "转人工"}
EN = {"open": "Chat with us", "input": "Write a message…", "human": "Talk to a human"}


@pytest.fixture
def staff(demo: Stack) -> Iterator[httpx.Client]:
    """An administrator's requests."""
    with httpx.Client(base_url=demo.urls[0], timeout=30) as client:
        body = {"username": "admin", "password": PASSWORD}
        token = client.post("/api/v1/auth/sign-in", json=body).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def chat(page: Page) -> Locator:
    return page.locator("copilot-chat")


def opened(page: Page, words: dict[str, str] = ZH, *, lang: str = "zh", customer: bool = False) -> Locator:
    page.goto(f"/demo-shop?lang={lang}")
    if customer:
        page.locator(".people a").first.click()
    page.get_by_role("button", name=words["open"]).click()
    expect(page.get_by_label(words["input"])).to_be_focused()
    return chat(page)


def write(page: Page, text: str, words: dict[str, str] = ZH) -> None:
    page.get_by_label(words["input"]).fill(text)
    page.keyboard.press("Enter")


def bubbles(widget: Locator) -> Locator:
    return widget.locator(".own .bubble")


def ticket_of(staff: httpx.Client, text: str) -> int:
    """The ticket whose subject is this text: the first message of a new guest."""
    found = eventually(lambda: staff.get("/api/v1/tickets", params={"q": text}).json()["items"], 15)
    number: int = found[0]["id"]
    return number


def messages(staff: httpx.Client, ticket: int) -> list[str]:
    items = staff.get(f"/api/v1/tickets/{ticket}/messages").json()["items"]
    return [item["text"] for item in items if item["direction"] == "in"]

"""One day of the shop, in three browsers, in both modes: shoppers, an agent with nothing but a keyboard, an editor."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import PASSWORD, Guard, Open, sign_in
from tests.conftest import create_postgres_database
from tests.shop import furnish_demo
from tests.stack import Stack, eventually, make_stack

PARCEL = "我的包裹到哪了？"
UNKNOWN = "你们老板养的猫叫什么名字？"
POLICY = "买贵了可以退差价吗？下单几天之内可以申请？"
LONG = 90_000  # ms: the model thinks, a reply waits to be taken back, two processes share a busy machine


@pytest.fixture(params=["embedded", "served"])
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The demo on SQLite in one process; a small one on PostgreSQL with Redis, a Celery worker and two APIs."""
    if request.param == "embedded":
        yield request.getfixturevalue("demo")
        return
    folder: Path = tmp_path_factory.mktemp("served")
    url = create_postgres_database(request.getfixturevalue("postgres_server"))
    redis = request.getfixturevalue("redis_url")
    stack = make_stack(folder / "data", database_url=url, redis_url=redis, apis=2)
    database = stack.database()
    furnish_demo(database)
    database.close()
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def opened_chat(page: Page, person: int) -> Locator:
    """The demo shop's chat, as one of the customers whom the shop has signed in."""
    page.goto("/demo-shop?lang=zh")
    page.locator(".people a").nth(person).click()
    page.get_by_role("button", name="联系客服").click()
    return page.locator("copilot-chat")


def write(page: Page, text: str) -> None:
    page.get_by_label("输入消息…").fill(text)
    page.keyboard.press("Enter")


def said(page: Page, chat: Locator, text: str) -> None:
    """Writes, and waits until the server has it."""
    write(page, text)
    expect(chat.locator(".own .bubble:not(.unsent)", has_text=text).last).to_be_visible(timeout=LONG)


def answers(chat: Locator) -> Locator:
    return chat.locator(".row:not(.own)")


@contextmanager
def granted(url: str, intent: str) -> Iterator[None]:
    """What a supervisor does in the settings, and takes back: what comes later in this demo waits for agents."""
    with httpx.Client(base_url=f"{url}/api/v1", timeout=30) as http:
        signed = http.post("/auth/sign-in", json={"username": "supervisor", "password": PASSWORD}).json()
        http.headers["Authorization"] = f"Bearer {signed['token']}"
        shop = next(one["id"] for one in http.get("/shops").json() if one["code"] == "lehuo")
        until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        given = {"shop_id": shop, "intent": intent, "min_confidence": 0.5, "expires_at": until, "reason": "a journey"}
        made = http.post("/grants", json=given)
        made.raise_for_status()
        try:
            yield
        finally:
            http.post(f"/grants/{made.json()['id']}/revoke").raise_for_status()


def test_a_day_of_the_shop(guard: Guard, running: Stack, new_page: Open) -> None:
    first, last = running.urls[0], running.urls[-1]
    shopper = new_page(base=first)
    chat = opened_chat(shopper, 0)

    # The bot answers what the demo's grant allows, with its source.
    said(shopper, chat, PARCEL)
    answer = answers(chat).filter(has_text="您的订单").last
    expect(answer).to_contain_text("机器人", timeout=LONG)
    expect(answer.get_by_role("list", name="依据")).to_contain_text("您的订单记录")

    # What it does not know it hands over, and says so.
    said(shopper, chat, UNKNOWN)
    expect(chat.get_by_text("已转人工")).to_be_visible(timeout=LONG)
    said(shopper, chat, POLICY)  # what was handed over does not hide the next question

    # An agent with nothing but a keyboard: find the ticket, look at a citation, accept.
    agent = sign_in(new_page(base=last), "chenyu")
    tickets = agent.get_by_role("region", name="工单列表").get_by_role("listitem")
    tickets.first.wait_for()
    agent.keyboard.press("/")
    expect(agent.get_by_role("textbox", name="搜索工单")).to_be_focused()
    agent.keyboard.type(POLICY[:10])
    agent.keyboard.press("Enter")
    agent.keyboard.press("Escape")
    expect(tickets).to_have_count(1)
    agent.keyboard.press("Enter")
    panel = agent.get_by_role("region", name="建议回复")
    # the draft for the newest message, ready to be sent: not the one before, and not one that is still being written
    expect(panel.locator(".ticket-draft")).to_contain_text("差价", timeout=LONG)
    expect(panel).to_contain_text(f"针对：{POLICY}")
    expect(panel.get_by_role("button", name="采用并发送")).to_be_visible(timeout=LONG)
    agent.keyboard.press("c")
    expect(panel.locator("[data-cite]").first).to_be_focused()
    expect(agent.locator(".ant-popover:visible")).to_contain_text("价格保护")
    agent.keyboard.press("a")

    # The shopper sees it without doing anything.
    expect(answers(chat).filter(has_text="差价").last).to_be_visible(timeout=LONG)

    # Resolved, by keyboard; the case is published by an editor.
    status = agent.locator(".ticket-facts .ant-select").first
    expect(status).to_contain_text("待客户")  # one step down from here
    agent.keyboard.press("s")
    expect(agent.get_by_role("combobox", name="状态 (S)")).to_be_focused()
    expect(agent.locator(".ant-select-dropdown:visible")).to_be_visible()
    agent.keyboard.press("ArrowDown")
    agent.keyboard.press("Enter")
    expect(status).to_contain_text("已解决")
    editor = sign_in(new_page(base=first), "editor", "/console/knowledge/cases")
    proposed = editor.locator(".kn-row", has_text=POLICY[:8])
    proposed.click(timeout=LONG)  # the live hint brings it
    editor.get_by_role("button", name="发布").wait_for()
    editor.keyboard.press("p")
    expect(proposed).to_have_count(0)

    # The next shopper with the same question is answered by the bot, since a supervisor has granted it.
    with granted(first, "price_protection"):
        following = new_page(base=last)
        other = opened_chat(following, 1)
        write(following, POLICY)
        reply = answers(other).filter(has_text="差价").last
        expect(reply).to_contain_text("机器人", timeout=LONG)
        expect(reply.get_by_role("list", name="依据")).to_be_visible()
    eventually(lambda: running.ready(first), 10)

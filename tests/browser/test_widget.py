"""The shopper's chat in a real browser: what a lost network, a reload, a restart and a strict policy do to it."""

from __future__ import annotations

import re
import time

import httpx
import pytest
from playwright.sync_api import Route, expect

from tests.browser.chat_page import EN, ZH, bubbles, messages, opened, staff, ticket_of, write
from tests.browser.conftest import Guard, Open, axe
from tests.stack import Stack, eventually

__all__ = ["staff"]  # a fixture


def test_a_signed_in_customer_is_answered_from_the_order_and_a_guest_is_not(new_page: Open) -> None:
    page = new_page()
    widget = opened(page, customer=True)
    write(page, "我的包裹到哪了？")
    answer = widget.locator(".row:not(.own)", has_text="您的订单").last
    expect(answer).to_contain_text("机器人")
    expect(answer.locator(".card")).to_contain_text(re.compile("运单|快递|速运|物流"))
    expect(answer.get_by_role("list", name="依据")).to_contain_text("您的订单记录")
    expect(answer.locator("sup").first).to_have_text("[1]")
    asked = bubbles(widget).count()
    page.reload()
    expect(widget.locator(".card").last).to_be_visible()
    expect(bubbles(widget)).to_have_count(asked)
    guest = new_page()
    other = opened(guest)
    other.get_by_role("button", name="我的包裹到哪了？").click()
    expect(other.locator(".notice")).to_be_visible()
    expect(other.locator(".card")).to_have_count(0)


def test_nothing_is_lost_or_doubled_by_a_lost_network(new_page: Open, guard: Guard, staff: httpx.Client) -> None:
    guard.expect("net::ERR_INTERNET_DISCONNECTED")
    page = new_page()
    widget = opened(page)
    first = f"先问一句 {time.time_ns()}"
    write(page, first)
    expect(widget.get_by_text("已发送")).to_be_visible()
    ticket = ticket_of(staff, first)
    page.context.set_offline(True)
    expect(widget.get_by_text("网络已断开")).to_be_visible()
    for text in ("断网时写的", "断网时又写的"):
        write(page, text)
    expect(widget.locator(".bubble.unsent")).to_have_count(2)
    assert messages(staff, ticket) == [first]
    page.context.set_offline(False)
    expect(widget.locator(".bubble.unsent")).to_have_count(0)
    expect(widget.get_by_text("网络已断开")).to_be_hidden()
    expect(bubbles(widget)).to_have_text([first, "断网时写的", "断网时又写的"])
    assert messages(staff, ticket) == [first, "断网时写的", "断网时又写的"]


def test_an_answer_that_was_lost_doubles_nothing_and_a_reload_forgets_nothing(
    new_page: Open, guard: Guard, staff: httpx.Client
) -> None:
    guard.expect("net::ERR_FAILED")
    page = new_page()
    widget = opened(page)
    text = f"只有一次 {time.time_ns()}"
    reached: list[str] = []

    def lose(route: Route) -> None:
        route.fetch()  # the server has it, and the page never hears so
        reached.append(route.request.post_data or "")
        route.abort()

    page.route("**/messages", lose)
    write(page, text)
    while len(reached) < 2:  # not `eventually`: the route is only served while Playwright waits
        page.wait_for_timeout(100)
    expect(widget.locator(".bubble.unsent")).to_have_text([text])
    page.unroute_all(behavior="ignoreErrors")
    page.reload()
    expect(widget.locator(".bubble.unsent")).to_have_count(0)
    expect(bubbles(widget)).to_have_text([text])
    assert len({re.search(r'"client_id":"([^"]+)"', body)[1] for body in reached}) == 1  # type: ignore[index]
    assert messages(staff, ticket_of(staff, text)) == [text]


def test_a_restart_of_the_server_loses_and_doubles_nothing(
    new_page: Open, guard: Guard, demo: Stack, staff: httpx.Client
) -> None:
    if "api0" not in demo.processes:
        pytest.skip("somebody else's server is not restarted")
    guard.expect("net::ERR")
    page = new_page()
    widget = opened(page)
    first = f"重启之前 {time.time_ns()}"
    write(page, first)
    expect(widget.get_by_text("已发送")).to_be_visible()
    ticket = ticket_of(staff, first)
    demo.kill("api0")
    expect(widget.get_by_text("连不上服务器")).to_be_visible()
    write(page, "停机时写的")
    expect(widget.locator(".bubble.unsent")).to_have_count(1)
    demo.launch("api0", "serve", "--demo", "--port", str(demo.api_ports[0]))
    eventually(lambda: demo.ready(demo.urls[0]), 90)
    expect(widget.get_by_text("连不上服务器")).to_be_hidden(timeout=45_000)
    expect(widget.locator(".bubble.unsent")).to_have_count(0, timeout=45_000)
    expect(bubbles(widget)).to_have_text([first, "停机时写的"])
    assert messages(staff, ticket) == [first, "停机时写的"]
    staff.post(f"/api/v1/tickets/{ticket}/messages", json={"kind": "reply", "text": "重启之后，仍然在线"})
    expect(widget.get_by_text("重启之后，仍然在线")).to_be_visible(timeout=45_000)


def test_a_person_takes_over_and_is_rated(new_page: Open, staff: httpx.Client) -> None:
    page = new_page(lang="en-GB", height=480)  # what is said is longer than the window
    widget = opened(page, EN, lang="en")
    text = f"Something nobody wrote about {time.time_ns()}"
    write(page, text, EN)
    expect(widget.get_by_text("Sent", exact=True)).to_be_visible()
    ticket = ticket_of(staff, text)
    human = widget.get_by_role("button", name=EN["human"])
    human.evaluate("button => button.click()")  # in one step: the bot may hand over by itself, which disables it
    expect(widget.get_by_text("Handed over")).to_be_visible()
    expect(human).to_be_disabled()
    staff.put(f"/api/v1/tickets/{ticket}/presence", json={"state": "typing"})
    expect(widget.get_by_text("is typing")).to_be_visible()
    evil = "<img src=x onerror=alert(1)> We have it in stock."
    staff.post(f"/api/v1/tickets/{ticket}/messages", json={"kind": "note", "text": "a note for us"})
    staff.post(f"/api/v1/tickets/{ticket}/messages", json={"kind": "reply", "text": evil})
    reply = widget.locator(".row:not(.own) .bubble", has_text="in stock")
    expect(reply).to_have_text(evil)
    expect(widget.get_by_text("a note for us")).to_have_count(0)
    staff.put(f"/api/v1/tickets/{ticket}/presence", json={"state": "gone"})
    seen = staff.get(f"/api/v1/tickets/{ticket}").json()
    eventually(lambda: staff.get(f"/api/v1/tickets/{ticket}").json()["customer_seen_seq"] >= 2, 10)
    headers = {"If-Match": f'"{staff.get(f"/api/v1/tickets/{ticket}").json()["version"]}"'}
    staff.patch(f"/api/v1/tickets/{ticket}", json={"status": "resolved"}, headers=headers).raise_for_status()
    expect(widget.get_by_text("How did we do?")).to_be_visible()
    assert seen["satisfaction"] is None
    widget.get_by_text("Excellent").click()
    assert widget.locator(".panel").evaluate("panel => panel.scrollTop") == 0, "the header and the input stay"
    widget.get_by_label("Anything to add?").fill("Quick!")
    widget.get_by_role("button", name="Submit").click()
    expect(widget.get_by_text("Thank you for your feedback!")).to_be_visible()
    rated = staff.get(f"/api/v1/tickets/{ticket}").json()
    assert (rated["satisfaction"], rated["satisfaction_comment"]) == (5, "Quick!")


def test_keys_alone_and_a_small_screen(new_page: Open) -> None:
    page = new_page(width=375, height=720)
    page.goto("/demo-shop?lang=zh")
    launch = page.get_by_role("button", name=ZH["open"])
    launch.focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("dialog").bounding_box()
    assert box is not None and (box["x"], box["y"], box["width"], box["height"]) == (0, 0, 375, 720)
    expect(page.get_by_label(ZH["input"])).to_be_focused()
    inside = "() => document.activeElement === document.querySelector('copilot-chat')"
    for _ in range(12):
        page.keyboard.press("Tab")
        assert page.evaluate(inside), "nothing else can be seen: the focus stays"
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(launch).to_be_focused()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everybody_can_use_it(new_page: Open, theme: str, lang: str) -> None:
    words = ZH if lang == "zh" else EN
    page = new_page(lang="zh-CN" if lang == "zh" else "en-GB", theme=theme)
    widget = opened(page, words, lang=lang, customer=True)
    write(page, "我的包裹到哪了？" if lang == "zh" else "Where is my parcel?", words)
    expect(widget.locator(".card, .notice").last).to_be_visible()
    assert axe(page) == []

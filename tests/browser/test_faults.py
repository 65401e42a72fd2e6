"""What goes wrong is said in the reader's language: what it is, why, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.chat_page import EN, ZH, bubbles, opened, write
from tests.browser.conftest import Guard, Open, axe, sign_in, signed_in

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


def _problem(status: int, code: str = "", **more: Any) -> dict[str, Any]:
    detail = {"title": "In English", "detail": "The server says this in English."}
    return {"status": status, "json": {**detail, "status": status, "code": code, **more}}


PROBLEMS: Mapping[str, tuple[dict[str, Any], str]] = {
    "403": (_problem(403, "forbidden"), "您的角色没有这项权限"),
    "403 with roles": (_problem(403, "forbidden", roles=["editor", "admin"]), "需要的角色：知识编辑、管理员"),
    "404": (_problem(404, "not_found"), "找不到这个对象"),
    "412": (_problem(412, "precondition_failed"), "别人刚刚改过"),
    "428": (_problem(428, "precondition_required"), "页面不是最新的"),
    "429": (_problem(429, "too_many_requests"), "操作太频繁，请稍后再试"),
    "429 with a time": (_problem(429, "too_many_requests", retry_after=900), "请过 15分钟再试"),
    "502 of a proxy": ({"status": 502, "body": "<h1>Bad Gateway</h1>"}, "暂时没有应答"),
    "503": (_problem(503, "unavailable"), "暂时没有应答"),
}
WITH_DETAIL: Mapping[str, tuple[dict[str, Any], str]] = {
    "409": (_problem(409, "conflict"), "与现有状态冲突"),
    "422": (_problem(422, "invalid_input"), "有内容不符合要求"),
    "500": (_problem(500, "internal_error"), "服务器内部出错"),
    "an unknown one": (_problem(418, "teapot"), "The server says this in English."),
}
API_ORDER = re.compile(r"/api/v1/orders/999999")
ORDER = "/console/orders/999999"


def _answers(page: Page, guard: Guard, problems: Mapping[str, tuple[dict[str, Any], str]]) -> Iterator[tuple[str, str]]:
    """Opens the order's page once for each problem; (its name, what is to be read)."""
    answer: dict[str, Any] = {}
    guard.expect("Failed to load resource")
    page.route(API_ORDER, lambda route: route.fulfill(**answer))
    sign_in(page)
    for name, (wrong, words) in problems.items():
        answer.clear()
        answer.update(wrong)
        page.goto(ORDER)
        yield name, words


def test_a_problem_is_told_in_chinese_alone_where_that_says_it_all(new_page: Open, guard: Guard) -> None:
    page = new_page()
    for name, words in _answers(page, guard, PROBLEMS):
        said = page.get_by_role("alert").filter(has_text="不受影响")
        expect(said, name).to_contain_text(words)
        expect(said, name).not_to_contain_text("English")


def test_a_problem_with_more_to_it_adds_what_the_server_says(new_page: Open, guard: Guard) -> None:
    page = new_page()
    for name, words in _answers(page, guard, WITH_DETAIL):
        said = page.get_by_role("alert").filter(has_text="不受影响")
        expect(said, name).to_contain_text(words)
        expect(said.get_by_text("The server says this in English."), name).to_have_count(1)


def test_a_server_out_of_reach_and_a_session_that_ended(new_page: Open, guard: Guard) -> None:
    page = sign_in(new_page())
    guard.expect("Failed to load resource")
    page.route(API_ORDER, lambda route: route.abort("connectionrefused"))
    page.goto(ORDER)
    expect(page.get_by_role("alert").filter(has_text="连不上服务器。请检查网络")).to_be_visible()
    page.unroute(API_ORDER)
    page.route(API_ORDER, lambda route: route.fulfill(**_problem(401, "not_authenticated")))
    page.goto(ORDER)
    expect(page.get_by_role("alert").filter(has_text="登录已过期，请重新登录")).to_be_visible()


@pytest.mark.parametrize(
    ("lang", "words"),
    [("zh-CN", "需要的角色：知识编辑、主管、管理员"), ("en", "It needs: Editor, Supervisor, Administrator")],
)
def test_a_page_that_is_not_for_ones_role_names_the_roles(new_page: Open, guard: Guard, lang: str, words: str) -> None:
    guard.expect("Failed to load resource")
    page = sign_in(new_page(lang=lang), to="/console/knowledge/gaps")
    said = page.get_by_role("alert").filter(has_text=words)
    expect(said).to_be_visible()
    expect(said).not_to_contain_text("This needs one of")


@pytest.mark.parametrize(
    ("lang", "words", "left", "over"),
    [
        ("zh", ZH, "还可以写 100 个字", "一条消息最多 4000 字，多了 321 个字"),
        ("en", EN, "100 characters left", "4000 characters at most; this one has 321 too many"),
    ],
)
def test_a_message_that_is_too_long_for_the_chat_is_kept_whole_and_not_sent(
    new_page: Open, lang: str, words: dict[str, str], left: str, over: str
) -> None:
    page = new_page(lang="zh-CN" if lang == "zh" else "en")
    widget = opened(page, words, lang=lang)
    count = widget.get_by_role("status").filter(has_text=re.compile("字|characters"))
    page.get_by_label(words["input"]).fill("好" * 3000)
    expect(count).to_have_count(0)
    write(page, "好" * 4321, words)
    expect(count).to_contain_text(over)
    expect(page.get_by_label(words["input"])).to_have_value("好" * 4321)
    expect(bubbles(widget)).to_have_count(0)
    assert axe(page, "copilot-chat") == []
    page.get_by_label(words["input"]).fill("好" * 3900)
    expect(count).to_have_text(left)
    page.keyboard.press("Enter")
    expect(bubbles(widget)).to_have_count(1)
    expect(count).to_have_count(0)


@pytest.mark.parametrize(
    ("lang", "label", "left", "over"),
    [
        ("zh-CN", "问题", "还可以写 100 个字", "问题最多 4000 字，多了 321 个字"),
        ("en", "Question", "100 characters left", "4000 characters at most; this one has 321 too many"),
    ],
)
def test_a_question_that_is_too_long_for_the_playground_is_kept_whole(
    new_page: Open, lang: str, label: str, left: str, over: str
) -> None:
    page = sign_in(new_page(lang=lang), "editor", "/console/playground")
    box = page.get_by_role("textbox", name=label, exact=True)
    box.fill("好" * 4321)
    expect(page.get_by_role("status").filter(has_text=over)).to_be_visible()
    expect(box).to_have_value("好" * 4321)
    page.keyboard.press("Enter")
    expect(page.locator(".pg-ask button")).to_be_disabled()
    assert "q=" not in page.url and axe(page, ".pg-form") == []
    box.fill("好" * 3900)
    expect(page.get_by_role("status").filter(has_text=left)).to_be_visible()
    expect(page.locator(".pg-ask button")).to_be_enabled()

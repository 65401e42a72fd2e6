"""A ticket by keyboard alone: read the evidence, accept, take back, edit, reject; and what sending asks about."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

from copilot.models import Suggestion, SuggestionState
from records.tickets.models import Ticket
from tests.browser.conftest import Guard, Open, axe, sign_in, signed_in
from tests.stack import Stack, eventually

GREETING = {"text": "您好！", "citations": [], "verdict": "not_a_claim", "reasons": []}
WRONG = {
    "text": "差价 3 天内退回。",
    "citations": [1],
    "verdict": "unsupported",
    "reasons": ["duration 3 天 is not in the source"],
}


@dataclass(frozen=True)
class Case:
    """A ticket of this test's own, with a draft whose one claim is the first sentence of `passage`."""

    id: int
    suggestion: int
    claim: str
    passage: dict[str, Any]


def _api(page: Page, method: str, path: str, **body: Any) -> Any:
    answer = page.request.fetch(f"/api/v1{path}", method=method, data=body or None)
    assert answer.ok, answer.text()
    return answer.json() if answer.text() else None


def _case(page: Page, demo: Stack, *more: dict[str, Any]) -> Case:
    """Signs chenyu in. The engine's own draft is waited for and then replaced, so that the test knows each word."""
    signed_in(page, "chenyu")
    shop = next(one for one in _api(page, "GET", "/shops") if one["code"] == "lehuo")
    customer = _api(page, "GET", "/customers?limit=1")["items"][0]
    words = "降价了，差价怎么算"
    ticket = _api(page, "POST", "/tickets", shop_id=shop["id"], customer_id=customer["id"], text=words, subject="价保")
    hits = _api(page, "POST", "/search", query=words, shop_id=shop["id"], audience="customer")
    hit = next(one for one in hits if one["source_kind"] == "article")
    claim = hit["text"].split("。")[0] + "。"
    database = demo.database()

    def replaced() -> int | None:
        with database.unit_of_work() as session:
            row = session.scalars(select(Suggestion).where(Suggestion.ticket_id == ticket["id"])).first()
            if row is None or row.state != SuggestionState.PENDING or not row.answer:
                return None
            answer = json.loads(json.dumps(row.answer))
            cited = {key: hit[key] for key in ("source_kind", "document_id", "title", "text", "version", "span")}
            cited |= {key: hit[key] for key in ("audience", "published_at", "heading")}
            claimed = {"text": claim, "citations": [1], "verdict": "supported", "reasons": []}
            answer["draft"] |= {
                "kind": "llm",
                "language": "zh",
                "sentences": [GREETING, claimed, *more],
                "citations": [{**cited, "number": 1, "passage_id": hit["passage_id"]}],
                "confidence": 0.9,
            }
            row.answer, row.kind, row.language, row.confidence = answer, "llm", "zh", 0.9
            row.text = "".join(one["text"] for one in answer["draft"]["sentences"])
            return row.id

    suggestion = eventually(replaced, 60)
    database.close()
    return Case(ticket["id"], suggestion, claim, hit)


def _open(page: Page, case: Case) -> None:
    page.goto(f"/console/tickets/{case.id}")
    expect(page.get_by_role("region", name="建议回复")).to_be_visible()


def _sent(page: Page, case: Case) -> list[dict[str, Any]]:
    messages = _api(page, "GET", f"/tickets/{case.id}/messages")["items"]
    return [one for one in messages if one["direction"] == "out" and one["delivery"]["state"] != "cancelled"]


def _closed(page: Page) -> None:
    """A dialog keeps the keys to itself until it has gone."""
    expect(page.locator(".ant-modal-wrap")).to_have_count(0)


def test_escape_closes_what_lies_on_top_and_not_the_ticket(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    page.goto(f"/console/inbox/{case.id}")
    expect(page.get_by_role("region", name="建议回复")).to_be_visible()
    page.keyboard.press("c")
    expect(page.get_by_role("note")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("note")).to_be_hidden()
    page.keyboard.press("w")
    why = page.get_by_role("dialog", name="为什么是这条建议")
    expect(why).to_be_visible()
    page.keyboard.press("Escape")
    expect(why).to_be_hidden()
    expect(page.get_by_role("region", name="建议回复")).to_be_visible()
    page.keyboard.press("Escape")
    page.wait_for_url("**/console/inbox")


def test_an_unsure_draft_is_seen_before_it_can_be_sent(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    database = demo.database()
    with database.unit_of_work() as session:
        session.get_one(Suggestion, case.suggestion).confidence = 0.3
    database.close()
    _open(page, case)
    panel = page.get_by_role("region", name="建议回复")
    expect(panel).to_contain_text("先看资料再决定")
    expect(panel.locator(".ticket-sources li").first).to_be_visible()
    expect(panel.locator("[data-cite]")).to_have_count(0)
    page.keyboard.press("a")
    expect(panel.locator("[data-cite]")).to_be_visible()
    # the draft stands above the sources, which say what they say without Markdown's signs
    order = (
        "panel => panel.querySelector('[data-cite]').compareDocumentPosition(panel.querySelector('.ticket-sources'))"
    )
    assert panel.evaluate(order) & 4
    for text in panel.locator(".ticket-source-text").all_inner_texts():
        assert "|--" not in text and "**" not in text, text
    assert _sent(page, case) == []
    page.keyboard.press("a")
    page.get_by_text("回复即将发出").wait_for()


def test_read_the_citation_accept_and_take_back(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("c")
    passage = page.get_by_role("note")
    expect(passage).to_contain_text(case.passage["title"])
    expect(passage.locator("mark")).to_have_text(case.claim)
    page.keyboard.press("Escape")
    page.keyboard.press("a")
    page.get_by_text("回复即将发出").wait_for()
    page.keyboard.press("z")
    expect(page.get_by_role("region", name="建议回复")).to_contain_text(case.claim)
    assert _sent(page, case) == []
    page.keyboard.press("a")
    expect(page.get_by_role("log").get_by_text("已发送")).to_be_visible(timeout=20_000)
    (sent,) = _sent(page, case)
    assert sent["citations"][0]["title"] == case.passage["title"]
    assert _api(page, "GET", f"/suggestions/{case.suggestion}")["state"] == "accepted"


def _edited(page: Page, demo: Stack) -> tuple[Case, Locator]:
    """A draft with one more sentence, not sent yet; and the box that it stands in."""
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("e")
    reply = page.get_by_role("textbox", name="回复客户")
    expect(reply).to_be_focused()
    page.keyboard.type("我会一直跟进。")
    return case, reply


def _held(page: Page, pattern: str, method: str) -> list[Route]:
    """Requests that will wait until the test lets them go. Asked for before the page is opened: asked for while
    others were under way, twice the page told of no request at all any more."""
    waiting: list[Route] = []
    page.route(pattern, lambda route: waiting.append(route) if route.request.method == method else route.continue_())
    return waiting


def _send(page: Page, waiting: list[Route]) -> None:
    page.keyboard.press("ControlOrMeta+Enter")
    eventually(lambda: page.wait_for_timeout(50) or waiting, 10)


def test_an_edit_is_shown_as_a_difference_and_tagged_by_two_keys(new_page: Open, demo: Stack) -> None:
    page = new_page()
    waiting = _held(page, "**/review/kinds", "PUT")
    case, reply = _edited(page, demo)
    page.keyboard.press("ControlOrMeta+Enter")
    log = page.get_by_role("log")
    expect(log.locator("ins")).to_have_text("我会一直跟进。")
    expect(reply).not_to_be_focused()
    page.keyboard.press("f")
    page.keyboard.press("o")
    for kind in ("事实", "语气"):
        expect(log.get_by_role("button", name=kind)).to_have_attribute("aria-pressed", "true")
    page.wait_for_timeout(200)
    assert [one.request.post_data_json for one in waiting] == [{"kinds": ["fact"]}], "the second waits for the first"
    waiting[0].continue_()
    eventually(lambda: page.wait_for_timeout(50) or len(waiting) == 2, 10)
    waiting[1].continue_()
    eventually(lambda: _api(page, "GET", f"/suggestions/{case.suggestion}")["review"]["kinds"] == ["fact", "tone"], 10)


def test_what_is_written_while_a_reply_is_on_its_way_is_kept(new_page: Open, demo: Stack) -> None:
    page = new_page()
    waiting = _held(page, "**/approve", "POST")
    _, reply = _edited(page, demo)
    _send(page, waiting)
    page.keyboard.type("还有一件事")
    waiting[0].continue_()
    expect(page.get_by_role("log").locator("ins")).to_have_text("我会一直跟进。")
    expect(reply).to_have_value("还有一件事")
    expect(reply).to_be_focused()
    page.get_by_role("button", name="撤回").click()
    expect(reply).to_have_value(re.compile(r"我会一直跟进。\n还有一件事$"))


def test_what_is_written_while_a_note_is_on_its_way_is_a_note(new_page: Open, demo: Stack) -> None:
    page = new_page()
    waiting = _held(page, "**/messages", "POST")
    _open(page, _case(page, demo))
    page.keyboard.press("n")
    note = page.get_by_role("textbox", name="内部备注")
    expect(note).to_be_focused()
    page.keyboard.type("客户是老用户")
    _send(page, waiting)
    page.keyboard.type("，可以多补偿")
    waiting[0].continue_()
    expect(page.get_by_role("log").get_by_text("客户是老用户", exact=True)).to_be_visible()
    expect(note).to_have_value("，可以多补偿")
    expect(note).to_be_focused()


def test_a_rejection_is_two_keys_and_keeps_its_reason(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("r")
    expect(page.get_by_role("textbox", name="不采用的原因")).to_be_focused()
    page.keyboard.press("2")
    expect(page.get_by_text("草稿已放弃（内容错误）")).to_be_visible()
    assert _api(page, "GET", f"/suggestions/{case.suggestion}")["review"]["reason"] == "内容错误"
    assert _sent(page, case) == []


def test_an_unverified_number_takes_a_deliberate_step(new_page: Open, demo: Stack, guard: Guard) -> None:
    guard.expect("422")
    page = new_page()
    case = _case(page, demo, WRONG)
    _open(page, case)
    expect(page.get_by_role("region", name="建议回复")).to_contain_text("1 句没有依据")
    page.keyboard.press("a")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("差价 3 天内退回。")
    expect(dialog.get_by_role("button", name="回去修改")).to_be_focused()
    page.keyboard.press("Enter")  # what has the focus is the way back
    _closed(page)
    assert _sent(page, case) == []
    page.keyboard.press("a")
    dialog.get_by_role("button", name="确认无误，仍要发送").click()
    page.get_by_text("回复即将发出").wait_for()
    assert _api(page, "GET", f"/suggestions/{case.suggestion}")["review"]["confirmed_unverified"] is True


def test_an_internal_source_warns_before_it_is_inserted_and_stays_with_staff(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("i")
    find = page.get_by_role("combobox", name="搜索知识和案例")
    find.fill("客服语气与用词规范")
    internal = page.get_by_role("option").filter(has=page.get_by_label("内部资料")).first
    internal.click()
    warning = page.get_by_role("dialog")
    expect(warning).to_contain_text("插入内部资料？")
    warning.get_by_role("button", name="取消").click()
    _closed(page)
    reply = page.get_by_role("textbox", name="回复客户")
    expect(reply).to_have_value("")
    page.keyboard.press("i")
    find.fill("客服语气与用词规范")
    internal.click()
    warning.get_by_role("button", name="插入").click()
    _closed(page)
    expect(reply).not_to_have_value("")
    reply.fill("好的，我来跟进。")
    page.keyboard.press("ControlOrMeta+Enter")
    eventually(lambda: _sent(page, case), 10)
    assert _sent(page, case)[0]["citations"] == []


def test_a_macro_a_note_and_text_that_survives_a_reload(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("m")
    page.get_by_role("combobox", name="搜索快捷回复").fill("转交主管")
    page.get_by_role("option").filter(has_text="转交主管").wait_for()
    page.keyboard.press("Enter")
    reply = page.get_by_role("textbox", name="回复客户")
    expect(reply).to_have_value(f"您的问题我已转交主管，工单号 {case.id}。主管会直接在这里回复您。")
    page.reload()
    expect(reply).to_have_value(f"您的问题我已转交主管，工单号 {case.id}。主管会直接在这里回复您。")
    reply.fill("")
    reply.press("Escape")
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="内部备注")).to_be_focused()
    page.keyboard.type("@刘洋 麻烦看一下")
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_role("log").get_by_text("内部备注，客户看不到")).to_be_visible()


def test_what_is_too_long_is_counted_and_neither_cut_nor_sent(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("r")
    reply = page.get_by_role("textbox", name="回复客户")
    reply.fill("长" * 20_003)
    expect(page.get_by_role("alert").filter(has_text="超出 3 个字")).to_be_visible()
    assert len(reply.input_value()) == 20_003
    expect(page.get_by_role("button", name="发送")).to_be_disabled()
    reply.press("ControlOrMeta+Enter")
    reply.press("Backspace")
    reply.press("Backspace")
    expect(page.get_by_role("alert").filter(has_text="超出 1 个字")).to_be_visible()
    reply.press("Backspace")
    expect(page.get_by_role("alert").filter(has_text="超出")).to_have_count(0)
    assert _sent(page, case) == []
    reply.press("ControlOrMeta+Enter")
    eventually(lambda: len(_sent(page, case)) == 1, 10)


def test_two_agents_on_one_ticket_see_each_other_and_answer_once(new_page: Open, demo: Stack, guard: Guard) -> None:
    guard.expect("409")
    page, other = new_page(), new_page()
    case = _case(page, demo)
    _open(page, case)
    sign_in(other, "liuyang", f"/console/tickets/{case.id}")
    expect(other.get_by_role("region", name="建议回复")).to_be_visible()
    page.keyboard.press("e")
    page.keyboard.type("请放心。")
    expect(other.get_by_text("陈雨正在回复这张工单")).to_be_visible()
    other.keyboard.press("e")
    page.keyboard.press("ControlOrMeta+Enter")
    page.get_by_text("回复即将发出").wait_for()
    other.keyboard.press("ControlOrMeta+Enter")
    expect(other.get_by_text("同事刚刚抢先了一步")).to_be_visible()
    assert len(_sent(page, case)) == 1
    expect(other.get_by_role("textbox", name="回复客户")).not_to_have_value("")


def test_what_happened_before_the_page_listened_is_seen(new_page: Open, demo: Stack) -> None:
    page, other = new_page(), new_page()
    case = _case(page, demo)
    sign_in(other, "liuyang", "/console/customers")
    held: list[Route] = []
    page.route("**/api/v1/live", lambda route: held.append(route))
    here = f"/tickets/{case.id}/presence"
    with page.expect_response(lambda answer: answer.url.endswith(here) and answer.request.method == "GET"):
        _open(page, case)
    expect(page.get_by_role("textbox", name="回复客户")).to_be_visible()
    _api(other, "PUT", here, state="typing")
    for route in held:
        route.continue_()
    # by itself it would ask again after 15 seconds
    expect(page.get_by_text("刘洋正在回复这张工单")).to_be_visible(timeout=8_000)


def test_who_types_is_told_in_order(new_page: Open, demo: Stack) -> None:
    page = new_page()
    case = _case(page, demo)
    held: list[Route] = []
    said: list[str] = []

    def listen(route: Route) -> None:
        if route.request.method != "PUT":
            return route.continue_()
        said.append(route.request.post_data_json["state"])
        return held.append(route) if said == ["viewing"] else route.continue_()

    page.route(f"**/api/v1/tickets/{case.id}/presence", listen)
    _open(page, case)
    page.keyboard.press("e")
    expect(page.get_by_role("textbox", name="回复客户")).to_be_focused()
    page.keyboard.type("请放心。")
    expect(page.get_by_role("textbox", name="回复客户")).to_have_value(re.compile("请放心。"))
    assert said == ["viewing"]
    with page.expect_response(lambda answer: "typing" in str(answer.request.post_data)):
        held[0].continue_()
    assert said == ["viewing", "typing"]


def test_what_is_sent_without_a_network_goes_out_once_when_it_is_back(
    new_page: Open, demo: Stack, guard: Guard
) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    page = new_page()
    case = _case(page, demo)
    _open(page, case)
    page.keyboard.press("n")
    expect(page.get_by_role("textbox", name="内部备注")).to_be_focused()
    page.keyboard.type("断网也不会丢")
    page.context.set_offline(True)
    page.keyboard.press("ControlOrMeta+Enter")
    expect(page.get_by_text("内容已保留")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("log").get_by_text("断网也不会丢")).to_be_visible()
    messages = _api(page, "GET", f"/tickets/{case.id}/messages")["items"]
    assert [one["text"] for one in messages].count("断网也不会丢") == 1


@pytest.mark.parametrize(("lang", "theme"), [("zh-CN", "light"), ("zh-CN", "dark"), ("en", "light"), ("en", "dark")])
def test_the_ticket_is_accessible(new_page: Open, demo: Stack, lang: str, theme: str) -> None:
    page = new_page(lang=lang, theme=theme)
    case = _case(page, demo, WRONG)
    page.goto(f"/console/tickets/{case.id}")
    page.locator(".ticket-suggestion").wait_for()
    assert axe(page, ".ticket-main") == []
    page.keyboard.press("c")
    page.get_by_role("note").wait_for()
    page.keyboard.press("w")
    page.get_by_role("dialog").wait_for()
    page.get_by_role("button", name="放到今天" if lang == "zh-CN" else "What would differ today").click()
    today = page.get_by_role("region", name="同样的问题放到今天" if lang == "zh-CN" else "The same question today")
    expect(today).to_contain_text("由大模型撰写" if lang == "zh-CN" else "A language model wrote this draft")
    assert axe(page, ".ant-drawer") == []


@pytest.mark.parametrize("width", [375, 1440])
def test_a_ticket_on_its_way_keeps_the_layout(new_page: Open, demo: Stack, width: int) -> None:
    database = demo.database()
    with database.reading() as session:
        ticket_id = session.scalars(select(Ticket.id).order_by(Ticket.id).limit(1)).one()
    database.close()
    page = sign_in(new_page(width=width, height=800))
    pattern = f"**/api/v1/tickets/{ticket_id}"
    held: list[Route] = []
    released: list[bool] = []

    def hold(route: Route) -> None:
        if released:
            route.continue_()
        else:
            held.append(route)

    page.route(pattern, hold)
    for where in (f"/console/tickets/{ticket_id}", f"/console/inbox/{ticket_id}"):
        held.clear()
        released.clear()
        with page.expect_request(pattern):
            page.goto(where)
        waiting = page.locator('.ticket-main[aria-busy="true"]')
        expect(waiting.locator(".ant-skeleton")).to_have_count(4)
        expect(waiting.locator(".ant-skeleton").first).to_be_visible()
        box = waiting.bounding_box()
        assert box is not None and box["width"] >= 374 and box["height"] > 500
        released.append(True)
        for route in held:
            route.continue_()
        expect(page.locator(".ticket-title h2")).to_be_visible()
        expect(waiting).to_have_count(0)

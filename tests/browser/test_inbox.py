"""The inbox in a real browser: by keyboard, by mouse, live beside a colleague, on small screens."""

from __future__ import annotations

import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Guard, Open, axe, sign_in

INBOX = "/console/inbox"


def ask(page: Page, method: str, path: str, **body: Any) -> Any:
    """What the API says to the person who is signed in on `page`."""
    answer = page.request.fetch(f"/api/v1{path}", method=method, **({"data": body} if body else {}))
    assert answer.ok, answer.text()
    return answer.json() if answer.body() else None


def tickets(page: Page, count: int, word: str) -> list[int]:
    """New tickets whose subject holds `word`, which nothing else does."""
    customer = ask(page, "GET", "/customers?limit=1")["items"][0]["id"]
    shop = ask(page, "GET", "/shops")[0]["id"]
    new = {"shop_id": shop, "customer_id": customer, "text": "你们老板喜欢什么颜色"}  # nothing answers it
    return [ask(page, "POST", "/tickets", **new, subject=f"{word} {n}")["id"] for n in range(count)]


def named(word: str) -> str:
    return f"{word}{secrets.token_hex(4)}"


def rows(page: Page) -> Any:
    return page.locator(".inbox-row")


def found(page: Page, word: str, count: int) -> None:
    page.goto(f"{INBOX}?q={word}")
    expect(rows(page)).to_have_count(count)


def test_views_and_tickets_by_keyboard_only(new_page: Open) -> None:
    page = sign_in(new_page())
    rows(page).first.wait_for()
    views = page.get_by_role("navigation", name="视图")
    page.keyboard.press("2")
    expect(page).to_have_url(re.compile("view=unassigned"))
    expect(views.locator("[aria-current=page]")).to_contain_text("未分配")
    counts = ask(page, "GET", "/inbox/counts")
    expect(views.locator("[aria-current=page] .inbox-view-count")).to_have_text(str(counts["unassigned"]))
    page.keyboard.press("4")
    expect(views.locator("[aria-current=page]")).to_contain_text("全部未解决")
    expect(page.locator(".inbox-list")).to_have_attribute("data-old", "false")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(rows(page).nth(1)).to_have_attribute("data-focused", "true")
    expect(rows(page).nth(1).locator("a")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inbox/\d+"))
    first = page.url
    expect(page.locator(".inbox-ticket").get_by_role("log", name="对话")).to_be_visible()
    page.keyboard.press("j")
    expect(page).not_to_have_url(first)
    page.keyboard.press("k")
    expect(page).to_have_url(first)
    page.keyboard.press("Escape")
    expect(page.locator(".inbox-ticket")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("下一个工单")
    page.keyboard.press("Escape")
    page.keyboard.press("ControlOrMeta+k")
    page.get_by_role("dialog").get_by_role("combobox").fill("按状态：已解决")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("view=status%3Aresolved"))


def test_search_finds_what_stands_in_a_message_and_says_when_nothing_does(new_page: Open) -> None:
    page = sign_in(new_page())
    word = named("找")
    number = tickets(page, 1, "别的")[0]
    ask(page, "POST", f"/tickets/{number}/messages", kind="customer", text=f"上次说的{word}还没到")
    rows(page).first.wait_for()
    page.keyboard.press("/")
    page.keyboard.type(word)
    expect(rows(page)).to_have_count(1)
    expect(rows(page)).to_contain_text(word)
    page.keyboard.type("没有这个")
    expect(page.get_by_text("没有符合条件的工单")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    expect(page.get_by_role("textbox", name="搜索工单")).to_have_value("")
    rows(page).nth(1).wait_for()


def test_many_tickets_are_changed_at_once_and_it_is_undone(new_page: Open) -> None:
    page = sign_in(new_page())
    word = named("批")
    numbers = tickets(page, 3, word)
    found(page, word, 3)
    for key in ("x", "j", "x", "p"):
        page.keyboard.press(key)
    expect(page.get_by_role("toolbar", name="批量操作")).to_contain_text("已选 2 个")
    chooser = page.get_by_role("dialog", name="更改 2 个工单的优先级")
    chooser.get_by_role("combobox").fill("紧急")
    page.keyboard.press("Enter")
    expect(page.get_by_text("已更改 2 个工单")).to_be_visible()
    expect(page.locator(".inbox-urgent")).to_have_count(2)
    assert sorted(ask(page, "GET", f"/tickets/{n}")["priority"] for n in numbers) == ["normal", "urgent", "urgent"]
    page.keyboard.press("z")
    expect(page.get_by_text("已撤销 2 个工单的更改")).to_be_visible()
    expect(page.locator(".inbox-urgent")).to_have_count(0)
    assert {ask(page, "GET", f"/tickets/{n}")["priority"] for n in numbers} == {"normal"}
    # a stretch with Shift, a new tag, by mouse
    boxes = page.locator(".inbox-row-choose input")
    boxes.nth(0).click()
    boxes.nth(2).click(modifiers=["Shift"])
    page.get_by_role("button", name="加标签").click()
    page.get_by_role("dialog").get_by_role("combobox").fill(word)
    page.keyboard.press("Enter")
    expect(page.locator(".inbox-tag", has_text=word)).to_have_count(3)


def test_what_a_colleague_changed_first_is_left_alone_and_told(new_page: Open) -> None:
    page, colleague = sign_in(new_page()), sign_in(new_page(), "supervisor")
    word = named("先")
    (number,) = tickets(page, 1, word)
    found(page, word, 1)

    def overtake(route: Any) -> None:
        """The colleague's change reaches the server first, while this page still shows what it was."""
        ask(colleague, "POST", "/tickets/bulk", tickets=[{"id": number}], changes={"priority": "low"})
        route.continue_()

    page.route("**/api/v1/tickets/bulk", overtake)
    page.keyboard.press("p")
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 个刚被同事改过，未动")).to_be_visible()
    assert ask(page, "GET", f"/tickets/{number}")["priority"] == "low"


def test_a_colleague_on_the_ticket_and_a_new_message_are_seen_live(new_page: Open) -> None:
    page, colleague = sign_in(new_page()), sign_in(new_page(), "supervisor")
    word = named("活")
    (number,) = tickets(page, 1, word)
    found(page, word, 1)
    expect(page.locator(".inbox-present")).to_have_count(0)
    ask(colleague, "PUT", f"/tickets/{number}/presence", state="typing")
    expect(page.locator(".inbox-present")).to_have_text(re.compile("周敏.* 正在回复"))
    ask(colleague, "PUT", f"/tickets/{number}/presence", state="gone")
    expect(page.locator(".inbox-present")).to_have_count(0)
    ask(colleague, "POST", f"/tickets/{number}/messages", kind="note", text="已经查过物流")
    expect(rows(page)).to_contain_text("备注： 已经查过物流")


def test_keys_keep_to_a_ticket_while_others_arrive_above_it(new_page: Open) -> None:
    page = sign_in(new_page())
    word = named("新")
    tickets(page, 2, word)
    found(page, word, 2)
    page.keyboard.press("j")
    expect(rows(page).nth(1).locator("a")).to_be_focused()
    chosen = str(rows(page).nth(1).locator("a").get_attribute("href"))
    tickets(page, 1, word)
    expect(rows(page)).to_have_count(3)
    expect(page.locator(".inbox-row[data-focused=true] a")).to_have_attribute("href", chosen)
    expect(rows(page).nth(2)).to_have_attribute("data-focused", "true")
    page.keyboard.press("x")
    expect(rows(page).nth(2)).to_have_attribute("data-chosen", "true")


def test_a_view_is_saved_used_shared_and_deleted(new_page: Open) -> None:
    page = sign_in(new_page())
    name = named("紧急未分配")
    page.get_by_role("button", name="筛选").click()
    page.get_by_label("只看客户在等回复的").check()
    expect(page).to_have_url(re.compile("waiting=true"))
    page.get_by_role("button", name="存为视图").click()
    dialog = page.get_by_role("dialog", name="存为视图")
    dialog.get_by_role("textbox").fill(name)
    dialog.get_by_label("与全体同事共享").check()
    dialog.get_by_role("button", name=re.compile("保\\s?存")).click()
    link = page.get_by_role("navigation", name="视图").get_by_role("link", name=name)
    expect(link).to_have_attribute("aria-current", "page")
    expect(page).to_have_url(re.compile("view=saved"))
    colleague = sign_in(new_page(lang="en"), "emma")
    expect(colleague.get_by_role("link", name=name)).to_be_visible()
    expect(colleague.get_by_role("button", name=f"Actions of the view “{name}”")).to_have_count(0)
    page.get_by_role("button", name=f"视图“{name}”的操作").click()
    page.get_by_role("menuitem", name="删除视图").click()
    page.get_by_role("dialog").get_by_role("button", name="删除视图").click()
    expect(link).to_have_count(0)
    expect(page).to_have_url(re.compile("view=active"))


def test_a_failing_list_says_so_and_comes_back(new_page: Open, guard: Guard) -> None:
    guard.expect("500")
    page = new_page()
    page.route(
        "**/api/v1/inbox/tickets**",
        lambda route: route.fulfill(status=500, json={"title": "x", "code": "internal_error"}),
    )
    sign_in(page)
    alert = page.get_by_role("alert").filter(has_text="已保存的内容不受影响")
    expect(alert).to_be_visible()
    page.unroute_all()
    alert.get_by_role("button").click()
    rows(page).first.wait_for()


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh-CN"), ("dark", "en")])
def test_everybody_can_read_and_reach_it(new_page: Open, theme: str, lang: str) -> None:
    page = sign_in(new_page(theme=theme, lang=lang))
    rows(page).first.wait_for()
    page.keyboard.press("x")
    assert axe(page) == []
    page.keyboard.press("s")
    page.get_by_role("listbox").wait_for()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name=re.compile("筛选|Filters")).click()
    page.locator(".inbox-filters").wait_for()
    assert axe(page, ".inbox-filters") == []


@pytest.mark.parametrize("width", [375, 768])
def test_on_a_small_screen_list_and_ticket_take_turns(new_page: Open, width: int) -> None:
    page = sign_in(new_page(width=width))
    rows(page).first.wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("combobox", name="视图").select_option("unassigned")
    expect(page).to_have_url(re.compile("view=unassigned"))
    rows(page).first.locator("a").click()
    expect(page.locator(".inbox-list")).to_be_hidden()
    assert axe(page, ".inbox-list") == []
    page.get_by_role("button", name="返回列表").click()
    expect(page.locator(".inbox-list")).to_be_visible()


def test_no_more_rows_are_drawn_than_can_be_seen(new_page: Open) -> None:
    page = sign_in(new_page(), to=f"{INBOX}?view=status:closed")
    rows(page).first.wait_for()
    total = ask(page, "GET", "/inbox/counts")["status"]["closed"]
    assert total > 100
    page.mouse.move(900, 500)
    last = page.locator(f'[data-index="{total - 1}"]')
    for _ in range(80):
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(50)
        if last.count():
            break
    expect(last).to_be_visible()  # every page came, and the last row of all stands at the end
    assert rows(page).count() < 60

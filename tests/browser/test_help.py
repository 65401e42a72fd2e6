"""The help centre as a reader meets it, with a script and without."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Guard, Open, axe

PARTS = ("responseBodySize", "responseHeadersSize")
ZH, EN = "/help?lang=zh", "/help?lang=en"


def fill(page: Page, question: str) -> None:
    page.get_by_role("searchbox").first.fill(question)


def test_a_reader_finds_reads_and_says_that_it_helped(new_page: Open) -> None:
    page = new_page()
    page.goto(ZH)
    expect(page.get_by_role("heading", level=1)).to_have_text("有什么可以帮您？")
    page.get_by_role("link", name=re.compile("^退货")).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("退货")
    fill(page, "退货运费谁承担")
    page.get_by_role("searchbox").first.press("Enter")
    expect(page).to_have_url(re.compile(r"/help/search\?"))
    expect(page.locator("mark").first).to_be_visible()
    page.get_by_role("link", name="退货运费由谁承担", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("退货运费由谁承担")
    expect(page.get_by_role("cell", name="质量问题、发错、破损")).to_be_visible()
    page.get_by_role("button", name="没有帮助").click()
    page.get_by_role("textbox", name="您的意见").fill("没有说海外退货")
    page.get_by_role("button", name="提交").click()
    expect(page.locator("[data-feedback]")).to_contain_text("谢谢")
    expect(page).to_have_url(re.compile(r"/help/articles/\d+"))


def test_an_answer_streams_with_its_source(new_page: Open) -> None:
    page = new_page(lang="en-US")
    page.goto("/help")
    fill(page, "can an opened mattress go back")
    page.get_by_role("button", name="Ask").first.click()
    answer = page.locator("[data-done]")
    expect(answer).to_contain_text("We donate the mattress and refund the price")
    answer.get_by_role("link", name="Sources 1").click()
    answer.get_by_role("link", name=re.compile("Items that cannot be returned")).click()
    expect(page).to_have_url(re.compile(r"#s-opened-mattresses$"))
    expect(page.get_by_role("heading", name="Opened mattresses")).to_be_in_viewport()


def test_what_it_does_not_know_it_says_and_hands_over(new_page: Open) -> None:
    page = new_page()
    page.goto(ZH)
    fill(page, "月球背面有多少个环形山")
    page.get_by_role("button", name="直接提问").first.click()
    expect(page.locator("[data-done]")).to_contain_text("不作猜测")
    fill(page, "我的快递到哪了")
    page.get_by_role("button", name="直接提问").first.click()
    expect(page.locator("[data-done]")).to_contain_text("这里看不到您的订单")
    page.get_by_role("button", name="在聊天中继续").click()
    expect(page.locator("copilot-chat textarea")).to_have_value("我的快递到哪了")


def test_all_of_it_works_without_a_script(new_page: Open) -> None:
    page = new_page(lang="en-US", java_script_enabled=False)
    page.goto("/help")
    fill(page, "can an opened mattress go back")
    page.get_by_role("button", name="Ask").first.click()
    expect(page.get_by_role("region", name="Answer")).to_contain_text("We donate the mattress")
    page.get_by_role("link", name=re.compile("Items that cannot be returned")).click()
    page.get_by_role("button", name="Yes").click()
    expect(page.locator("#feedback")).to_contain_text("Thank you")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_anybody_s_way(new_page: Open, guard: Guard, theme: str) -> None:
    guard.expect("404")
    for width in (1440, 375):
        page = new_page(theme=theme, width=width)
        for path in (ZH, EN, "/help/search?lang=zh&q=退货", "/help/nothing"):
            page.goto(path)
            assert axe(page) == [], (path, width)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
    page.goto("/help/search?lang=zh&q=退货运费")
    page.locator(".cards a").first.click()
    assert axe(page) == []
    fill(page, "退货运费谁承担")
    page.get_by_role("button", name="直接提问").first.click()
    expect(page.locator("[data-done]")).to_be_visible()
    assert axe(page) == []


def test_a_page_is_light(new_page: Open) -> None:
    page = new_page()
    sent: list[int] = []
    page.on(
        "requestfinished", lambda one: sent.append(one.sizes()["responseBodySize"] + one.sizes()["responseHeadersSize"])
    )
    page.goto(ZH)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(200)
    assert len(sent) >= 3 and sum(sent) < 50_000

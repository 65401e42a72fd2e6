"""An editor's day: write, be warned, publish, roll back; decide cases by keys; ask the playground why."""

from __future__ import annotations

import re
import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open, axe, go, sign_in

RULE = "旧机换新时，旧手机须能开机且屏幕无裂痕，我们在收到旧机后两个工作日内把补贴退回原支付方式。"


def fresh_words() -> str:
    """Nothing that another run has published: the warning must come from this test's own article."""
    return f"{RULE}活动编号{uuid.uuid4().hex[:12]}，只在本页有效。"


def write(page: Page, title: str, body: str) -> None:
    page.get_by_role("button", name="新建文章").click()
    page.get_by_label("标题，用客户会问的话").fill(title)
    page.get_by_label("正文（Markdown）").fill(body)


def test_an_article_is_written_warned_about_reviewed_published_and_found(new_page: Open) -> None:
    page = sign_in(new_page(), "editor", "/console/knowledge/articles")
    words, title = fresh_words(), f"旧手机换新补贴 {uuid.uuid4().hex[:6]}"
    write(page, title, f"## 条件\n\n{words}\n\n<img src=x onerror=alert(1)>")
    preview = page.get_by_role("region", name="预览")
    expect(preview.get_by_role("heading", name="条件")).to_be_visible()
    expect(preview.locator("img")).to_have_count(0)  # what somebody pastes is shown, never run
    page.keyboard.press("Control+s")
    page.wait_for_url("**/knowledge/articles/*")
    expect(page.get_by_role("heading", name=title)).to_be_visible()
    assert axe(page) == []
    page.get_by_role("button", name="提交审核").click()
    expect(page.get_by_text("v1 待审核")).to_be_visible()
    page.route("**/preview", lambda route: None)
    page.get_by_role("button", name="发布 v1").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("试算")).to_be_visible()  # nobody has to wait for it where nothing blocks
    with page.expect_event("requestfailed", lambda request: request.url.endswith("/preview")):  # given up
        dialog.get_by_role("button", name="发布").click()
    expect(page.get_by_text("已可检索")).to_be_visible(timeout=30_000)

    page.get_by_role("button", name="新建文章").click()
    page.get_by_label("标题，用客户会问的话").fill("同样的话")
    page.get_by_label("正文（Markdown）").fill(words)
    warning = page.locator(".kn-article").get_by_role("alert")
    expect(warning).to_contain_text("几乎相同")
    expect(warning.get_by_role("link", name=title)).to_be_visible()
    page.get_by_role("button", name="放弃修改").click()

    page.goto("/console/playground")
    page.get_by_role("textbox", name="问题").fill(f"{title}，旧手机换新要什么条件，补贴几天退？")
    page.keyboard.press("Enter")
    hits = page.get_by_label("检索结果")
    expect(hits.get_by_role("link", name=title).first).to_be_visible()
    assert axe(page) == []


@pytest.mark.parametrize(
    ("lang", "title", "body", "no_title", "no_body", "saved"),
    [
        ("zh-CN", "标题，用客户会问的话", "正文（Markdown）", "缺标题", "缺正文", "草稿已保存"),
        ("en", "Title, as a shopper", "Text in Markdown", "title is missing", "text is missing", "Draft saved"),
    ],
)
def test_ctrl_s_saves_a_new_article_or_says_what_it_lacks(
    new_page: Open, lang: str, title: str, body: str, no_title: str, no_body: str, saved: str
) -> None:
    page = sign_in(new_page(lang=lang), "editor", "/console/knowledge/articles/new")
    words = fresh_words()
    page.get_by_label(body).fill(words)
    page.keyboard.press("Control+s")
    expect(page.locator(".ant-message")).to_contain_text(no_title)
    page.get_by_label(body).fill("")
    page.get_by_label(title).fill(words)
    page.keyboard.press("Control+s")
    expect(page.locator(".ant-message")).to_contain_text(no_body)
    assert page.url.endswith("/articles/new")
    page.get_by_label(body).fill(words)
    page.keyboard.press("Control+s")
    page.wait_for_url(re.compile(r"/knowledge/articles/\d+"))
    expect(page.locator(".ant-message")).to_contain_text(saved)
    expect(page.get_by_role("heading", name=words)).to_be_visible()


def test_a_version_is_compared_and_rolled_back(new_page: Open) -> None:
    page = sign_in(new_page(lang="en", theme="dark"), "editor", "/console/knowledge/articles/new")
    title = f"Trade-in of old phones {uuid.uuid4().hex[:6]}"
    page.get_by_label("Title, as a shopper").fill(title)
    page.get_by_label("Text in Markdown").fill("The bonus is paid within two days.\n\nBring the charger.")
    page.keyboard.press("Control+s")
    page.wait_for_url("**/knowledge/articles/*")
    page.get_by_role("button", name="Publish v1").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("v1 live since")).to_be_visible()
    expect(page.get_by_role("tabpanel")).to_contain_text("within two days")
    page.keyboard.press("e")
    page.get_by_label("Text in Markdown").fill("The bonus is paid within five days.\n\nBring the charger.")
    page.keyboard.press("Control+Enter")
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_text("v2 live since")).to_be_visible()
    page.get_by_role("tab", name="Versions").click()
    expect(page.locator(".kn-diff del")).to_have_text("two")
    expect(page.locator(".kn-diff ins")).to_have_text("five")
    assert axe(page) == []
    page.get_by_role("button", name="Roll back").click()
    page.get_by_role("dialog").get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("v3 live since")).to_be_visible()
    expect(page.locator(".kn-diff ins")).to_have_text("two")  # what rolling back has changed
    page.get_by_role("tab", name="Text").click()
    expect(page.get_by_text("paid within two days")).to_be_visible()


def test_unsaved_words_come_back(new_page: Open) -> None:
    page = sign_in(new_page(), "editor", "/console/knowledge/articles/1?edit=1")
    body = page.get_by_label("正文（Markdown）")
    body.fill("只写了一半")
    expect(page.get_by_role("status").filter(has_text="未保存")).to_be_visible()
    page.reload()
    expect(body).to_have_value("只写了一半")
    page.get_by_role("alert").get_by_role("button", name="放弃修改").click()
    expect(body).not_to_have_value("只写了一半")


def test_cases_are_decided_by_keys_one_after_the_other(new_page: Open) -> None:
    page = sign_in(new_page(), "editor", "/console/knowledge/cases")
    page.locator(".kn-rows").get_by_role("listitem").first.wait_for()
    # a queue that a person works through, in words: what was taken out of them is named, not coded
    assert 2 <= page.request.get("/api/v1/cases/counts").json()["proposed"] <= 80
    assert not [text for text in page.locator(".kn-row-title").all_inner_texts() if "{" in text]
    page.keyboard.press("j")
    page.wait_for_url("**/knowledge/cases/*")
    first = page.url
    page.get_by_role("button", name="发布 p").wait_for()
    assert axe(page) == []
    page.keyboard.press("p")
    expect(page.get_by_text("已发布：几秒后")).to_be_visible()
    expect(page).not_to_have_url(first)
    second = page.url
    # the address changes before the next case is drawn
    expect(page.locator(".kn-pane")).to_have_attribute("data-case", second.rsplit("/", 1)[-1])
    page.get_by_role("button", name="丢弃 x").wait_for()
    page.keyboard.press("x")
    expect(page).not_to_have_url(second)
    page.goto(first)
    expect(page.get_by_role("button", name="下线")).to_be_visible()


def test_the_playground_explains_itself_in_the_reader_s_language(new_page: Open) -> None:
    page = sign_in(new_page(lang="en", theme="dark"), "supervisor", "/console/playground")
    page.get_by_role("textbox", name="Question").fill("How long do I have to exchange an item?")
    page.get_by_role("button", name="Ask").click()
    bot = page.get_by_label("What the bot would do")
    expect(bot).to_contain_text("Nothing was sent or stored")
    expect(bot.locator("[data-verdict=supported]").first).to_be_visible()
    expect(page.get_by_text("A grant is in force")).to_be_visible()
    expect(page.get_by_text("no grant for this shop and intent").first).to_be_visible()
    row = page.get_by_label("What was found").get_by_role("row").nth(1)
    expect(row).to_contain_text("1")
    assert axe(page) == []
    # what is asked stands in the address, to be sent to a colleague
    page.reload()
    expect(page.get_by_label("What the bot would do")).to_be_visible()


def test_no_choice_above_a_list_is_cut_off(new_page: Open) -> None:
    page = sign_in(new_page(lang="en"), "editor", "/console/knowledge/cases")
    for path in ("cases", "gaps"):
        go(page, f"/console/knowledge/{path}")
        choices = page.locator(".kn-wrap")
        expect(choices).to_contain_text("Retired" if path == "cases" else "To correct")
        assert choices.evaluate(
            "at => [...at.querySelectorAll('.ant-segmented-item')].every(one =>"
            " one.getBoundingClientRect().right <= at.getBoundingClientRect().right)"
        )


@pytest.mark.parametrize(("theme", "width"), [("light", 375), ("dark", 768)])
def test_knowledge_is_readable_by_everybody_at_any_width(new_page: Open, theme: str, width: int) -> None:
    page = sign_in(new_page(theme=theme, width=width), "editor", "/console/knowledge")
    for path in ("articles", "articles/2", "articles/2?tab=scope", "cases", "feedback", "gaps", "gaps/tasks", "import"):
        go(page, f"/console/knowledge/{path}")
        page.get_by_role("heading", name="知识库", exact=True).wait_for()
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        expect(page.locator(".ant-skeleton")).to_have_count(0)
        assert axe(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path

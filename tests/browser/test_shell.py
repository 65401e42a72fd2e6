"""Signing in, the rail, the palette, and what the page may load."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PASSWORD, Guard, Open, axe, sign_in


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_sign_in_with_a_wrong_and_a_right_password(new_page: Open, guard: Guard, theme: str) -> None:
    guard.expect("401")
    page = new_page(theme=theme)
    page.goto("/console/tickets/1")
    page.get_by_label("用户名").fill("chenyu")
    page.get_by_label("密码", exact=True).fill("wrong")
    assert axe(page) == []
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
    page.get_by_label("密码", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    # where one wanted to go
    expect(page).to_have_url("/console/tickets/1")


def test_rooms_are_reached_by_keys_and_by_the_palette(new_page: Open) -> None:
    page = sign_in(new_page(lang="en"), "admin")
    page.get_by_role("navigation", name="Main navigation").wait_for()
    page.keyboard.press("g")
    page.keyboard.press("o")
    page.wait_for_url("**/console/orders")
    page.keyboard.press("ControlOrMeta+k")
    page.get_by_role("combobox", name="Type what you want to do").fill("customers")
    page.keyboard.press("Enter")
    page.wait_for_url("**/console/customers")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Command palette")


def test_a_dialog_takes_no_press_before_it_stands(new_page: Open) -> None:
    page = sign_in(new_page(motion=True))
    page.get_by_role("navigation", name="主导航").wait_for()
    page.evaluate(
        """() => { const slow = new CSSStyleSheet(); document.adoptedStyleSheets = [slow];
                   slow.replaceSync(".ant-zoom-appear { animation-duration: 60s !important }"); }"""
    )
    page.keyboard.press("?")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_css("animation-duration", "60s")
    close = dialog.get_by_role("button", name="关闭")
    expect(close).to_have_css("pointer-events", "none")
    dialog.evaluate("dialog => dialog.getAnimations().forEach((one) => one.finish())")
    expect(close).to_have_css("pointer-events", "auto")
    close.click()
    expect(dialog).to_have_count(0)


def test_who_wants_less_motion_sees_none_and_keeps_the_focus(new_page: Open) -> None:
    page = sign_in(new_page())
    page.locator(".inbox-row").first.wait_for()
    page.evaluate("addEventListener('animationend', (one) => (window.took ??= []).push(one.elapsedTime), true)")
    for _ in range(3):
        page.evaluate("window.took = undefined")
        page.keyboard.press("p")
        page.wait_for_function("() => window.took")
        expect(page.get_by_role("dialog").get_by_role("combobox")).to_be_focused()
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_have_count(0)
        assert max(page.evaluate("window.took")) <= 0.01


def test_an_inline_script_does_not_run(new_page: Open, guard: Guard) -> None:
    guard.expect("Content Security Policy")
    guard.expect("Content-Security-Policy")
    page = sign_in(new_page())
    page.evaluate(
        """() => { const s = document.createElement("script"); s.textContent = "window.ran = true";
                   document.body.append(s); }"""
    )
    assert page.evaluate("window.ran") is None


def test_each_page_has_a_nonce_of_its_own(new_page: Open) -> None:
    page = new_page()
    first, second = (page.request.get("/console/").headers["content-security-policy"] for _ in range(2))
    assert first != second and "unsafe-inline" not in first and "nonce-" in first


def _parts(**broken: str) -> dict[str, object]:
    parts = dict.fromkeys(("database", "schema", "index", "model"), "ok") | broken
    return {"status": "ok" if not broken else "not ready", "parts": parts}


@pytest.mark.parametrize(
    ("part", "words"),
    [("index", "检索暂时不可用"), ("llm", "大模型暂时没有应答"), ("database", "数据库没有应答")],
)
def test_a_part_that_is_away_is_named_with_what_still_works(new_page: Open, part: str, words: str) -> None:
    page = new_page()
    page.route("**/readyz?quiet=1", lambda route: route.fulfill(json=_parts(**{part: "away"})))
    sign_in(page)
    banner = page.get_by_role("status").filter(has_text=words)
    expect(banner).to_be_visible()
    page.locator(".inbox-row").first.wait_for()  # the rest of the screen is there
    assert axe(page) == []


def test_offline_is_said_and_unsaid(new_page: Open, guard: Guard) -> None:
    guard.expect("ERR_INTERNET_DISCONNECTED")
    page = sign_in(new_page(lang="en"))
    page.locator(".inbox-row").first.wait_for()
    page.context.set_offline(True)
    expect(page.get_by_text("You are offline. What you write is kept")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("You are offline. What you write is kept")).to_be_hidden()

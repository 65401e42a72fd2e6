"""What holds on every screen: nothing serious for axe in either theme, no sideways scrolling on a telephone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import COLOURS, Guard, Open, axe, go, sign_in

# an administrator sees every room; a ticket, an article and a customer of the demo stand for all
SCREENS = (
    "/console/inbox",
    "/console/tickets/500",
    "/console/customers",
    "/console/customers/1",
    "/console/orders",
    "/console/orders/1",
    "/console/orders/requests",
    "/console/imports",
    "/console/knowledge/articles",
    "/console/knowledge/articles/1",
    "/console/knowledge/cases",
    "/console/knowledge/feedback",
    "/console/playground",
    "/console/quality/review",
    "/console/quality/cases",
    "/console/quality/cases/1",
    "/console/quality/runs",
    "/console/quality/runs/1",
    "/console/quality/backtests",
    "/console/quality/models",
    "/console/dashboard",
    "/console/settings/profile",
    "/console/settings/shops",
    "/console/settings/staff",
    "/console/settings/channels",
    "/console/settings/intents",
    "/console/settings/grants",
    "/console/settings/macros",
    "/console/settings/models",
    "/console/settings/tokens",
    "/console/settings/jobs",
    "/console/settings/audit",
    "/help",
    "/demo-shop",
)
# its own title, which no placeholder has, and nothing that still waits, for half a second
LOADED = """() => {
    const busy = document.querySelector("[aria-busy=true], .ant-skeleton-active, .ant-spin-spinning");
    if (busy || !document.querySelector("h1")) window.idleSince = undefined;
    else window.idleSince ??= performance.now();
    return performance.now() - window.idleSince > 500;
}"""
PAPER = "getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color"


def visit(page: Page, path: str, lang: str) -> None:
    if not path.startswith("/console"):
        page.goto(f"{path}?lang={lang[:2]}")
    else:
        go(page, path)  # `sign_in` has loaded the console
        page.evaluate("window.idleSince = undefined")
    page.wait_for_function(LOADED, timeout=20_000)


@pytest.mark.parametrize("half", [0, 1])
def test_everybody_can_use_every_screen_in_either_theme(guard: Guard, new_page: Open, half: int) -> None:
    page = sign_in(new_page(), "admin")
    faults = []
    for path in SCREENS[half::2]:
        visit(page, path, "zh-CN")
        faults += [f"{path}: {fault}" for fault in axe(page)]
        light = page.evaluate(PAPER)
        page.emulate_media(color_scheme="dark")
        page.wait_for_function(f"light => {PAPER} !== light", arg=light)
        faults += [f"{path}, dark: {fault}" for fault in axe(page, rules=COLOURS)]
        page.emulate_media(color_scheme="light")  # at once: a theme that reads the media while rendering stays dark
    assert not faults, "\n".join(faults)


def test_no_screen_is_wider_than_a_telephone_nor_pushes_the_console_away(guard: Guard, new_page: Open) -> None:
    page = sign_in(new_page(lang="en", width=375, height=812), "admin")
    wide, long = [], []
    for path in SCREENS:
        visit(page, path, "en")
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            wide.append(path)
        if path.startswith("/console") and not page.evaluate("document.documentElement.scrollHeight <= innerHeight"):
            long.append(path)
    assert not wide, wide
    assert not long, long

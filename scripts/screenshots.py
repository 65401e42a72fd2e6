"""Pictures of every screen for docs/tour.md: `make screenshots`. Needs Chromium; starts a demo of its own.

    python scripts/screenshots.py [--only inbox] [--port 8000]

In Chinese and in English, light and dark where a screen looks different, at 1440 × 900 or a telephone's width. With
`--port` a server that runs already is used (its data will be in the pictures).
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from playwright.sync_api import Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "docs" / "screenshots"
PASSWORD = "demo-copilot-2026"
WAITING = "[aria-busy=true], .ant-skeleton-active, .ant-spin-spinning"
QUALITY = 72  # of JPEG: text stays sharp, a picture stays near 100 kB


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture. `user` None: a shopper. `act` goes from the opened address to what is shown."""

    name: str
    path: str
    user: str | None = None
    act: Callable[[Page, str], None] | None = None
    width: int = 1440
    theme: str = "light"


def _first_suggested(page: Page, lang: str) -> None:
    """Opens the first ticket where a good draft waits."""
    page.locator(".inbox-row a", has_text=re.compile(r"(?:有草稿|Draft) ?(?:ready )?0\.(?:7[5-9]|[89])")).first.click()
    page.locator("[data-cite]").first.wait_for()
    page.wait_for_timeout(1500)


def _citation(page: Page, lang: str) -> None:
    _first_suggested(page, lang)
    page.locator("[data-cite]").first.hover()
    page.locator(".ant-popover:visible").wait_for()
    page.wait_for_timeout(400)


def _keys(page: Page, lang: str) -> None:
    _first_suggested(page, lang)
    page.keyboard.press("?")
    page.get_by_role("dialog").wait_for()
    page.wait_for_timeout(600)


def _case(page: Page, lang: str) -> None:
    shop = "乐活优选" if lang == "zh" else "Homeco"
    page.locator(".kn-row", has_text=shop).first.click()
    page.locator(".kn-card").first.wait_for()
    page.wait_for_timeout(1500)


def _search(page: Page, lang: str) -> None:
    box = page.get_by_role("textbox").first
    box.fill("七天无理由退货的运费谁承担？" if lang == "zh" else "Who pays for return shipping?")
    box.press("Enter")
    page.locator("table").first.wait_for()
    page.wait_for_timeout(800)


def _article(page: Page, lang: str) -> None:
    page.locator(".kn-row").nth(4).click()
    page.wait_for_timeout(1500)


def _gap(page: Page, lang: str) -> None:
    page.locator(".kn-row").first.click()
    page.wait_for_timeout(1500)


def _backtest(page: Page, lang: str) -> None:
    start = "开始回测" if lang == "zh" else "Start a backtest"
    page.get_by_role("button", name=start).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("combobox").select_option(label="乐活优选" if lang == "zh" else "Homeco")
    dialog.get_by_role("button", name=start).click()
    page.get_by_text("已重放" if lang == "zh" else re.compile(r"^\d+ replayed$")).wait_for(timeout=180_000)
    page.wait_for_timeout(1500)


def _chat(page: Page, lang: str) -> None:
    page.locator(".people a").first.click()
    page.get_by_role("button", name="联系客服" if lang == "zh" else "Chat with us").click()
    box = page.get_by_label("输入消息…" if lang == "zh" else "Write a message…")
    box.fill("我的包裹到哪了？" if lang == "zh" else "Where is my parcel?")
    box.press("Enter")
    page.locator("copilot-chat .card").first.wait_for(timeout=30_000)
    page.wait_for_timeout(1000)


SHOTS = (
    Shot("sign-in", "/console/sign-in"),
    Shot("inbox", "/console/inbox", "chenyu"),
    Shot("ticket", "/console/inbox", "chenyu", _citation),
    Shot("ticket-dark", "/console/inbox", "chenyu", _first_suggested, theme="dark"),
    Shot("keyboard", "/console/inbox", "chenyu", _keys),
    Shot("inbox-phone", "/console/inbox", "chenyu", width=375),
    Shot("customers", "/console/customers", "supervisor"),
    Shot("orders", "/console/orders", "supervisor"),
    Shot("knowledge", "/console/knowledge", "editor", _article),
    Shot("cases", "/console/knowledge/cases", "editor", _case),
    Shot("playground", "/console/playground", "editor", _search),
    Shot("gaps", "/console/knowledge/gaps", "editor", _gap),
    Shot("review", "/console/quality/review", "editor"),
    Shot("run", "/console/quality/runs/1", "editor"),
    Shot("backtest", "/console/quality/backtests", "editor", _backtest),
    Shot("autonomy", "/console/quality/autonomy", "supervisor"),
    Shot("dashboard", "/console/dashboard", "supervisor"),
    Shot("settings", "/console/settings/channels", "admin"),
    Shot("help", "/help"),
    Shot("demo-shop", "/demo-shop"),
    Shot("widget", "/demo-shop", None, _chat),
)


@contextmanager
def _server(port: int | None) -> Iterator[str]:
    """The address of a running server, or of a demo that lives as long as this."""
    if port is not None:
        yield f"http://127.0.0.1:{port}"
        return
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "COPILOT_DATA_DIR": folder, "COPILOT_PORT": "8123"}
        models = ROOT / "var" / "models"
        if models.is_dir():
            Path(folder, "models").symlink_to(models)
        server = subprocess.Popen([sys.executable, "-m", "cli.main", "serve", "--demo"], cwd=ROOT, env=environment)
        try:
            url = "http://127.0.0.1:8123"
            for _ in range(600):
                try:
                    if urlopen(f"{url}/readyz", timeout=2).status == 200:
                        break
                except OSError:
                    time.sleep(0.5)
            yield url
        finally:
            server.terminate()
            server.wait(30)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", help="pictures whose name begins so")
    parser.add_argument("--port", type=int, help="of a server that runs already")
    parser.add_argument("--out", type=Path, default=OUT)
    given = parser.parse_args()
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        raise SystemExit("Chromium is missing. Install it: apt-get install -y chromium fonts-noto-cjk")
    given.out.mkdir(parents=True, exist_ok=True)
    with _server(given.port) as url, sync_playwright() as playwright:
        sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=chromium, args=sandbox)
        for shot in SHOTS:
            if given.only and not shot.name.startswith(given.only):
                continue
            for lang, locale in (("zh", "zh-CN"), ("en", "en")):
                context = browser.new_context(
                    base_url=url,
                    locale=locale,
                    timezone_id="Asia/Shanghai",
                    viewport={"width": shot.width, "height": 812 if shot.width < 768 else 900},
                    color_scheme="dark" if shot.theme == "dark" else "light",
                )
                page = context.new_page()
                if shot.user:
                    user = "emma" if (shot.user, lang) == ("chenyu", "en") else shot.user
                    page.request.post("/api/v1/auth/sign-in", data={"username": user, "password": PASSWORD})
                page.goto(f"{shot.path}?lang={lang}" if not shot.path.startswith("/console") else shot.path)
                expect(page.locator(WAITING)).to_have_count(0, timeout=60_000)
                page.wait_for_timeout(2000)
                if shot.act:
                    shot.act(page, lang)
                page.screenshot(path=given.out / f"{shot.name}-{lang}.jpg", type="jpeg", quality=QUALITY)
                context.close()
                print(f"{shot.name}-{lang}.jpg", flush=True)
        browser.close()


if __name__ == "__main__":
    main()

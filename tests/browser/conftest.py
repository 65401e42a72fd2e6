"""A real Chromium against a real server with the demo data.

One server and one browser for the folder. Any console error or warning fails the test that caused it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from collections import deque
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from filelock import FileLock
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect, sync_playwright
from sqlalchemy import select, text

from records.shops.models import Shop
from tests.factories import unaudited
from tests.ports import free_port
from tests.stack import Stack, data_dir_with_models, eventually

PASSWORD = "demo-copilot-2026"
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
_WHERE = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
expect.set_options(timeout=30_000)  # two cores may have other work


def install(*packages: str) -> None:
    """By apt, as root where there is one; else nothing happens."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        warnings.warn(f"installing {' '.join(packages)} by apt", stacklevel=2)
        quiet = {"stdout": subprocess.DEVNULL, "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}}
        apt = ["apt-get", "-qq", "-o", "Acquire::Retries=0", "-o", "Acquire::http::Timeout=20"]
        subprocess.run([*apt, "update"], check=False, **quiet)  # type: ignore[call-overload]
        subprocess.run([*apt, "install", "-y", *packages], check=False, **quiet)  # type: ignore[call-overload]


def _chromium() -> str:
    """Debian's Chromium without a window (`chromium-headless-shell`: half of the work for a page), else Chromium.

    As root where apt is, it is installed; elsewhere, with neither, the tests are skipped, loudly.
    """
    if shutil.which(_WHERE[0]) is None:
        install(_WHERE[0], "fonts-noto-cjk")
    found = next((path for name in _WHERE if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip(
            "NO BROWSER TEST WAS RUN: Chromium is missing. Install it: apt-get install -y chromium-headless-shell"
        )
    return found


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    path = _chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


def _indexed(stack: Stack) -> bool:
    """A new demo answers from its articles only when they have been indexed, some time after it listens."""
    database = stack.database()
    waiting = "SELECT (SELECT count(*) FROM event_outbox) + (SELECT count(*) FROM jobs WHERE state <> 'done')"
    with database.reading() as session:
        left = session.execute(text(waiting)).scalar_one()
    database.close()
    return not left


SEEDING = 600  # seconds at most; about 60 on two quiet cores


def _serve_demo(folder: Path) -> Stack:
    """`copilot serve --demo` on `folder`, when it is ready and idle."""
    stack = Stack(folder, {"COPILOT_DATA_DIR": str(folder), "COPILOT_SWEEP_SECONDS": "0.5"}, [free_port()])
    stack.launch("api0", "serve", "--demo", "--port", str(stack.api_ports[0]))
    try:
        eventually(lambda: stack.ready(stack.urls[0]), SEEDING)
        eventually(lambda: _indexed(stack), SEEDING, every=1)
    except BaseException:
        stack.stop()
        raise
    return stack


def _seeded(factory: pytest.TempPathFactory) -> Path:
    """A data directory with the demo, made once for all the processes that pytest-xdist runs tests in."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    done = shared / "demo-seed.done"
    with FileLock(shared / "demo-seed.lock"):
        folder = shared / "demo-seed"
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)
            _serve_demo(data_dir_with_models(folder)).stop()
            done.touch()
    return folder


def _without_chance(stack: Stack) -> None:
    database = stack.database()
    with database.unit_of_work() as session:
        unaudited(session, *session.scalars(select(Shop.id).order_by(Shop.id)))
    database.close()


@pytest.fixture(scope="package")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """`copilot serve --demo` on a data directory of its own, ready; TEST_DEMO_PORT: a running one, while writing."""
    if running := os.environ.get("TEST_DEMO_PORT"):
        yield Stack(Path(), {}, [int(running)])
        return
    if not (ROOT / "web" / "dist" / "console" / "index.html").is_file():
        raise RuntimeError("The console is not built. Run `make setup`.")
    folder = tmp_path_factory.mktemp("demo") / "data"
    shutil.copytree(_seeded(tmp_path_factory), folder, symlinks=True)
    stack = _serve_demo(folder)
    try:
        _without_chance(stack)
        yield stack
    finally:
        stack.stop()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The first browser test waits for the demo, the others take seconds."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.timeout(2 * SEEDING + 300))


# axe would measure the colours of a transition; a spinner turns for ever
STILL = """() => {
    const roots = [document], moving = [];
    for (const root of roots) {  // a document does not list the animations of its shadow trees
        moving.push(...root.getAnimations());
        roots.push(...[...root.querySelectorAll("*")].flatMap((node) => node.shadowRoot ?? []));
    }
    return moving.every((one) =>
        one.playState !== "running" || one.effect?.getComputedTiming().iterations === Infinity);
}"""


@dataclass
class Guard:
    """What a page said on its console, apart from what a test expects; and what it last asked of the API."""

    said: list[str]
    expected: list[str]
    asked: deque[str] = field(default_factory=lambda: deque(maxlen=60))
    pages: list[Page] = field(default_factory=list)

    def listen(self, page: Page) -> None:
        self.pages.append(page)
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.said.append(f"uncaught: {error}"))
        page.on("request", lambda request: self._on_traffic(request, "…"))
        page.on("requestfailed", lambda request: self._on_traffic(request, str(request.failure)))
        page.on("response", lambda response: self._on_traffic(response.request, str(response.status)))

    def _on_traffic(self, request: Request, state: str) -> None:
        if "/api/" in request.url:
            path = urlsplit(request.url)._replace(scheme="", netloc="").geturl()
            self.asked.append(f"{time.monotonic():.2f} {request.method} {path} {state}")

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(f"{message.type}: {message.text} ({message.location.get('url', '')})")

    def expect(self, part: str) -> None:
        """A message that contains `part` is no fault: Chromium logs each 4xx answer as an error."""
        self.expected.append(part)

    def check(self) -> None:
        wrong = [line for line in self.said if not any(part in line for part in self.expected)]
        assert not wrong, "the console said:\n" + "\n".join(wrong)


LOOKED = """() => [
    location.href, document.visibilityState, `online: ${navigator.onLine}`,
    document.activeElement?.outerHTML.slice(0, 300), document.body.innerText.slice(-2000)].join("\\n")"""


def _looks(page: Page, picture: Path) -> str:
    page.set_default_timeout(5_000)
    lines = [str(picture)]
    try:
        lines.append(page.locator("body").evaluate(LOOKED))
        page.screenshot(path=picture)
    except Exception as error:  # whatever it is, the test's own failure is what is to be told
        lines.append(f"{type(error).__name__}: {error}")
    return "\n".join(lines)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where a test fails, what its pages look like: some failures do not come again."""
    report = yield
    guard = getattr(item, "funcargs", {}).get("guard")
    if report.when == "call" and report.failed and isinstance(guard, Guard):
        name = re.sub(r"\W+", "-", item.name)
        for number, page in enumerate(guard.pages):
            picture = Path(tempfile.gettempdir()) / f"failed-{name}-{os.getpid()}-{number}.png"
            report.sections.append((f"page {number}", _looks(page, picture)))
    return report


@pytest.fixture
def guard(request: pytest.FixtureRequest) -> Iterator[Guard]:
    guard = Guard([], [])
    yield guard
    request.node.add_report_section("teardown", "traffic", "\n".join(guard.asked))  # shown with a failure
    guard.check()


Open = Callable[..., Page]


@pytest.fixture
def new_page(browser: Browser, demo: Stack, guard: Guard) -> Iterator[Open]:
    """`new_page(lang="zh-CN", theme="light", width=1440)`: a page in a context (a person) of its own.

    The person asked for less motion: where a dialog begins to zoom between the press and the release of
    a button, the click falls beside it. `motion=True` for who wants to see things move.
    """
    contexts: list[BrowserContext] = []

    def open_page(
        *,
        lang: str = "zh-CN",
        theme: str = "light",
        width: int = 1440,
        height: int = 900,
        base: str = "",
        motion: bool = False,
        **more: Any,
    ) -> Page:
        context = browser.new_context(
            base_url=base or demo.urls[0],
            locale=lang,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": height},
            timezone_id="Asia/Shanghai",
            reduced_motion="no-preference" if motion else "reduce",
            **more,
        )
        contexts.append(context)
        page = context.new_page()
        guard.listen(page)
        return page

    yield open_page
    for context in contexts:
        context.close()


_sessions: dict[tuple[str, str], Any] = {}


def signed_in(page: Page, user: str) -> None:
    """Signs in by HTTP (the sign-in page has a test of its own).

    A user's session serves all tests of a process as long as it lives: checking a password costs half a second.
    """
    server = urlsplit(page.request.get("/livez").url).netloc
    page.context.add_cookies(_sessions.get((server, user), []))
    if not page.request.get("/api/v1/auth/me").ok:
        answer = page.request.post("/api/v1/auth/sign-in", data={"username": user, "password": PASSWORD})
        assert answer.ok, answer.text()
        _sessions[server, user] = page.context.cookies()


def sign_in(page: Page, user: str = "chenyu", to: str = "/console/inbox") -> Page:
    """Signs in and opens `to`."""
    signed_in(page, user)
    page.goto(to)
    return page


def go(page: Page, path: str) -> None:
    """To another screen of the console as a link goes there: the console itself is not loaded anew."""
    page.evaluate(
        """path => {
            history.pushState(null, "", path);
            dispatchEvent(new PopStateEvent("popstate"));
        }""",
        path,
    )


COLOURS = ["color-contrast", "link-in-text-block"]  # the rules of axe that a theme can break


def axe(page: Page, within: str | None = None, rules: list[str] | None = None) -> list[str]:
    """Serious and critical violations (WCAG 2.2 A and AA) as lines to read; `rules`: of these only."""
    page.wait_for_function(STILL)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        """async ([within, rules]) => {
            const all = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
            const options = { runOnly: rules ?? all, resultTypes: ["violations"], preload: false };
            const { violations } = await axe.run(within ?? document, options);
            return violations
              .filter((one) => one.impact === "serious" || one.impact === "critical")
              .flatMap((one) => one.nodes.map((node) =>
                `${one.id}: ${node.target.join(" ")}: ${(node.failureSummary ?? "").split("\\n").slice(1).join(" ")}`));
        }""",
        [within, rules],
    )
    return list(found)

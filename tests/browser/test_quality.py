"""Quality: cases are written and imported, runs read and compared, the queue worked off by keys, models taken back."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx
import pytest
from playwright.sync_api import Page, expect

from evals.runs.models import EvalResult
from tests.browser.conftest import PASSWORD, Guard, Open, axe, sign_in
from tests.stack import Stack, eventually

API = "/api/v1/evaluations"


def letters() -> str:
    """A new word, of letters alone: eight digits, as one name in forty had, are a number and redacted in a case."""
    return "".join(chr(ord("g") + int(digit, 16)) for digit in uuid4().hex[:8])


@dataclass
class Made:
    """A shop of its own with three cases that nothing answers, and two runs on them; retired afterwards."""

    client: httpx.Client
    name: str
    runs: tuple[int, int]
    cases: tuple[int, ...]

    def case(self, number: int) -> dict:  # type: ignore[type-arg]
        return self.client.get(f"{API}/cases/{self.cases[number]}").raise_for_status().json()  # type: ignore[no-any-return]


@pytest.fixture
def made(demo: Stack) -> Iterator[Made]:
    name = f"q{letters()}"
    with httpx.Client(base_url=demo.urls[0], timeout=60) as client:
        client.post("/api/v1/auth/sign-in", json={"username": "admin", "password": PASSWORD}).raise_for_status()
        shop = client.post("/api/v1/shops", json={"code": name, "name": name}).raise_for_status().json()["id"]
        cases = []
        for text in ("alpha", "beta", "gamma"):
            body = {"question": f"{name} {text} ????", "sources": ["article:1"], "shop_id": shop, "language": "en"}
            cases.append(client.post(f"{API}/cases", json=body).raise_for_status().json()["id"])
        first = (
            client.post(f"{API}/runs", json={"name": f"{name} one", "shop_id": shop}).raise_for_status().json()["id"]
        )
        second = client.post(f"{API}/runs", json={"name": f"{name} two", "like": first}).raise_for_status().json()["id"]
        for run in (first, second):
            eventually(lambda run=run: client.get(f"{API}/runs/{run}").json()["state"] == "done", 120)
        yield Made(client, name, (first, second), tuple(cases))
        for case_id in cases:
            case = client.get(f"{API}/cases/{case_id}").json()
            if case["status"] != "retired":
                client.post(f"{API}/cases/{case_id}/retire", headers={"If-Match": f'"{case["version"]}"'})


def _press(page: Page, key: str) -> None:
    """What was drawn last has told its keys, which it does after it was painted."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => setTimeout(() => setTimeout(done))))")
    page.keyboard.press(key)


def _question(page: Page, text: str):  # type: ignore[no-untyped-def]
    return page.get_by_role("heading", level=2).filter(has_text=text)


def test_the_queue_is_worked_off_by_keys_and_undone(new_page: Open, made: Made, guard: Guard) -> None:
    page = sign_in(new_page(lang="en"), "editor", f"/console/quality/review?run={made.runs[0]}")
    expect(_question(page, f"{made.name} alpha")).to_be_visible()
    expect(page.get_by_role("region", name="Found")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Set the source")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    _press(page, "x")
    expect(_question(page, f"{made.name} beta")).to_be_visible()  # by itself
    expect(page.get_by_text("1 judged")).to_be_visible()
    assert made.case(0)["status"] == "retired"
    _press(page, "z")
    expect(page.get_by_text("Taken back.")).to_be_visible()
    expect(_question(page, f"{made.name} alpha")).to_be_visible()
    assert made.case(0)["status"] == "active"
    _press(page, "g")
    picker = page.get_by_role("dialog", name="What answers it?")
    picker.get_by_label("Search the knowledge").fill("return")
    picker.get_by_role("listitem").first.wait_for()
    page.keyboard.press("Enter")
    expect(page.get_by_text("1 judged")).to_be_visible()
    labelled = made.case(0)
    assert labelled["expected"] == "answer" and len(labelled["sources"]) == 1
    _press(page, "n")
    expect(_question(page, f"{made.name} gamma")).to_be_visible()
    page.get_by_role("button", name="Right").click()
    expect(page.get_by_text("Nothing speaks against any case")).to_be_visible()
    expect(page.get_by_text("3 judged")).to_be_visible()


def test_a_run_is_read_and_held_against_another(new_page: Open, made: Made) -> None:
    page = sign_in(new_page(lang="en"), "editor", "/console/quality/runs")
    for run in ("one", "two"):
        page.get_by_label(f"Choose {made.name} {run}").check()
    page.get_by_role("button", name="Compare", exact=True).click()
    page.wait_for_url(f"**/runs/{made.runs[0]}/compare/{made.runs[1]}")
    expect(page.get_by_text("No figure has fallen significantly")).to_be_visible()
    expect(page.get_by_role("row").filter(has_text="nDCG@10")).to_contain_text("[0.000, 0.000]")
    assert axe(page) == []
    page.get_by_role("link", name=f"{made.name} two").click()
    figures = page.get_by_role("region", name="Figures").first
    expect(figures).to_contain_text("n = 3")
    risk = page.get_by_role("region", name="Risk over coverage").first
    expect(risk).to_be_visible()
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV").click()
    assert got.value.suggested_filename == f"evaluation-run-{made.runs[1]}.csv"
    assert axe(page) == []


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_a_changed_case_stands_before_and_after_side_by_side(
    new_page: Open, demo: Stack, made: Made, lang: str
) -> None:
    _answer_otherwise(demo, made)
    worse, better, other = ("Worse 1", "Better 1", "Other 1") if lang == "en" else ("变差 1", "变好 1", "其他 1")
    page = sign_in(new_page(lang=lang), "editor", f"/console/quality/runs/{made.runs[0]}/compare/{made.runs[1]}")
    expect(page.get_by_role("list").get_by_role("button")).to_have_count(3)
    expect(_question(page, "beta")).to_be_visible()  # what got worse comes first
    _press(page, "j")
    expect(_question(page, "alpha")).to_be_visible()
    found = page.get_by_role("article")
    names = ("Before", "After") if lang == "en" else ("之前", "之后")
    before, after = (found.get_by_role("region", name=name, exact=True) for name in names)
    expect(after).to_contain_text("another answer")
    expect(before).not_to_contain_text("another answer")
    expect(found.get_by_role("link", name=re.compile(str(made.cases[0])))).to_be_visible()
    assert axe(page) == []
    _press(page, "k")
    expect(_question(page, "beta")).to_be_visible()
    for name, text in ((better, "alpha"), (other, "gamma"), (worse, "beta")):
        page.get_by_text(name, exact=True).click()
        expect(page.get_by_role("list").get_by_role("button")).to_have_count(1)
        expect(_question(page, text)).to_be_visible()
    page.reload()  # what is looked at stands in the address
    expect(_question(page, "beta")).to_be_visible()
    expect(page.get_by_role("article").get_by_role("link", name=re.compile(str(made.cases[1])))).to_be_visible()


def _answer_otherwise(demo: Stack, made: Made) -> None:
    """In the second run the first case got right, the second wrong, and the third found something else."""
    database = demo.database()
    with database.unit_of_work() as session:
        for run, rights in zip(made.runs, ((0.0, 1.0), (1.0, 0.0)), strict=True):
            for case, right in zip(made.cases, rights, strict=False):
                row = session.get_one(EvalResult, (run, case))
                row.metrics = {**row.metrics, "right": right}
        first = session.get_one(EvalResult, (made.runs[1], made.cases[0]))
        first.said = {**first.said, "text": "another answer", "sentences": []}
        last = session.get_one(EvalResult, (made.runs[1], made.cases[2]))
        last.said = {**last.said, "outcome": "suggest" if last.said["outcome"] != "suggest" else "hand_over"}
        last.metrics = {name: value for name, value in last.metrics.items() if name not in ("right", "ndcg@10")}
    database.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_classifier_is_read_slice_by_slice(new_page: Open, made: Made, theme: str) -> None:
    page = sign_in(new_page(lang="en", theme=theme), "editor")
    run = made.client.get(f"{API}/runs/{made.runs[0]}").json()
    figure = {"value": 0.8, "ci": [0.6, 0.95]}
    everything = {"cases": 9, "questions": 9.0, "figures": {"accuracy": figure, "ece": {"value": 0.1, "ci": None}}}
    worse = {"cases": 5, "questions": 5.0, "figures": {"accuracy": {"value": 0.5, "ci": [0.3, 0.7]}}}
    run["summary"]["groups"] = {"all": {"all": everything}, "language": {"zh": everything, "en": worse}}
    run["summary"]["groups"]["source"] = {"article": worse}
    bins = [{"low": 0.7, "high": 0.8, "confidence": 0.75, "right": 0.5, "questions": 4.0}]
    run["summary"]["reliability"] = {"intent": bins, "answer": []}
    page.route(f"**{API}/runs/{made.runs[0]}", lambda route: route.fulfill(json=run))
    page.goto(f"/console/quality/runs/{made.runs[0]}")
    slices = page.get_by_role("region", name="One figure by slice").first
    expect(slices.get_by_role("row").filter(has_text="English")).to_contain_text("0.500 0.300–0.700")
    slices.get_by_text("Source", exact=True).click()
    expect(slices.get_by_role("row").filter(has_text="Article")).to_contain_text("n = 5")
    classifier = page.get_by_role("region", name="Confidence of the classifier against truth").first
    expect(classifier.get_by_role("img")).to_be_visible()
    classifier.get_by_text("Table", exact=True).click()
    expect(classifier.get_by_role("row").filter(has_text="0.75")).to_contain_text("0.50")
    assert axe(page) == []


def test_a_case_is_written_corrected_and_retired(new_page: Open, demo: Stack) -> None:
    name = f"w{letters()}"
    page = sign_in(new_page(lang="en"), "admin", "/console/quality/cases")
    page.get_by_role("button", name="Add a case").click()
    page.get_by_label("Question", exact=True).fill(f"{name} do you deliver to islands?")
    page.get_by_role("button", name="Find a source").click()
    picker = page.get_by_role("dialog", name="What answers it?")
    picker.get_by_role("listitem").first.wait_for()
    picker.get_by_role("listitem").first.get_by_role("button").click()
    assert axe(page) == []
    page.get_by_role("button", name="Save").click()
    page.get_by_role("heading", name="History").wait_for()  # it is there, and what is shown is what was kept
    answer = page.get_by_label("A good answer")
    answer.fill("Yes.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.goto(f"/console/quality/cases?status=active&q={name}")
    page.get_by_role("button", name=name).click()
    expect(page.get_by_label("A good answer")).to_have_value("Yes.")
    expect(page.get_by_role("listitem").filter(has_text="v2")).to_contain_text("Corrected")
    page.get_by_role("button", name="Retire").click()
    page.get_by_role("dialog").filter(has_text="Retire this case?").get_by_role("button", name="Retire").click()
    page.goto(f"/console/quality/cases?status=retired&q={name}")
    expect(page.get_by_role("button", name=name)).to_be_visible()


def test_a_file_is_tried_before_it_is_imported(new_page: Open, demo: Stack) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("queries.jsonl", '{"_id": 1}\n')
        archive.writestr("qrels/test.tsv", "1\tarticle:1\t1\n")
    page = sign_in(new_page(lang="en"), "admin", "/console/quality/cases")
    page.get_by_role("button", name="Import").click()
    dialog = page.get_by_role("dialog", name="Import cases")
    file = {"name": "set.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}
    dialog.locator("input[type=file]").set_input_files(file)
    expect(dialog).to_contain_text("1 rows are wrong")
    expect(dialog).to_contain_text("queries.jsonl line 1")
    expect(dialog.get_by_role("button", name="Import 0")).to_be_disabled()
    assert axe(page) == []


def test_what_cannot_be_read_says_so_and_what_is_not_there_how_to_get_it(new_page: Open, guard: Guard) -> None:
    guard.expect("500")
    page = sign_in(new_page(), "editor")
    page.route(f"**{API}/runs?*", lambda route: route.fulfill(json={"items": [], "next": None}))
    page.goto("/console/quality/review")
    expect(page.get_by_text("还没有可复核的评测")).to_be_visible()
    page.get_by_role("link", name="去评测").click()
    expect(page.get_by_text("还没有评测")).to_be_visible()
    page.route(
        f"**{API}/cases?*", lambda route: route.fulfill(status=500, json={"title": "x", "code": "internal_error"})
    )
    page.goto("/console/quality/cases")
    expect(page.get_by_role("button", name="重试")).to_be_visible()
    assert axe(page) == []


VERSIONS = [
    {
        "id": 9, "kind": "adapter", "version": "adapter-b", "created_at": "2026-01-02T00:00:00Z", "active": True,
        "taken_up_by": "system", "taken_up_at": "2026-01-02T00:00:00Z",
        "metrics": {"held_out": {"questions": 120, "candidate": 0.61, "current": 0.55, "low": 0.02, "high": 0.1}},
    },
    {
        "id": 8, "kind": "adapter", "version": "adapter-a", "created_at": "2026-01-01T00:00:00Z", "active": False,
        "taken_up_by": None, "taken_up_at": None, "metrics": {},
    },
]  # fmt: skip


def test_a_version_is_taken_back_after_a_question(new_page: Open) -> None:
    asked: list[str] = []
    page = sign_in(new_page(lang="en"), "supervisor")
    page.route("**/api/v1/models/versions", lambda route: route.fulfill(json=VERSIONS))

    def roll_back(route) -> None:  # type: ignore[no-untyped-def]
        asked.append(route.request.post_data)
        route.fulfill(json={"kind": "adapter", "version": "adapter-a"})

    page.route("**/api/v1/models/adapter/rollback", roll_back)
    page.goto("/console/quality/models")
    section = page.get_by_role("region", name="Retrieval adapter", exact=True)
    expect(section).to_contain_text("nDCG@10 0.550 → 0.610 [+0.020, +0.100] n = 120")
    assert axe(page) == []
    section.get_by_role("button", name="Report of adapter-b").click()
    expect(page.get_by_role("dialog")).to_contain_text('"candidate": 0.61')
    page.keyboard.press("Escape")
    section.get_by_role("button", name="Roll back").click()
    dialog = page.get_by_role("dialog").filter(has_text="go back to the version before?")
    expect(dialog).to_contain_text("audit log")
    assert asked == []
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_text("adapter-a serves now.")).to_be_visible()
    assert asked == ['{"version":"adapter-b"}']


@pytest.mark.parametrize("better", [True, False])
def test_retrieval_is_trained_by_a_button_that_says_what_came_of_it(new_page: Open, better: bool) -> None:
    lang, low = ("en", 0.02) if better else ("zh-CN", -0.01)
    held = {"questions": 120, "candidate": 0.61, "current": 0.55, "low": low, "high": 0.1}
    row = {
        "id": 11, "kind": "fusion", "version": "fused", "created_at": "2026-01-02T00:00:00Z", "active": better,
        "taken_up_by": "system" if better else None, "taken_up_at": None, "metrics": {"held_out": held},
    }  # fmt: skip
    job = {"id": 7, "name": "copilot.train_retrieval", "state": "queued", "attempt": 0, "max_attempts": 8,
           "progress": None, "last_error": None, "created_at": "2026-01-02T00:00:00Z", "finished_at": None,
           "run_at": "2026-01-02T00:00:00Z", "ticket_id": None, "args": {}}  # fmt: skip
    jobs: list[dict[str, object]] = []
    asked: list[str | None] = []
    page = sign_in(new_page(lang=lang), "supervisor")
    page.route("**/api/v1/models/versions", lambda route: route.fulfill(json=[row] if job["state"] == "done" else []))
    page.route("**/api/v1/jobs?*", lambda route: route.fulfill(json={"items": jobs, "next": None}))

    def training(route) -> None:  # type: ignore[no-untyped-def]
        if route.request.method == "GET":
            route.fulfill(json={"questions": 240, "needed": 100})
            return
        asked.append(route.request.headers.get("idempotency-key"))
        jobs.append(job)
        route.fulfill(status=202, json={"status": "requested"})

    page.route("**/api/v1/retrieval/training", training)
    page.goto("/console/quality/models")
    button = page.get_by_role("button", name="Train retrieval" if better else "训练检索")
    button.click()
    dialog = page.get_by_role("dialog")
    assert asked == []
    dialog.get_by_role("button", name="Train" if better else "开始训练").click()
    expect(page.get_by_role("status")).to_contain_text("Queued" if better else "排队")
    expect(button).to_be_disabled()  # not twice
    job |= {"state": "running", "progress": {"done": 3, "total": 4, "note": "fit"}}
    expect(page.get_by_role("progressbar")).to_have_attribute("aria-valuenow", "75")
    job |= {
        "state": "done",
        "progress": {"done": 1, "total": 1, "note": "fused"},
        "finished_at": "2026-01-02T00:00:00Z",
    }
    expect(page.get_by_text("was promoted" if better else "没有启用：fused")).to_be_visible()
    expect(page.get_by_text("lies above zero" if better else "可能只是偶然")).to_be_visible()
    expect(button).to_be_enabled()
    assert len(asked) == 1 and asked[0]
    assert axe(page) == []


def test_the_server_says_what_retrieval_lacks_to_be_trained(new_page: Open) -> None:
    page = sign_in(new_page(), "supervisor", "/console/quality/models")
    expect(page.get_by_text("需要 100 个")).to_be_visible()
    expect(page.get_by_role("button", name="训练检索")).to_be_disabled()
    expect(page.get_by_role("button", name="训练分类器")).to_have_count(0)  # an administrator's

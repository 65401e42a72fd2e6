"""An editor sees what the knowledge lacks, begins an article from it, dismisses what is no contradiction."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from evals.gaps.models import FindingKind, KnowledgeFinding
from knowledge.models import Article, ArticleVersion
from knowledge.tasks.actions import Evidence, file_evidence
from knowledge.tasks.models import KnowledgeTask, TaskCause
from records.shops.models import Shop
from tests.browser.conftest import Open, axe, sign_in
from tests.stack import Stack

SENTENCE = "下单时勾选礼品包装即可。"
REPLY = {"case_id": 1, "ticket_id": 1, "text": f"{SENTENCE}感谢您的支持！"}


def _plain(line: str) -> bool:
    """A line of Markdown that is shown as it is written."""
    return len(line) > 10 and not any(mark in line for mark in "#*|[]_`>") and line[0] != "-"


@pytest.fixture
def planted(demo: Stack) -> Iterator[dict[str, Any]]:
    """A gap, a contradiction and a task; afterwards they are gone. What was begun from the gap stays: cases of the
    evaluation may name it.

    A test names it before `new_page`: a page that is still open would ask for what is gone.
    """
    database = demo.database()
    mark = uuid4().hex[:8]
    asked = {"case_id": 1, "ticket_id": 1, "text": "可以包成礼物吗", "language": "zh", "why": "rejected", "reason": "",
             "at": "2026-01-02T03:04:05+00:00"}  # fmt: skip
    said = {"text": SENTENCE, "replies": [0], "disputed": True}
    gap = {
        "questions": [asked], "replies": [REPLY], "why": {"rejected": 1}, "languages": {"zh": 1},
        "draft": {"title": f"礼品包装{mark}", "language": "zh", "sentences": [said]},
    }  # fmt: skip
    with database.unit_of_work() as session:
        shop = session.scalars(select(Shop.id).order_by(Shop.id).limit(1)).one()
        first, second = session.scalars(select(Article.id).order_by(Article.id).limit(2)).all()
        body = session.scalars(select(ArticleVersion.body).where(ArticleVersion.article_id == first)).first() or ""
        line = next(one for one in body.splitlines() if _plain(one))
        sides = {
            "left": {"title": "退货", "text": line, "version": 1, "value": line[:2]},
            "right": {"title": "退换", "text": "签收后15天内可以退货。", "version": 1, "value": "15天"},
        }
        rows = [
            KnowledgeFinding(
                kind=FindingKind.GAP, key=f"gap:{mark}", title=f"可以包成礼物吗{mark}", shop_id=shop, language="zh",
                volume=9999.0, effort=9999.0, data=gap,
            ),
            KnowledgeFinding(
                kind=FindingKind.CONTRADICTION, key=f"contradiction:{mark}", title=f"签收后7天内{mark}", language="zh",
                article_id=first, other_id=second, volume=9999.0, data={"differs": "number", **sides, "cases": []},
            ),
        ]  # fmt: skip
        session.add_all(rows)
        file_evidence(
            session,
            f"suggestion:{mark}",
            [Evidence(first, TaskCause.POLICY, 1, f"不可以退{mark}", "可以退", "不可以退。")],
        )
        session.flush()
        ids = [row.id for row in rows]
    yield {"mark": mark, "gap": ids[0], "contradiction": ids[1], "line": line, "article": first}
    with database.unit_of_work() as session:
        session.execute(delete(KnowledgeFinding).where(KnowledgeFinding.id.in_(ids)))
        file_evidence(session, f"suggestion:{mark}", [])
        dismissed = KnowledgeTask.resolution == "Every correction was taken back."
        session.execute(delete(KnowledgeTask).where(KnowledgeTask.article_id == first, dismissed))
    database.close()


def test_a_gap_becomes_an_article(planted: dict[str, Any], new_page: Open) -> None:
    page = sign_in(new_page(), "editor", "/console/knowledge/gaps")
    page.get_by_role("button", name=f"可以包成礼物吗{planted['mark']}").click()
    page.wait_for_url(f"**/knowledge/gaps/gap/{planted['gap']}")
    detail = page.get_by_role("region", name="发现详情")
    expect(detail.get_by_role("heading", name="起草的文章")).to_be_visible()
    expect(detail.get_by_text("另有回复说法相反")).to_be_visible()
    expect(detail.get_by_text("草稿被拒")).to_be_visible()
    assert axe(page) == []
    detail.get_by_role("button", name="起草文章").click()
    page.wait_for_url("**/knowledge/articles/*?edit=1")
    expect(page.get_by_label("标题，用客户会问的话")).to_have_value(f"礼品包装{planted['mark']}")
    expect(page.get_by_label("正文（Markdown）")).to_have_value(SENTENCE)
    page.goto(f"/console/knowledge/gaps/gap/{planted['gap']}")
    expect(page.get_by_role("link", name="打开起草的文章")).to_be_visible()


def test_a_contradiction_is_dismissed_with_a_word(planted: dict[str, Any], new_page: Open) -> None:
    page = sign_in(
        new_page(lang="en", theme="dark"), "editor", f"/console/knowledge/gaps/contradiction/{planted['contradiction']}"
    )
    detail = page.get_by_role("region", name="Finding", exact=True)
    expect(detail.locator("mark")).to_have_text(
        [planted["line"], "签收后15天内可以退货。"]
    )  # in the text; quoted above it
    expect(detail.locator("mark strong")).to_have_text([planted["line"][:2], "15天"])
    expect(detail.get_by_text("does not have this sentence")).to_be_visible()
    expect(detail.get_by_text("A number differs.")).to_be_visible()
    assert axe(page) == []
    detail.get_by_role("button", name="Not a contradiction").click()
    word = page.get_by_label("Why is nothing to be done?")
    expect(page.get_by_role("tooltip").get_by_role("button", name="Not a contradiction")).to_be_disabled()
    word.fill("Two kinds of goods")
    page.get_by_role("tooltip").get_by_role("button", name="Not a contradiction").click()
    expect(detail.get_by_text("Two kinds of goods")).to_be_visible()
    expect(page.get_by_role("button", name=f"签收后7天内{planted['mark']}")).to_have_count(0)


def test_what_agents_correct_is_seen_to(planted: dict[str, Any], new_page: Open) -> None:
    page = sign_in(new_page(), "editor", "/console/knowledge/gaps/tasks")
    page.get_by_role("region", name="发现列表").get_by_role("listitem").first.get_by_role("button").click()
    detail = page.get_by_role("region", name="发现详情")
    expect(detail.get_by_text(f"不可以退{planted['mark']}")).to_be_visible()
    expect(detail.get_by_text("客服更正了规定或条件。")).to_be_visible()
    assert axe(page) == []


def test_either_side_of_a_contradiction_is_edited(planted: dict[str, Any], new_page: Open) -> None:
    where = f"/console/knowledge/gaps/contradiction/{planted['contradiction']}"
    page = sign_in(new_page(width=375, height=800), "editor", where)
    detail = page.get_by_role("region", name="发现详情")
    expect(detail.get_by_role("button", name="修改 退货", exact=True)).to_be_visible()
    assert axe(page) == []
    detail.get_by_role("button", name="修改 退换", exact=True).click()
    page.wait_for_url("**/knowledge/articles/*?edit=1")
    page.goto(where)
    page.get_by_role("button", name="发现列表").click()  # the way back on a phone
    expect(page.get_by_role("button", name=f"签收后7天内{planted['mark']}")).to_be_visible()


@pytest.mark.parametrize(("lang", "asked", "tab"), [("zh-CN", "次提问", "过时"), ("en", "asked", "Stale")])
def test_the_demo_lacks_something_that_customers_ask_in_two_languages(
    new_page: Open, lang: str, asked: str, tab: str
) -> None:
    page = sign_in(new_page(lang=lang), "editor", "/console/knowledge/gaps")
    rows = page.get_by_role("list").get_by_role("button").filter(has_text=asked)
    # the question in the middle speaks for all, and which were merged before depends on which job was first
    abroad = rows.filter(has_text=re.compile("国外|foreign|overseas"))
    expect(abroad).to_be_visible()
    expect(page.get_by_role("radio", name=tab)).to_be_attached()  # the old ones have a place of their own
    abroad.click()
    detail = page.locator("section.kn-article")
    expect(detail.locator(".gp-draft")).to_contain_text("目前只支持寄往中国大陆地区")
    expect(detail.locator(".gp-list")).to_contain_text("Do you ship overseas?")
    expect(detail.locator(".gp-stack").get_by_role("link").first).to_have_attribute("href", re.compile("/tickets/"))

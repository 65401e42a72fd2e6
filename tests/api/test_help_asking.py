"""Searching, asking and voting in the help centre, with and without a script."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.help.asking import marked
from api.help.reader import Limits
from api.rate_limit import RateLimit
from core.errors import TooManyRequests
from core.events import Event
from knowledge.models import KnowledgeFeedback
from records.shops.models import ChannelAccount, Shop
from tests.api.help import Help, make_help
from tests.api.world import World
from tests.factories import make_account

BODY = "质量问题的退货运费由卖家承担。无理由退货的运费由买家承担。"


@pytest.fixture
def help(world: World) -> Help:
    return make_help(world)


@pytest.fixture
def sqlite_help(sqlite_world: World) -> Help:
    return make_help(sqlite_world)


def streamed(help: Help, question: str, **form: str) -> list[tuple[str, Any]]:
    """(event, data) of an answer's stream."""
    text = help.post("/help/ask/stream", q=question, lang="zh", **form).text
    blocks = [block for block in re.split(r"\r?\n\r?\n", text) if "event:" in block]
    return [
        (re.search(r"event: (\S+)", block)[1], json.loads(re.search(r"data: (.*)", block)[1]))  # type: ignore[index]
        for block in blocks
    ]


def test_an_answer_quotes_its_source_with_and_without_a_script(help: Help) -> None:
    article = help.article("退货运费由谁承担", BODY, category="退货")
    page = help.post("/help/ask", q="质量问题的退货运费由谁承担？", lang="zh")
    assert page.status_code == 200 and page.headers["cache-control"] == "no-store"
    assert "质量问题的退货运费由卖家承担。" in page.text
    assert f"/help/articles/{article}-" in page.text and 'href="#source-1"' in page.text
    events = streamed(help, "质量问题的退货运费由谁承担？")
    assert [name for name, _ in events][:1] == ["sentence"] and events[-1][0] == "answer"
    assert events[0][1] == {"text": "质量问题的退货运费由卖家承担。", "citations": [1]}
    part = re.search(r'<section class="answer".*?</section>', page.text, re.DOTALL)
    assert part and part[0].split() == events[-1][1]["html"].split(), "the script shows what the page shows"


def test_it_asks_as_a_shopper_and_never_looks_at_records(help: Help) -> None:
    help.article("退货运费由谁承担", BODY)
    help.post("/help/ask", q="退货运费由谁承担？", lang="zh")
    help.get("/help/search?lang=zh&q=运费")
    assert len(help.searcher.scopes) == 2
    for scope in help.searcher.scopes:
        assert scope.audiences == {"public"} and scope.shop == help.world.shop
        assert scope.source_kinds == {"article"}


def test_what_no_article_says_is_not_answered(help: Help) -> None:
    article = help.article("退货运费由谁承担", BODY)
    help.searcher.nearness = 0.84
    events = streamed(help, "火星上的运费是多少公里")
    assert [name for name, _ in events] == ["answer"]
    html = events[0][1]["html"]
    assert "不作猜测" in html and f"/help/articles/{article}-" in html, "and names what comes nearest"
    assert "由卖家承担" not in html


def test_an_order_of_one_s_own_is_for_a_person(help: Help) -> None:
    """An article about tracking is right and still no answer to where this parcel is."""
    help.article("快递到哪里查", "快递到哪了，在订单详情里可以查看。")
    events = streamed(help, "我的快递到哪了")
    assert [name for name, _ in events] == ["answer"]
    html = events[0][1]["html"]
    assert "这里看不到您的订单" in html and "可以查看" not in html and "快递到哪里查" in html
    assert "sentence" in [name for name, _ in streamed(help, "快递在哪里可以查看")]


def test_an_intent_that_needs_a_person_is_not_answered(help: Help) -> None:
    help.article("退货运费由谁承担", BODY)
    taxonomy = help.classifier.taxonomy
    risky = next(one for one in taxonomy.intents if taxonomy[one].risk)
    help.classifier.intent = risky
    events = streamed(help, "质量问题的退货运费由谁承担？")
    assert [name for name, _ in events] == ["answer"]
    assert "由人工客服处理" in events[0][1]["html"] and "由卖家承担" not in events[0][1]["html"]


def test_an_answer_whose_source_has_gone_is_taken_back(help: Help) -> None:
    """The index still finds it; the database does not stand behind it any more."""
    gone = help.archived("退货运费由谁承担", BODY)
    for text in (
        help.post("/help/ask", q="质量问题的退货运费由谁承担？", lang="zh").text,
        json.dumps(streamed(help, "质量问题的退货运费由谁承担？"), ensure_ascii=False),
        help.get("/help/search?lang=zh&q=退货运费").text,
    ):
        assert "由卖家承担" not in text and f"articles/{gone}" not in text


def test_search_marks_the_words_and_says_so_when_it_only_has_titles(help: Help) -> None:
    article = help.article("运费说明", "质量问题的退货运费由卖家承担。", category="退货")
    page = help.get("/help/search?lang=zh&q=运费")
    assert "<mark>运费</mark>" in page.text and f"/help/articles/{article}-" in page.text
    assert "noindex" in page.headers["x-robots-tag"]
    help.searcher.down = True
    page = help.get("/help/search?lang=zh&q=运费")
    assert page.status_code == 200 and "只按标题匹配" in page.text and "运费说明" in page.text
    assert "没有找到" in help.get("/help/search?lang=zh&q=面包").text


def test_without_an_index_there_is_no_answer_and_it_is_said(sqlite_help: Help) -> None:
    sqlite_help.searcher.down = True
    page = sqlite_help.post("/help/ask", q="运费谁出", lang="zh")
    assert page.status_code == 503 and "暂时不可用" in page.text
    assert streamed(sqlite_help, "运费谁出") == [("failed", {})]


def test_questions_have_a_length_and_an_answer_s_page_can_be_opened_again(sqlite_help: Help) -> None:
    for question in ("", "长" * 501, "   "):
        page = sqlite_help.post("/help/ask", q=question, lang="zh")
        assert page.status_code == 422 and "1 到 500 个字" in page.text, question
    assert sqlite_help.get("/help/ask?lang=zh").url.path == "/help"


def test_too_many_questions_from_one_address_are_refused(sqlite_help: Help) -> None:
    sqlite_help.world.client.app.state.help_limits = Limits(RateLimit(1, 60), RateLimit(1, 60), RateLimit(1, 60))
    article = sqlite_help.article("退货运费由谁承担", BODY)
    asking = {"q": "运费谁出", "lang": "zh"}
    assert sqlite_help.post("/help/ask", **asking).status_code == 200
    refused = sqlite_help.post("/help/ask", **asking)
    assert refused.status_code == 429 and "再试" in refused.text and int(refused.headers["retry-after"]) > 0
    assert sqlite_help.post("/help/ask/stream", **asking).status_code == 429
    assert sqlite_help.get("/help/search?q=运费").status_code == 200
    assert sqlite_help.get("/help/search?q=运费").status_code == 429
    assert sqlite_help.post(f"/help/articles/{article}/feedback", helpful="yes").status_code == 303
    assert sqlite_help.post(f"/help/articles/{article}/feedback", helpful="no").status_code == 429
    assert sqlite_help.get(f"/help/articles/{article}").status_code == 200, "reading is not limited"


def test_a_rate_limit_lets_through_again_later() -> None:
    now = [0.0]
    limit = RateLimit(2, 60, lambda: now[0])
    limit.take("a")
    now[0] = 30
    limit.take("a")
    limit.take("b")
    with pytest.raises(TooManyRequests) as refused:
        limit.take("a")
    assert refused.value.details["retry_after"] == 31
    now[0] = 60.5
    limit.take("a")
    with pytest.raises(TooManyRequests):
        limit.take("a")


def feedback(help: Help) -> list[KnowledgeFeedback]:
    with help.world.db.reading() as session:
        return list(session.scalars(select(KnowledgeFeedback).order_by(KnowledgeFeedback.id)))


def test_a_reader_votes_once_a_day_and_may_say_why(help: Help) -> None:
    article = help.article("退货运费由谁承担", BODY)
    address = f"/help/articles/{article}/feedback"
    answer = help.post(address, helpful="no", lang="zh")
    assert answer.status_code == 303 and answer.headers["location"].endswith("voted=no#feedback")
    assert "哪里没有说清楚" in help.get(answer.headers["location"]).text
    done = help.post(address, helpful="no", comment="  没说海外怎么办 ", lang="zh")
    assert "谢谢" in help.get(done.headers["location"]).text
    (row,) = feedback(help)
    assert (row.helpful, row.comment, row.actor_kind, row.actor_id) == (False, "没说海外怎么办", "customer", None)
    assert row.visitor and "testclient" not in row.visitor, "who it was cannot be read from it"
    help.post(address, helpful="yes")
    (row,) = feedback(help)
    assert (row.helpful, row.comment) == (True, "")
    with help.world.db.reading() as session:
        told = list(session.scalars(select(Event).where(Event.name == "FeedbackGiven")))
    assert [event.data["helpful"] for event in told] == [False, False, True]
    help.post(address, helpful="yes")
    with help.world.db.reading() as session:
        assert len(list(session.scalars(select(Event).where(Event.name == "FeedbackGiven")))) == 3, "nothing new"


def test_another_day_or_another_address_is_another_reader(help: Help, monkeypatch: pytest.MonkeyPatch) -> None:
    article = help.article("退货运费由谁承担", BODY)
    for day in ("2026-11-01", "2026-11-02", "2026-11-02"):
        monkeypatch.setattr("api.help.reader.today", lambda day=day: day)
        help.post(f"/help/articles/{article}/feedback", helpful="yes")
    assert len(feedback(help)) == 2
    page = help.get("/help?lang=zh").text
    assert "大家觉得有用" in page


def test_what_editors_had_seen_to_comes_back_when_it_is_changed(help: Help) -> None:
    article = help.article("退货运费由谁承担", BODY)
    help.post(f"/help/articles/{article}/feedback", helpful="no", comment="不清楚")
    with help.world.db.unit_of_work() as session:
        from core.db import db_now

        row = session.scalars(select(KnowledgeFeedback)).one()
        row.handled_at, row.handling = session.scalar(select(db_now())), "改好了"
    help.post(f"/help/articles/{article}/feedback", helpful="no", comment="还是不清楚")
    (row,) = feedback(help)
    assert row.handled_at is None and row.handling == "" and row.comment == "还是不清楚"


def test_votes_from_elsewhere_and_nonsense_are_refused(sqlite_help: Help) -> None:
    article = sqlite_help.article("退货运费由谁承担", BODY)
    address = f"/help/articles/{article}/feedback"
    client = sqlite_help.world.client
    crossed = client.post(address, data={"helpful": "yes"}, headers={"sec-fetch-site": "cross-site"})
    assert crossed.status_code == 403
    assert client.post(address, data={"helpful": "maybe"}).status_code == 422
    assert client.post(address, data={"helpful": "no", "comment": "x" * 2001}).status_code == 422
    assert feedback(sqlite_help) == []


def test_the_script_gets_only_the_part_that_changes(sqlite_help: Help) -> None:
    article = sqlite_help.article("退货运费由谁承担", BODY)
    answer = sqlite_help.world.client.post(
        f"/help/articles/{article}/feedback",
        data={"helpful": "no", "lang": "zh"},
        headers={"x-requested-with": "fetch", "sec-fetch-site": "same-origin"},
    )
    assert answer.status_code == 200 and answer.text.lstrip().startswith("<section") and "<textarea" in answer.text


def test_a_replaced_version_s_words_are_not_shown(help: Help) -> None:
    article = help.article("退货运费由谁承担", "质量问题的退货运费由买家承担。")
    help.rewrite(article, "质量问题的退货运费由卖家承担。")
    for text in (
        help.get("/help/search?lang=zh&q=质量问题的退货运费").text,
        help.post("/help/ask", q="质量问题的退货运费由谁承担？", lang="zh").text,
        help.get(f"/help/articles/{article}").text,
    ):
        assert "由买家承担" not in text


def test_the_shop_s_chat_is_offered_where_there_is_one(help: Help, monkeypatch: pytest.MonkeyPatch) -> None:
    help.searcher.nearness = 0.84
    asking = {"q": "火星上的运费是多少公里", "lang": "zh"}
    help.article("退货运费由谁承担", BODY)
    assert "data-chat" not in help.post("/help/ask", **asking).text
    with help.world.db.unit_of_work() as session:
        shop = session.get_one(Shop, help.world.shop)
        account = make_account(session, shop, kind="web", public_key="chat_0123456789abcdef")
        other = session.get_one(Shop, help.world.other)
        make_account(session, other, kind="web", public_key="chat_fedcba9876543210")
    monkeypatch.setattr("api.help.site.WIDGET", Path(__file__))
    page = help.post("/help/ask", **asking).text
    assert 'data-chat-account="chat_0123456789abcdef"' in page and "fedcba" not in page
    assert f'data-chat="{asking["q"]}"' in page, "the question goes along"
    monkeypatch.setattr("api.help.site.WIDGET", Path("nothing"))
    assert "data-chat" not in help.post("/help/ask", **asking).text, "a widget that was not built"
    monkeypatch.setattr("api.help.site.WIDGET", Path(__file__))
    with help.world.db.unit_of_work() as session:
        session.get_one(ChannelAccount, account.id).active = False
    assert "data-chat" not in help.post("/help/ask", **asking).text
    help.world.runtime.settings.help_contact = "help@example.com"
    assert "mailto:help@example.com?subject=" in help.post("/help/ask", **asking).text
    help.world.runtime.settings.help_contact = "javascript:alert(1)"
    assert "javascript" not in help.post("/help/ask", **asking).text


@pytest.mark.parametrize(
    ("text", "question", "hit"),
    [
        ("We show how long a Refund takes; refunds however", "how long", ["how", "long"]),
        ("We show how long a Refund takes; refunds", "does a refund take", ["Refund", "takes", "refunds"]),
        ("无理由退货的运费由您承担", "运费谁承担", ["运费", "承担"]),
        ("退货运费由您承担", "", []),
    ],
)
def test_words_are_marked_whole_and_not_inside_of_others(text: str, question: str, hit: list[str]) -> None:
    pieces = marked(text, question)
    assert "".join(piece for piece, _ in pieces) == text
    assert [piece for piece, found in pieces if found] == hit

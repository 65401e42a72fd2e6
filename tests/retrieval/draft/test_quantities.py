"""Whoever asks how long, how many or how much reads the number, from whichever passage of the document states it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from retrieval.draft.kinds import asked_kinds, asks_quantity, gives
from retrieval.draft.request import sources_for_customer
from retrieval.draft.selection import candidates, select
from retrieval.engine import Engine
from retrieval.search import SearchResult
from retrieval.types import INTERNAL, Hit, PassageDoc, SearchScope
from tests.retrieval.draft.fakes import FakeClassifier, FakeEncoder, FakeSearch, FakeSearcher, passage, question

STEPS = passage(
    1,
    "1. Go to **Orders → Return items**, choose the items and a reason.\n2. Print the label and drop the parcel off.",
    "How to send something back",
    "en",
)
TERMS = passage(2, "- The item you return is unused, with its parts.", "30-day returns", "en", heading="What we need")
RULE = replace(
    TERMS, id=3, text="You can return most items within 30 days of delivery, for any reason.", heading="", span=(0, 70)
)
ZH_STEPS = passage(4, "1. 退货请进入我的订单，点击申请退货。\n2. 选择退货原因并提交。", "退货步骤")
ZH_RULE = passage(5, "支持无理由退货，签收后7天内提交退货申请即可。", "退货规则")


class Beside(FakeSearcher):
    """The steps first, then the returns article by a passage that states no number."""

    asked = False

    def begin(
        self, query: str, scope: SearchScope, limit: int = 10, language: str | None = None, *, beside: bool = False
    ) -> FakeSearch:
        self.asked = beside
        other = Hit(RULE, 4.2, 0.86, 3, 3.0, 3)
        hits = Hit(STEPS, 5.2, 0.88, 1, 5.0, 1), Hit(TERMS, 4.9, 0.87, 2, 4.0, 2, (other,) if beside else ())
        return FakeSearch(SearchResult(hits, {"query": 0.0}, {"fusion": "fake"}))


@pytest.mark.parametrize(
    "text", ["How many days do I have to return an item?", "How long do I have to return something?"]
)
def test_the_number_is_quoted_and_not_the_steps(text: str) -> None:
    searcher = Beside([])
    answer = Engine(FakeEncoder(), searcher, FakeClassifier()).answer(question(text))
    assert searcher.asked
    stated = [s.text for s in answer.draft.sentences if s.citations]
    assert stated == [RULE.text] and answer.draft.all_supported
    assert answer.draft.citations[0].passage_id == RULE.id


def test_only_who_asks_for_a_number_looks_beside_the_hits() -> None:
    searcher = Beside([])
    answer = Engine(FakeEncoder(), searcher, FakeClassifier()).answer(question("How do I return an item?"))
    assert not searcher.asked and "Return items" in answer.draft.text


@pytest.mark.parametrize(
    ("text", "number"), [("几天内可以申请退货？", True), ("多久之内能退货", True), ("怎么申请退货？", False)]
)
def test_a_rule_behind_the_steps_is_preferred_when_it_has_the_number(text: str, number: bool) -> None:
    hits = [Hit(ZH_STEPS, 5.0), Hit(ZH_RULE, 4.8)]
    best = select(candidates(text, hits, "zh"))[0]
    assert ("7天" in best.text) is number


def test_a_number_about_something_else_is_not_preferred_to_the_topic() -> None:
    other = passage(6, "会员积分有效期为365天。", "会员积分")
    found = candidates("几天内可以申请退货？", [Hit(ZH_RULE, 5.0), Hit(other, 4.0)], "zh")
    assert found[0].hit.passage.id == ZH_RULE.id


@pytest.mark.parametrize(
    ("text", "given", "missing"),
    [
        ("退款几天到账", "1–3个工作日到账。", "退款原路退回。"),
        ("付款后多久发货", "16:00前付款的当天发出。", "付款后请耐心等待。"),
        ("运费多少钱", "运费8元。", "运费由买家承担3天。"),
        ("How soon do you ship?", "Orders ship the same day.", "Orders ship from Ohio."),
        ("How much is the return label?", "The label costs $6.95.", "The label is valid for 14 days."),
        ("By when must it be back?", "Within 30 days of delivery.", "Send it to our warehouse."),
        ("满多少包邮", "满99元包邮。", "偏远地区不参加。"),
    ],
)
def test_what_is_asked_for_is_a_number_with_a_unit_of_its_kind(text: str, given: str, missing: str) -> None:
    kinds = asked_kinds(text)
    assert asks_quantity(text) and kinds
    assert any(gives(kind, given) for kind in kinds) and not any(gives(kind, missing) for kind in kinds)


@pytest.mark.parametrize("text", ["怎么退货", "能退吗", "How do I return it?", "Can I exchange it?", "什么时候发货"])
def test_other_questions_ask_for_no_number(text: str) -> None:
    assert not asks_quantity(text)


def test_what_is_not_the_customer_s_to_see_is_not_beside_a_hit_either() -> None:
    hidden: PassageDoc = replace(RULE, id=9, audience=INTERNAL)
    hits = [Hit(TERMS, 1.0, beside=(Hit(hidden, 0.9), Hit(RULE, 0.8)))]
    (hit,) = sources_for_customer(hits, SearchScope())
    assert [other.passage.id for other in hit.beside] == [RULE.id]

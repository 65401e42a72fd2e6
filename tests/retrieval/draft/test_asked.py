"""What the facts of an order may answer, and what only an article can."""

from __future__ import annotations

from pathlib import Path
from time import process_time
from typing import Any

import pytest
import yaml

from retrieval.draft.asked import WRITTEN_NUMBER, read_asked, topic_of
from retrieval.engine import Engine
from retrieval.types import Answer, RecordCard
from tests.retrieval.draft.fakes import FakeClassifier, FakeEncoder, FakeSearcher, card, passage, question

NUMBER = "313021098954"
HERE = Path(__file__)


def messages(name: str) -> list[tuple[str, str]]:
    told: dict[str, dict[str, list[str]]] = yaml.safe_load(HERE.with_name(name).read_text(encoding="utf-8"))
    return [(kind, text.format(n=NUMBER)) for kind, by in told.items() for texts in by.values() for text in texts]


MESSAGES = messages("order_questions.yaml") + messages("order_questions_unseen.yaml")
OWN = card(1, NUMBER, "JD1234567890")
RULE = passage(1, "购买后7天内降价的，可以申请退还差价。", "降价退差价")
RULE_EN = passage(2, "If the price drops within 7 days of your order, we refund the difference.", "Price drops", "en")


@pytest.mark.parametrize(("kind", "text"), MESSAGES)
def test_a_message_asks_for_a_state_or_for_something_else(kind: str, text: str) -> None:
    asked = read_asked(text)
    assert (bool(asked.topics) and not asked.more) is kind.startswith("facts"), asked


def ask(text: str, topic: str, articles: list[Any], own: RecordCard = OWN, sure: float = 0.9) -> Answer:
    engine = Engine(FakeEncoder(), FakeSearcher(articles), FakeClassifier(topic, sure))
    return engine.answer(question(text, verified=True, records=(own,)))


@pytest.mark.parametrize(("topic", "sure"), [("logistics", 0.75), ("refund", 0.75), ("order", 0.95)])
@pytest.mark.parametrize("text", [text for kind, text in MESSAGES if not kind.startswith("facts")])
def test_no_claim_is_answered_by_the_parcel_s_state(topic: str, sure: float, text: str) -> None:
    """Even where the classifier takes it for a question about the parcel, or abstains and a cue in the text does."""
    alone = ask(text, topic, [], sure=sure)
    assert alone.draft.confidence <= 0.45
    assert alone.extras["facts_alone"] is (alone.draft.kind == "record")


@pytest.mark.parametrize("text", [text for _, text in MESSAGES if read_asked(text).more])
def test_words_of_a_claim_are_believed_rather_than_a_classifier_that_is_sure(text: str) -> None:
    assert ask(text, "logistics", [], sure=0.99).draft.confidence <= 0.45


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        (f"降价了，订单{NUMBER}能退差价吗", RULE),
        (f"The price dropped after order {NUMBER}, can I get the difference refunded?", RULE_EN),
    ],
)
@pytest.mark.parametrize("topic", ["logistics", "order"])
def test_a_price_difference_is_answered_by_the_article_and_the_facts_follow(text: str, rule: Any, topic: str) -> None:
    answer = ask(text, topic, [rule])
    stated = [s for s in answer.draft.sentences if s.citations]
    assert answer.draft.kind == "extractive" and stated[0].text == rule.text
    assert NUMBER in stated[1].text and {c.source_kind for c in answer.draft.citations} == {"article", "record"}
    assert answer.extras["facts_alone"] is False
    without_order = Engine(FakeEncoder(), FakeSearcher([rule]), FakeClassifier(topic)).answer(question(text))
    assert answer.draft.confidence <= without_order.draft.confidence, "the order makes nothing surer"


def test_a_refund_that_is_not_there_is_no_answer_to_where_it_is() -> None:
    said = f"您的订单{NUMBER}没有退款或售后的登记，当前状态：运输中。"
    none = RecordCard(OWN.record, OWN.title, OWN.facts, {**OWN.sentences, "zh:refund_none": (said,)})
    answer = ask(f"订单{NUMBER}的退款到账了吗？", "refund", [], none)
    assert said in answer.draft.text and answer.draft.confidence <= 0.45 and answer.extras["facts_alone"]
    case = f"您的订单{NUMBER}的退款申请当前状态：已同意。"
    one = RecordCard(OWN.record, OWN.title, OWN.facts, {**OWN.sentences, "zh:refund": (case,)})
    answer = ask(f"订单{NUMBER}的退款到账了吗？", "refund", [], one)
    assert case in answer.draft.text and answer.draft.confidence >= 0.75 and not answer.extras["facts_alone"]


def test_the_words_say_which_facts_are_meant() -> None:
    assert topic_of("我的换货处理到哪一步了", "order") == "refund"
    assert topic_of("How much did I pay for it?", "logistics") == "order"
    assert topic_of("Where is it? And can I have an invoice?", "order") == "order"


@pytest.mark.parametrize("part", ["a", "a-", "退款", "when is did was ", "订单"])
def test_no_message_is_slow_to_read(part: str) -> None:
    """Looking for an order's number from every letter on took half a minute for a line of letters."""
    started = process_time()
    read_asked(part * (20_000 // len(part)))
    assert process_time() - started < 4


@pytest.mark.parametrize(
    "number", ["LH20261128118574", "#HC-208407", "HC-208407", "313021098954", "JD1234567890", "-123456"]
)
def test_an_order_s_number_is_found_wherever_it_stands(number: str) -> None:
    for text in (number, f"订单{number}到哪了", f"order {number}?", f"({number})"):
        found = WRITTEN_NUMBER.findall(text)
        assert [one.strip("#") for one in found] == [number.strip("#-")]

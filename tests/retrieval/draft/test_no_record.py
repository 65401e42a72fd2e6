"""Where an order of one's own is, is never answered by an article: without an order to state, that is what is said."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from copilot.decide import GrantTerms, decide
from copilot.handover.states import Reason
from copilot.models import Outcome
from core.settings import Settings
from retrieval.draft.asked import asks_about_own_records
from retrieval.draft.llm import LlmDrafter
from retrieval.engine import Engine
from retrieval.types import Answer, Verdict
from tests.copilot.test_decide import CLEAR
from tests.llm.server import ScriptedServer, running
from tests.retrieval.draft.fakes import FakeClassifier, FakeEncoder, FakeSearcher, card, passage, question

ARTICLES = [
    passage(1, "我的快递到哪里了，请在物流详情里看最后一条，不同意放驿站的请备注。", "快递到哪里了"),
    passage(2, "退款审核通过后1-3个工作日到账，我的退款到账了会有短信。", "退款到账时间"),
    passage(3, "我的订单付款后30分钟内还能改地址，之后请联系客服。", "订单怎么改地址"),
    passage(4, "Where is my parcel: the tracking page shows the order as shipped.", "Where is my parcel", "en"),
    passage(5, "You can change the address of my order within 30 minutes.", "Change the address", "en"),
]
OWN = card(1, "313021098954", "JD1234567890")
NONE = {"zh": "没有查到您账户下的订单", "en": "could not find an order under your account"}
STATES = [
    ("我的快递到哪里了", "logistics"), ("我的订单现在什么状态？", "order"), ("我的退款到账了吗", "refund"),
    ("Where is my parcel?", "logistics"), ("Has my order shipped yet?", "logistics"), ("Where is my refund?", "refund"),
]  # fmt: skip


def ask(text: str, topic: str = "none", **more: object) -> Answer:
    return Engine(FakeEncoder(), FakeSearcher(ARTICLES), FakeClassifier(topic)).answer(question(text, **more))


def language(text: str) -> str:
    return "en" if text.isascii() else "zh"


@pytest.mark.parametrize(("text", "topic"), STATES)
def test_a_customer_without_orders_is_told_so_and_asked_for_the_number(text: str, topic: str) -> None:
    answer = ask(text, topic, verified=True)
    assert answer.draft.kind == "unknown" and not answer.draft.answered and not answer.draft.citations
    assert NONE[language(text)] in answer.draft.text and answer.extras["record_choice"] == "no_orders"
    assert all(s.verdict is Verdict.NOT_A_CLAIM and not s.reasons for s in answer.draft.sentences)


@pytest.mark.parametrize(("text", "topic"), STATES)
def test_who_is_not_verified_reads_neither_an_article_nor_whether_there_are_orders(text: str, topic: str) -> None:
    answer = ask(text, topic, records=(OWN,))
    assert answer.draft.kind == "unknown" and not answer.draft.citations
    assert NONE[language(text)] not in answer.draft.text
    assert ("verify your identity" if language(text) == "en" else "身份验证") in answer.draft.text


@pytest.mark.parametrize(("text", "topic"), STATES)
@pytest.mark.parametrize("verified", [True, False])
def test_that_is_never_sent_by_itself_and_goes_to_a_person(text: str, topic: str, verified: bool) -> None:
    ruling = decide(ask(text, topic, verified=verified), CLEAR)
    assert (ruling.outcome, ruling.reason) == (Outcome.HAND_OVER, Reason.NO_RECORD)
    assert {"answered", "from_records"} <= {item["rule"] for item in ruling.evidence if not item["passed"]}


@pytest.mark.parametrize(("text", "quoted"), [("我的订单还能改地址吗？", "30分钟"), ("我的快递不想要了怎么退款", "")])
def test_a_rule_is_answered_by_its_article_and_the_customer_asked_for_the_order(text: str, quoted: str) -> None:
    answer = ask(text, "order", verified=True)
    assert quoted in answer.draft.text and NONE["zh"] in answer.draft.text
    assert decide(answer, CLEAR).outcome != Outcome.AUTO_SEND


@pytest.mark.parametrize("verified", [True, False])
def test_when_a_refund_comes_is_a_rule_too(verified: bool) -> None:
    answer = ask("我的退款审核通过了，什么时候到账？", "refund", verified=verified)
    assert answer.draft.kind == "extractive" and "1-3个工作日" in answer.draft.text
    assert (NONE["zh"] if verified else "身份验证") in answer.draft.text
    assert decide(answer, CLEAR).outcome != Outcome.AUTO_SEND


def test_what_no_article_answers_is_no_missing_order() -> None:
    ruling = decide(ask("鹦鹉会说几种语言？", "order", verified=True), CLEAR)
    assert (ruling.outcome, ruling.reason) == (Outcome.HAND_OVER, Reason.NO_KNOWLEDGE)


@pytest.mark.parametrize(("topic", "sent"), [("logistics", False), ("order", True)])
def test_a_case_answers_by_itself_only_where_records_would_not(topic: str, sent: bool) -> None:
    """The fake classifier is sure; records answer its "logistics" by themselves and stand beside its "order"."""
    asked, said = "寄回去之后验货要几天", "仓库签收后48小时内验货。"
    earlier = passage(7, asked, asked, source_kind="case", document_id="case:7", answer=said)
    free = replace(CLEAR, grant=GrantTerms(3, "any", 0.0))
    answer = Engine(FakeEncoder(), FakeSearcher([earlier]), FakeClassifier(topic)).answer(question(asked))
    assert said in answer.draft.text and [c.source_kind for c in answer.draft.citations] == ["case"]
    failed = {item["rule"] for item in decide(answer, free).evidence if not item["passed"]}
    assert failed == (set() if sent else {"from_records"})


def test_a_general_question_of_who_has_no_orders_is_answered() -> None:
    answer = ask("退款审核通过后多久到账？", "refund", verified=True)
    assert answer.draft.kind == "extractive" and NONE["zh"] not in answer.draft.text


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("Where is the tracking page?", False),
        ("where's your warehouse", False),
        ("Where is the refund form?", False),
        ("where are my shoes", True),
        ("Where is it?", True),
        ("where is the parcel", True),
        ("Where's order 123456", True),
    ],
)
def test_not_every_where_is_about_an_order_of_ones_own(text: str, own: bool) -> None:
    assert asks_about_own_records(text) is own


@pytest.mark.parametrize(
    ("text", "said"),
    [("订单999999999999到哪了？", "没有查到这个单号"), ("Where is order 999999999999?", "this number among")],
)
def test_a_number_that_is_none_of_theirs_is_told(text: str, said: str) -> None:
    answer = ask(text, "logistics", verified=True, records=(OWN,))
    assert answer.draft.kind == "unknown" and said in answer.draft.text and not answer.draft.citations


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    yield from running()


def test_a_model_is_not_asked_where_an_order_is_that_nobody_knows(server: ScriptedServer) -> None:
    settings = Settings(llm_url=server.url, llm_model="scripted", _env_file=None)  # type: ignore[call-arg]
    engine = Engine(FakeEncoder(), FakeSearcher(ARTICLES), FakeClassifier("logistics"), llm=LlmDrafter(settings))
    answer = engine.answer(question("我的快递到哪里了", verified=True))
    assert not server.requests and answer.draft.kind == "unknown" and NONE["zh"] in answer.draft.text

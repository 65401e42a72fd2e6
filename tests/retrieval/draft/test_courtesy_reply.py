"""A courtesy is answered by one: nothing claimed, nobody announced, no language model asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from retrieval.classify.mood import MoodPrototypes
from retrieval.draft import Drafted, DraftRequest
from retrieval.engine import Engine, Finished, SentenceReady
from retrieval.small_talk import INTENT
from retrieval.types import Answer, Classification, DraftSentence, Verdict
from retrieval.verify.promises import says_transfer
from tests.retrieval.draft.fakes import FakeClassifier, FakeEncoder, FakeSearcher, passage, question

ARTICLES = [passage(1, "满99元包邮。谢谢您在吗你好支持。好的，thanks hello ok bye。", "包邮")]


class Greets(FakeClassifier):
    """Takes everything for small talk, and remembers what it was asked."""

    def __init__(self, intent: str = INTENT) -> None:
        super().__init__()
        self.taxonomy = dict.fromkeys((INTENT, "other"), self.taxonomy["any"])
        self.found = Classification(intent, 0.9, ((intent, 0.9), (INTENT, 0.07)), None, "low", "zh", "fake")
        self.asked: list[str] = []

    def predict(self, text: str, vector: object, language: str | None = None) -> Classification:
        self.asked.append(text)
        return replace(self.found, language=language or "zh")


class NeverAsked:
    version = "llm:never"

    def stream(self, request: DraftRequest) -> Iterator[DraftSentence | Drafted]:
        raise AssertionError("a language model was asked about a courtesy")


def ask(text: str, classifier: Greets | None = None, **more: object) -> Answer:
    engine = Engine(FakeEncoder(), FakeSearcher(ARTICLES), classifier or Greets(), llm=NeverAsked())
    return engine.answer(question(text, **more))


@pytest.mark.parametrize(
    ("text", "kind", "reply"),
    [
        ("你好，在吗", "greeting", "您好！请问有什么可以帮您？"),
        ("谢谢", "thanks", "不客气！如还有其他问题，欢迎随时联系我们。"),
        ("好的，知道了", "assent", "如有其他问题，请随时联系我们。祝您生活愉快！"),
        ("再见", "farewell", "再见！祝您生活愉快！"),
        ("Hello, anyone there?", "greeting", "Hello! How can we help you?"),
        ("thanks a lot", "thanks", "You're welcome! Please let us know if you have any other questions."),
        ("ok, got it", "assent", "If you have any other questions, please let us know. Have a great day!"),
        ("bye", "farewell", "Goodbye! Have a great day!"),
    ],
)
def test_it_is_answered_in_kind(text: str, kind: str, reply: str) -> None:
    answer = ask(text)
    draft = answer.draft
    assert (draft.kind, draft.text, answer.extras["courtesy"]) == ("courtesy", reply, kind)
    assert draft.courteous and draft.answered and not draft.all_supported and not draft.citations
    assert {one.verdict for one in draft.sentences} == {Verdict.NOT_A_CLAIM}
    assert not says_transfer(draft.text) and answer.versions["drafter"] == "courtesy-1"


def test_a_known_customer_is_greeted_by_name() -> None:
    answer = ask("你好", customer_name="王小明", verified=True)
    assert answer.draft.text == "您好，王小明！请问有什么可以帮您？" and answer.draft.courteous


def test_its_sentences_are_given_one_by_one() -> None:
    engine = Engine(FakeEncoder(), FakeSearcher(ARTICLES), Greets(), llm=NeverAsked())
    events = list(engine.stream(question("谢谢")))
    said = [one.sentence.text for one in events if isinstance(one, SentenceReady)]
    assert said == ["不客气！", "如还有其他问题，欢迎随时联系我们。"] and isinstance(events[-1], Finished)


class Gloomy:
    """Everything is like a complaint."""

    def margin(self, vector: object) -> float:
        return 1.0


@pytest.mark.parametrize(("text", "complaint"), [("好的，知道了", "none"), ("包装都烂了", "normal")])
def test_a_courtesy_is_no_complaint_whatever_it_is_like(text: str, complaint: str) -> None:
    engine = Engine(FakeEncoder(), FakeSearcher(ARTICLES), Greets(), moods=cast(MoodPrototypes, Gloomy()))
    assert engine.answer(question(text)).extras["mood"]["complaint"] == complaint


def test_it_is_as_sure_as_the_classifier_is_of_small_talk() -> None:
    assert ask("谢谢").draft.confidence == 0.9
    assert ask("收到", Greets("other")).draft.confidence == 0.07


def test_a_short_courtesy_is_not_read_after_the_question_before_it() -> None:
    classifier = Greets()
    ask("谢谢", classifier, history=(("customer", "怎么退货"), ("bot", "签收后7天内可以退货。")))
    assert classifier.asked == ["谢谢"]


@pytest.mark.parametrize(
    ("said", "courteous"),
    [
        ("您好！需要为您取消订单吗？", False),
        ("Shall I cancel it? 😊", False),
        ("需要为您取消订单吗？请您确认。", False),
        ("满99元包邮。", True),
        ("您好！请问有什么可以帮您？", True),  # our own courtesy asks nothing that a yes would answer
    ],
)
def test_a_yes_to_what_we_asked_is_an_answer(said: str, courteous: bool) -> None:
    history = (("customer", "我不想要了"), ("agent", said))
    engine = Engine(FakeEncoder(), FakeSearcher(ARTICLES), Greets())
    assert (engine.answer(question("好的", history=history)).draft.kind == "courtesy") is courteous
    assert engine.answer(question("谢谢", history=history)).draft.kind == "courtesy"


@pytest.mark.parametrize("text", ["你好，包邮吗", "谢谢，那怎么退货", "有人吗？转人工", "不用了谢谢"])
def test_anything_more_goes_the_usual_way(text: str) -> None:
    engine = Engine(FakeEncoder(), FakeSearcher(ARTICLES), Greets())
    assert engine.answer(question(text)).draft.kind != "courtesy"

"""The promise guard: what is said to be done for this customer must have been done."""

from __future__ import annotations

import pytest

from retrieval.types import Citation, Draft, DraftSentence, Verdict
from retrieval.verify.courtesy import COURTESIES
from retrieval.verify.promises import MARK, guard, promised, says_transfer


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("我已为您退款。", "refund"),
        ("we have issued a refund", "refund"),
        ("It is a pity. Your order will be refunded today.", "refund"),
        ("您好，已帮您取消订单。", "cancel"),
        ("I've cancelled your order.", "cancel"),
        ("马上为您补发。", "reship"),
        ("I am transferring you to an agent.", "transfer"),
        ("退款一般在3天内到账，我已为您提交退款。", "refund"),
    ],
)
def test_promises(text: str, kind: str) -> None:
    found = promised(text)
    assert found is not None and found.kind == kind and not found.general


@pytest.mark.parametrize(
    "text",
    ["退款一般在3个工作日内到账。", "您可以在订单页取消订单。", "Once we receive your return, we will refund you.",
     "您的订单尚未发货。",
     "You can cancel before it ships.", "我们暂时无法为您退款。"],
)  # fmt: skip
def test_how_it_goes_in_general_is_none(text: str) -> None:
    assert promised(text) is None


def draft(text: str, source: Citation | None = None, verdict: Verdict = Verdict.SUPPORTED) -> Draft:
    cited = (source,) if source else ()
    return Draft("llm", "zh", (DraftSentence(text, tuple(c.number for c in cited), verdict),), cited, 0.9)


REFUND = "我已为您退款。"


@pytest.mark.parametrize(
    ("source", "taken", "marked"),
    [
        (None, (), True),
        (None, ("cancel",), True),
        (None, ("refund",), False),  # a request that was approved shows it
        (Citation(1, "record", "order:1", "订单", "您的退款 99 元已原路退回。"), (), False),
        (Citation(1, "record", "order:1", "订单", "您的包裹在南京。"), (), True),  # a record of something else
        (Citation(1, "case", "case:1", "退款", "我已为您退款。"), (), True),  # it was done for somebody else
        (Citation(1, "article", "article:1", "退款", "我已为您退款。"), (), True),
    ],
)
def test_only_a_record_or_a_request_shows_it(source: Citation | None, taken: tuple[str, ...], marked: bool) -> None:
    (sentence,) = guard(draft(REFUND, source), taken).sentences
    assert any(reason.startswith(MARK) for reason in sentence.reasons) == marked
    assert (sentence.verdict is Verdict.UNSUPPORTED) == marked


def test_a_supported_policy_in_the_future_tense_stands_and_a_cases_does_not() -> None:
    policy = "我们会为您安排上门取件。"
    article = Citation(1, "article", "article:1", "退货", policy)
    case = Citation(1, "case", "case:1", "退货", policy)
    assert guard(draft(policy, article)).sentences[0].verdict is Verdict.SUPPORTED
    assert guard(draft(policy, case)).sentences[0].verdict is Verdict.UNSUPPORTED
    assert guard(draft(policy, article, Verdict.UNCERTAIN)).sentences[0].verdict is Verdict.UNSUPPORTED


def test_every_courtesy_that_announces_a_person_says_so_and_no_other_promises_anything() -> None:
    for kinds in COURTESIES.values():
        for kind, texts in kinds.items():
            for text in texts:
                assert says_transfer(text) == (kind == "handover"), text
                assert (promised(text) is not None) == (kind == "handover"), text

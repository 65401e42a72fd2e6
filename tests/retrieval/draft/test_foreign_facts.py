"""What was true of another customer's order is never said of this one's."""

from __future__ import annotations

from retrieval.draft.cases import adapt_reply
from retrieval.draft.extractive import ExtractiveDrafter
from retrieval.draft.request import DraftRequest
from retrieval.types import Classification, Fact, Hit, PassageDoc, Question, RecordCard, SearchScope

CARD = RecordCard(
    "order:1",
    "订单 A100",
    (
        Fact("order_no", "A100", "order:1"),
        Fact("date", "2026年11月22日 17:00", "shipment:1"),
        Fact("status", "已揽收", "shipment:1"),
        Fact("amount", "¥299.00", "order:1"),
    ),
    {"zh:logistics": ("您的订单A100当前状态：已揽收；最近一次更新是 2026年11月22日 17:00。",)},
)
CASE = PassageDoc(
    id=1,
    document_id="case:1",
    source_kind="case",
    title="",
    text="我的快递到哪里了？",
    answer="您别着急。我看到签收时间是{date}，订单{order_no}的包裹放在驿站，退款金额{amount}。",
    version=1,
    span=(0, 9),
    language="zh",
)


def test_a_state_is_not_made_true_by_another_value() -> None:
    said = [sentence.text for sentence in adapt_reply(CASE.answer, "zh", CARD)]
    assert not any("签收" in text or "17:00" in text or "299" in text for text in said), said


def test_the_number_of_the_order_is_filled_in() -> None:
    said = [sentence.text for sentence in adapt_reply("订单{order_no}可以开电子发票。", "zh", CARD)]
    assert said == ["订单A100可以开电子发票。"]


def test_a_stated_record_is_not_followed_by_another_customers_case() -> None:
    classification = Classification("where_is_my_parcel", 0.99, (), "logistics", "normal", "zh", "m")
    question = Question("我的快递到哪里了？", SearchScope(), verified=True, records=(CARD,))
    draft = ExtractiveDrafter().draft(
        DraftRequest(question, "zh", classification, (Hit(CASE, 9.0, 0.99, 1, 9.0, 1),), "logistics")
    )
    assert draft.draft.kind == "record"
    assert {c.source_kind for c in draft.draft.citations} == {"record"}

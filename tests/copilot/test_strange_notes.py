"""Who can type into a parcel's trace does not speak for the shop: the draft that tells of it waits for an agent."""

from __future__ import annotations

import pytest

from copilot.facts import strange_notes
from retrieval.types import Citation, Draft, DraftSentence, Fact, RecordCard, Verdict

NOTE, PLACE = "请加微信领取补偿", "回复所有顾客"


def draft(text: str, record: str = "order:1") -> Draft:
    citation = Citation(1, "record", record, "订单", text)
    return Draft("record", "zh", (DraftSentence(text, (1,), Verdict.SUPPORTED),), (citation,), 0.9)


def card(kind: str, value: str) -> RecordCard:
    fact = Fact(kind, value, "order:1", ("物流说明", "carrier's note"))  # type: ignore[arg-type]
    return RecordCard("order:1", "订单", (fact,), ())


@pytest.mark.parametrize(("kind", "value"), [("text", NOTE), ("location", PLACE)])
def test_a_strange_note_that_the_draft_tells_of(kind: str, value: str) -> None:
    assert strange_notes((card(kind, value),), draft(f"最近一次更新：{value}")) == (value,)
    assert strange_notes((card(kind, value),), draft("包裹在路上")) == ()  # not told
    assert strange_notes((card(kind, value),), draft(value, "order:2")) == ()  # of an order that is not cited


@pytest.mark.parametrize(
    ("kind", "value"), [("text", "快件已到达南京转运中心"), ("location", "南京市"), ("status", NOTE)]
)
def test_what_is_ordinary_or_our_own_word(kind: str, value: str) -> None:
    assert strange_notes((card(kind, value),), draft(value)) == ()

"""What of a passage may be quoted by itself, and which of it is chosen."""

from __future__ import annotations

import pytest

from retrieval.draft.confidence import UNKNOWN_BELOW, confidence, features
from retrieval.draft.selection import candidates, select
from retrieval.draft.units import units
from retrieval.types import Classification, Hit, Verdict
from retrieval.verify.sentence import verify_sentence
from tests.retrieval.draft.fakes import passage

STEPS = "提交申请：\n- 打开“我的订单”，点申请售后。\n- 选择退货原因，上传照片。\n"
ENGLISH = "Do the following:\n\n1. Open the order page.\n2. Click **Cancel**.\n"


def texts(text: str, language: str = "zh") -> list[str]:
    return [unit.text for unit in units(text, language)]


@pytest.mark.parametrize(("text", "language"), [(STEPS, "zh"), (ENGLISH, "en")])
def test_a_lead_in_is_joined_with_its_list_and_still_supported(text: str, language: str) -> None:
    (only,) = texts(text, language)
    assert only.startswith(("提交申请：", "Do the following:")) and only.count("\n") == 2 and "**" not in only
    assert verify_sentence(only, [text])[0] is Verdict.SUPPORTED


def test_each_item_of_a_long_list_keeps_its_lead_in() -> None:
    items = [f"（{number}）{'不退的商品种类' * 6}{number}；" for number in "一二三四五六"]
    found = texts("下列商品除外：\n" + "\n".join(items))
    assert len(found) == 6 and all(text.startswith("下列商品除外：\n（") for text in found)


REFUNDS = """Refunds go back to the original payment method. After we issue the refund:

| Paid with | Takes |
|---|---|
| Store credit, Homeco gift card | up to 1 hour |
| PayPal | 3–5 business days |
| Credit card | 5–10 business days |
| Klarna | up to 14 days to update the plan that you have with them |
| Apple Pay, Google Pay | as the card behind it, on a business day |
"""


def test_a_table_is_quoted_whole_after_its_lead_in_and_a_long_one_row_by_row() -> None:
    found = texts(REFUNDS, "en")
    lead = "After we issue the refund:\n"
    assert len(found) == 2 and found[1].startswith(f"{lead}Store credit, Homeco gift card: up to 1 hour")
    assert found[1].count("\n") == 5 and verify_sentence(found[1], [REFUNDS])[0] is Verdict.SUPPORTED
    long = REFUNDS + "| Debit card | 5–10 business days |\n| Bank transfer | 5–10 business days |\n"
    rows = texts(long, "en")[1:]
    assert len(rows) == 7 and all(row.startswith(lead) and row.count("\n") == 1 for row in rows)
    hits = [Hit(passage(1, long, "When refunds arrive", language="en"), 1.0, 0.88, 1, 5.0, 1)]
    for asked, row in (("credit card", "Credit card: 5–10 business days."), ("PayPal", "PayPal: 3–5 business days.")):
        drafted = select(candidates(f"How long does a refund to my {asked} take?", hits, "en"))
        assert f"{lead}{row}" in [one.text for one in drafted]


def test_a_sentence_that_leans_on_the_one_before_is_quoted_with_it() -> None:
    assert texts("退货须在7天内申请。但已拆封的耳机不退。") == ["退货须在7天内申请。但已拆封的耳机不退。"]
    english = "You may return most items. However, mattresses cannot be returned."
    assert texts(english, "en") == [english]
    first = units("但已拆封的耳机不退。", "zh")[0]
    assert first.leaning


def test_headings_and_lead_ins_without_a_list_say_nothing() -> None:
    found = {
        unit.text: unit.empty
        for unit in units("消费者权益保护典型案例\n2022-03-15\n退货运费由买家承担。\n申请方法如下：", "zh")
    }
    assert found == {
        "消费者权益保护典型案例": True,
        "2022-03-15": True,
        "退货运费由买家承担。": False,
        "申请方法如下：": True,
    }


def chosen(question: str, text: str, title: str = "") -> str:
    hits = [Hit(passage(1, text, title), 1.0, 0.88, 1, 5.0, 1)]
    return select(candidates(question, hits, "zh"), 1)[0].text


def test_the_sentence_with_the_words_and_the_value_asked_for_is_chosen() -> None:
    text = "消费者退货的商品应当完好。退款在收到商品后七日内返还。退回商品的运费由消费者承担。"
    assert chosen("退货的运费谁承担", text) == "退回商品的运费由消费者承担。"
    assert chosen("退款多久返还", text) == "退款在收到商品后七日内返还。"


def test_words_that_no_passage_has_do_not_hide_the_answer() -> None:
    text = "经营者采用网络、电视等方式销售商品，消费者有权自收到商品之日起退货。退回商品的运费由消费者承担。"
    assert chosen("唉我昨天在直播间乱买的东西退货的运费由谁承担", text) == "退回商品的运费由消费者承担。"


def sure(question: str, agreement: int = 1) -> float:
    hits = [
        Hit(
            passage(1, "任何自称客服要求转账取消会员扣费的电话都是诈骗。", "谨防冒充客服诈骗"),
            1.0,
            0.89,
            agreement,
            9.0,
            agreement,
        ),
        Hit(passage(2, "会员每月享受折扣。", "会员权益"), 0.6, 0.85, 2, 3.0, 2),
    ]
    found = select(candidates(question, hits, "zh"))
    return confidence(features(question, "zh", hits, found, Classification("x", 0.6, (), None, "normal", "zh", "t")))


def test_a_chatty_message_is_not_unknown_for_its_chatter() -> None:
    chatty = "接到电话说我会员扣费要取消，还知道我买了什么，是你们吗 打字有点慢见谅"
    assert sure(chatty) >= UNKNOWN_BELOW
    assert sure(chatty, agreement=9) < sure(chatty)
    assert sure("明天天气怎么样", agreement=9) < sure(chatty)


def test_what_another_customer_asked_is_never_quoted() -> None:
    question = "电话客服几点上班"
    case = passage(7, "刚才机器人答非所问，我想问电话客服几点上班", source_kind="case", answer="每天九点。")
    article = passage(8, "电话客服每天九点上班。")
    found = candidates(question, [Hit(case, 1.0), Hit(article, 0.9)], "zh")
    assert [candidate.text for candidate in found] == ["电话客服每天九点上班。"]


def test_an_item_keeps_the_heading_that_gives_it_its_meaning() -> None:
    source = passage(1, "- 索要短信验证码；\n- 以会员到期为由让您转账。", "谨防诈骗", heading="防骗 > 我们永远不会")
    best = select(candidates("会员到期让我转账", [Hit(source, 1.0)], "zh"), 1)[0]
    assert best.text == "我们永远不会：\n以会员到期为由让您转账。"
    assert verify_sentence(best.text, [f"谨防诈骗 防骗 > 我们永远不会\n{source.text}"])[0] is not Verdict.UNSUPPORTED

"""Language by evidence: mixed texts are the rule in a shop."""

import pytest

from retrieval.language import detect


@pytest.mark.parametrize(
    "text",
    [
        "我的iPhone 15 Pro Max什么时候发货？",
        "SKU ABC-123 有货吗",
        "OPPO Find X7 Ultra 和 vivo X100 Pro 哪个好",
        "请问 free shipping 怎么算",
        "退款",
        "订单 JD3130012345 到哪了",
        "https://example.com/help/how-to-return-an-item-in-the-store 打不开",
        "ｉＰｈｏｎｅ能退吗",
    ],
)
def test_chinese_with_foreign_words(text: str) -> None:
    assert detect(text) == "zh"


@pytest.mark.parametrize(
    "text",
    [
        "Is the 小米手环 waterproof?",
        "Where is my order JD3130012345?",
        "Please send it to 上海市浦东新区世纪大道100号",
        "refund",
        "I didn’t get the 优惠券 that you promised me",
        "Où est ma commande ?",
        "ありがとうございます",
        "주문 취소",
    ],
)
def test_english_and_everything_else(text: str) -> None:
    assert detect(text) == "en"


def test_no_words_at_all_is_the_default() -> None:
    assert detect("3130012345 👍") == "zh"
    assert detect("3130012345 👍", default="en") == "en"
    assert detect("") == "zh"

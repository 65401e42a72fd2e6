"""What is only a courtesy, and what only looks like one: a question taken for a greeting is a bad answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from copilot.handover.reading import wants_person
from retrieval.small_talk import LONGEST, Courtesy, small_talk

COURTESIES = {
    Courtesy.GREETING: (
        "你好", "您好😊", "你好，在吗", "在吗", "在吗？？？", "有人吗", "客服在吗", "亲，在不在呀",
        "你好！请问在吗", "早", "你好吗",
        "好的，在吗？", "在吗，谢谢", "hi", "Hello!", "hi there", "are you there?", "Anyone there?", "good morning",
        "Hello\nhello在吗", "how are you?", "ｈｉ",
    ),
    Courtesy.THANKS: (
        "谢谢", "谢谢亲", "好的谢谢", "辛苦了", "谢谢🙏", "嗯，谢谢你啦", "非常感谢您的帮助", "太感谢了",
        "[微笑]谢谢", "谢谢！！！",
        "好的，麻烦您了", "你好，谢谢", "thanks", "Thank you so much!", "Hi, thanks!", "OK thank you bye",
        "Thanks for your help :)", "谢谢，再见",
    ),
    Courtesy.ASSENT: (
        "好的", "知道了", "嗯嗯", "收到", "好的👌", "👌", "好的好的，明白了", "哦", "ok, got it", "OKAY", "Sure",
        "great!",
    ),
    Courtesy.FAREWELL: ("再见", "拜拜~", "祝您生意兴隆", "好的，晚安", "bye", "Have a nice day!", "你好再见"),
}  # fmt: skip
MORE = (
    # a question, a wish, a complaint after the courtesy
    "你好，我的快递呢", "谢谢，那怎么退货", "有人吗？转人工", "在吗？？？我要投诉", "你好，我要退款",
    "好的，那什么时候发货", "转人工谢谢",
    "有客服吗", "人工客服在吗", "hi, refund", "hello, where is my parcel", "are you there? I want a refund",
    "ok but when",
    "hi 12345", "thank you for refunding me", "are you a bot",
    # a refusal, irony, anger
    "不用了谢谢", "没有了谢谢", "no thanks", "谢谢你们的垃圾服务", "呵呵谢谢", "thanks for nothing",
    "great, another delay", "谢谢😡",
    "太麻烦了", "行了",
    # an answer, or a question of the same words
    "是的", "对", "yes", "收到了", "没收到", "收到了吗", "知道了吗", "明白吗", "行吗", "可以吗", "好吗", "好了吗",
    "好的？", "ok?", "在哪",
    "还在路上吗", "在不在广州", "早就到了", "好久了",
    # nothing
    "", "   ", "?", "。。。", "😊", "请问", "亲", "dear",
    # words that begin like one
    "Delhi", "hiking", "oktoberfest", "this is great", "k2",
)  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in COURTESIES.items() for text in texts])
def test_a_courtesy_is_told_by_its_words(kind: Courtesy, text: str) -> None:
    assert small_talk(text) is kind
    assert not wants_person(text), "a wish for a person is none"


@pytest.mark.parametrize("text", MORE)
def test_whatever_says_more_is_no_courtesy(text: str) -> None:
    assert small_talk(text) is None


PIECES = st.sampled_from([text for texts in COURTESIES.values() for text in texts])
CONTENT = st.sampled_from(
    ["转人工", "我要退款", "快递呢", "投诉", "refund", "order 5", "为什么", "差评", "怎么办", "垃圾"]
)


@given(st.lists(PIECES, max_size=3), CONTENT, st.lists(PIECES, max_size=3))
def test_content_among_courtesies_is_never_lost(before: list[str], content: str, after: list[str]) -> None:
    assert small_talk(" ".join([*before, content, *after])) is None


@given(st.text(alphabet="在吗你好谢的了不人哦ok hi?？👌", max_size=LONGEST + 5))
def test_any_text_gets_a_verdict(text: str) -> None:
    assert small_talk(text) in (None, *Courtesy)


def test_a_long_text_is_not_looked_at() -> None:
    assert small_talk("谢谢" * (LONGEST // 2)) is Courtesy.THANKS
    assert small_talk("谢谢" * (LONGEST // 2) + "谢") is None

"""A customer's wish for a person in their own words; what counts as a repetition."""

from __future__ import annotations

import pytest

from copilot.handover.reading import wants_person
from copilot.handover.states import MEANINGS, Reason


@pytest.mark.parametrize(
    "text",
    ["转人工", "人工", "我要找真人客服", "不要机器人，叫你们经理来", "有真人吗",
     "I want to talk to a human", "agent please", "connect me to a real person",
     "can I speak with someone?", "stop the bot"],
)  # fmt: skip
def test_asks_for_a_person(text: str) -> None:
    assert wants_person(text)


@pytest.mark.parametrize(
    "text",
    [
        "我的快递到哪里了",
        "不用转人工了，谢谢",
        "人工智能音箱多少钱",
        "is this made of human hair?",
        "I don't need an agent, thanks",
    ],
)
def test_does_not(text: str) -> None:
    assert not wants_person(text)


def test_every_reason_is_told_in_both_languages() -> None:
    assert set(MEANINGS) == set(Reason) and all(set(told) == {"zh", "en"} for told in MEANINGS.values())

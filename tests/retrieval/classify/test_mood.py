"""Complaint levels, sentiment and urgency: what raises them, what does not, and what they forbid."""

from __future__ import annotations

import numpy as np
import pytest

from retrieval.classify.mood import Complaint, Mood, MoodPrototypes, Sentiment, mood_from_json, read_mood


@pytest.mark.parametrize(
    ("text", "level", "priority"),
    [
        ("再不退款我就打12315", Complaint.URGENT, "urgent"),
        ("吃完过敏住院了", Complaint.URGENT, "urgent"),
        ("I'll take you to court", Complaint.URGENT, "urgent"),
        ("已经联系第四次了，没人处理", Complaint.SERIOUS, "high"),
        ("你们卖的是假货，我要投诉", Complaint.SERIOUS, "high"),
        ("this is a rip-off", Complaint.SERIOUS, "high"),
        ("对质量很失望", Complaint.NORMAL, "normal"),
        ("I'm not happy with this", Complaint.NORMAL, "normal"),
        ("不太满意", Complaint.NORMAL, "normal"),
        ("请问什么时候发货", Complaint.NONE, "low"),
        ("no complaints at all, thank you", Complaint.NONE, "low"),
        ("投诉流程在哪里看", Complaint.NONE, "low"),
        ("is it faux? I want fake fur", Complaint.NONE, "low"),
    ],
)
def test_levels(text: str, level: Complaint, priority: str) -> None:
    mood = read_mood(text)
    assert (mood.complaint, mood.priority) == (level, priority), mood.reasons
    assert mood.forbids_auto == (level is not Complaint.NONE)
    assert (mood.sentiment is Sentiment.NEGATIVE) == mood.forbids_auto
    assert mood_from_json(mood.to_json()) == mood


def test_sentiment_and_urgency_without_a_complaint() -> None:
    assert read_mood("谢谢，东西很好").sentiment is Sentiment.POSITIVE
    assert read_mood("请尽快发货，急用").urgency == "high"
    assert read_mood("不急，慢慢来").urgency == "low"


def test_an_embedding_finds_a_complaint_of_the_lowest_level_only() -> None:
    prototypes = MoodPrototypes(
        np.eye(4, dtype=np.float32)[:1].repeat(3, 0), np.eye(4, dtype=np.float32)[1:2].repeat(3, 0)
    )
    near, far = np.eye(4, dtype=np.float32)[0], np.eye(4, dtype=np.float32)[1]
    assert read_mood("等了一个月", near, prototypes).complaint is Complaint.NORMAL
    assert read_mood("等了一个月", far, prototypes).complaint is Complaint.NONE
    assert read_mood("我要打12315", far, prototypes).complaint is Complaint.URGENT


def test_an_old_answer_without_a_mood_is_calm() -> None:
    assert mood_from_json(None) == Mood(Complaint.NONE, Sentiment.NEUTRAL, "low")

from __future__ import annotations

import re
from typing import Any

import pytest
import yaml

from demo.generate import ANCHOR
from demo.resources import ROOT
from tests.demo.articles import all_articles

QUESTIONS: dict[str, list[dict[str, Any]]] = yaml.safe_load((ROOT / "questions.yaml").read_text(encoding="utf-8"))
BY_ID = {article.id: article for article in all_articles()}


def test_there_are_enough_of_both_kinds_and_languages() -> None:
    answerable, unanswerable = QUESTIONS["answerable"], QUESTIONS["unanswerable"]
    assert len(answerable) >= 60 and len(unanswerable) >= 15
    for rows in (answerable, unanswerable):
        assert sum(row["language"] == "en" for row in rows) >= 0.3 * len(rows)
        assert sum(row["language"] == "zh" for row in rows) >= 0.3 * len(rows)
    texts = [row["text"] for rows in QUESTIONS.values() for row in rows]
    assert len(set(texts)) == len(texts)


@pytest.mark.parametrize("row", QUESTIONS["answerable"], ids=lambda row: row["text"][:30])
def test_a_shopper_may_read_the_answer_today(row: dict[str, Any]) -> None:
    for name in [row["article"], *row.get("also", [])]:
        article = BY_ID[name]
        assert article.meta["audience"] == "public"
        assert article.meta["shops"] in ([], [row["shop"]])
        assert article.language == row["language"]
        assert article.in_force(ANCHOR.date())


def test_questions_are_paraphrases() -> None:
    for row in QUESTIONS["answerable"]:
        article = BY_ID[row["article"]]
        assert row["text"].lower().rstrip("?？") not in article.body.lower()
        title = re.sub(r"\W", "", str(article.meta["title"]).lower())
        assert title not in re.sub(r"\W", "", row["text"].lower())

"""Drafts against answer spans: what counts, on a folder small enough to count by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput
from evals.beir import BeirQuery
from evals.drafting import QuestionHits, evaluate_drafting, tally
from evals.drafting_table import render_table
from retrieval.types import Hit
from tests.evals.test_retrieval import CharacterEncoder
from tests.retrieval.draft.fakes import passage

TEXT = "本店成立于杭州。退款在审核通过后三个工作日内到账。客服电话全天开放。"


def asked(answers: list[str], relevant: set[str]) -> QuestionHits:
    query = BeirQuery("q", "退款多久到账", {"answers": answers})
    return QuestionHits(query, (Hit(passage(1, TEXT), 1.0),), frozenset(relevant))


@pytest.mark.parametrize(
    ("sentence", "answers", "relevant", "gold"),
    [
        ("退款在审核通过后三个工作日内到账。", ["三个工作日"], {"article:1"}, 1),
        ("本店成立于杭州。", ["三个工作日"], {"article:1"}, 0),
        ("退款在审核通过后三个工作日内到账。", ["三个工作日"], {"article:9"}, 0),  # another document was cited
        (
            "退款在审核通过后三个工作日内到账。",
            ["三个工作日内到账。客服电话全天开放"],
            {"article:1"},
            1,
        ),  # a part of it
        ("退款在审核通过后三个工作日内到账。", [], set(), 0),  # unanswerable
        ("退款五天到账。", ["三个工作日"], {"article:1"}, 0),  # does not stand there
    ],
)
def test_a_sentence_is_gold_when_it_overlaps_an_answer_in_a_labelled_document(
    sentence: str, answers: list[str], relevant: set[str], gold: int
) -> None:
    found = tally(asked(answers, relevant), [(sentence, frozenset({"article:1"}))])
    assert (found.stated, found.gold, found.answerable) == (1, gold, bool(relevant))


def beir(folder: Path, answers: bool = True) -> Path:
    folder.mkdir()
    documents = [{"_id": "d1", "text": TEXT}, {"_id": "d2", "text": "会员日每月十八日，全场九折。"}]
    queries = [
        {"_id": "1", "text": "退款审核通过后多久到账？", "set": "a", "answers": ["三个工作日"]},
        {"_id": "2", "text": "会员日是每月哪天？", "set": "b", "answers": ["十八日"]},
        {"_id": "3", "text": "股票代码是多少？", "set": "b", "answers": []},
    ]
    if not answers:
        queries = [{key: value for key, value in row.items() if key != "answers"} for row in queries]
    (folder / "corpus.jsonl").write_text("\n".join(map(json.dumps, documents)), encoding="utf-8")
    (folder / "queries.jsonl").write_text("\n".join(map(json.dumps, queries)), encoding="utf-8")
    (folder / "qrels.tsv").write_text("1\td1\t1\n2\td2\t1\n", encoding="utf-8")
    return folder


def test_drafts_and_floor_are_measured_by_the_same_run(tmp_path: Path) -> None:
    report = evaluate_drafting(beir(tmp_path / "set"), CharacterEncoder(), tmp_path / "cache", group_by="set")
    overall = report.overall
    assert (overall.questions, overall.unanswerable) == (2, 1)
    assert overall.floor_answerable.mean == 0.5  # d2 has but one sentence, the first of d1 does not answer
    assert overall.floor.mean == pytest.approx(1 / 3)
    assert set(report.groups) == {"a", "b"} and report.groups["b"].unanswerable == 1
    assert set(report.to_json()) >= {"gold_share", "floor", "times_floor", "answered", "groups", "versions"}
    found = overall.selective
    assert found.questions == 3 and found.right == pytest.approx(2 / 3) == overall.reachable
    assert found.aurc_best == pytest.approx((0 + 0 + 1 / 3) / 3), "the unanswerable one is never right"
    assert "first sentence" in render_table(report) and "coverage at 90% right" in render_table(report)


def test_questions_without_answer_spans_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="answers"):
        evaluate_drafting(beir(tmp_path / "set", answers=False), CharacterEncoder(), tmp_path / "cache")

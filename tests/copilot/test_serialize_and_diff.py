"""What is stored of an answer and of an edit gives back all of it."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.review import text_diff
from copilot.serialize import answer_from_json, answer_to_json, sentence_from_json, sentence_to_json
from retrieval.types import (
    Answer,
    Citation,
    Classification,
    Draft,
    DraftSentence,
    Hit,
    PassageDoc,
    Verdict,
)

texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=30)
numbers = st.floats(allow_nan=False, allow_infinity=False, width=32)
times = st.none() | st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC))
ids = st.integers(0, 2**53)
spans = st.tuples(st.integers(0, 999), st.integers(0, 999))
sentences = st.builds(
    DraftSentence, texts, st.lists(ids, max_size=3).map(tuple), st.sampled_from(Verdict), st.lists(texts).map(tuple)
)
passages = st.builds(
    PassageDoc,
    id=ids, document_id=texts, source_kind=texts, title=texts, text=texts, version=ids, span=spans, language=texts,
    audience=texts, shops=st.lists(ids, max_size=3).map(tuple), valid_from=times, valid_to=times, published_at=times,
    heading=texts, answer=texts, category=texts, intent=texts,
)  # fmt: skip
plain_hits = st.builds(
    Hit, passages, numbers, st.none() | numbers, st.none() | ids, st.none() | numbers, st.none() | ids
)
hits = st.builds(
    lambda hit, beside: replace(hit, beside=beside), plain_hits, st.lists(plain_hits, max_size=2).map(tuple)
)
citations = st.builds(
    Citation, ids, texts, texts, texts, texts, st.none() | ids, st.none() | ids, st.none() | spans, texts, times, texts
)
answers = st.builds(
    Answer,
    question=texts,
    classification=st.builds(
        Classification,
        st.none() | texts, numbers, st.lists(st.tuples(texts, numbers), max_size=3).map(tuple), st.none() | texts,
        texts, texts, texts, st.booleans(), numbers, st.lists(texts, max_size=2).map(tuple),
    ),
    hits=st.lists(hits, max_size=3).map(tuple),
    draft=st.builds(
        Draft, texts, texts, st.lists(sentences, max_size=3).map(tuple), st.lists(citations, max_size=3).map(tuple),
        numbers,
    ),
    versions=st.dictionaries(texts, texts, max_size=3),
    latency_ms=st.dictionaries(texts, numbers, max_size=3),
    extras=st.dictionaries(texts, st.booleans() | ids | texts, max_size=3),
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(answers)
def test_an_answer_survives_its_json(answer: Answer) -> None:
    stored = json.dumps(answer_to_json(answer), ensure_ascii=False, allow_nan=False)
    assert answer_from_json(json.loads(stored)) == answer


@settings(max_examples=30, deadline=None)
@given(answers)
def test_an_answer_stored_before_passages_came_beside_hits_is_read(answer: Answer) -> None:
    stored = answer_to_json(answer)
    for hit in stored["hits"]:
        del hit["beside"]
    plain = tuple(replace(hit, beside=()) for hit in answer.hits)
    assert answer_from_json(stored) == replace(answer, hits=plain)


@given(sentences)
def test_a_streamed_sentence_survives_its_json(sentence: DraftSentence) -> None:
    assert sentence_from_json(json.loads(json.dumps(sentence_to_json(sentence)))) == sentence


def test_numbers_of_numpy_and_what_is_no_number_are_stored_as_json_knows_them() -> None:
    classification = Classification("a", float("nan"), (("a", np.float32(0.5)),), None, "normal", "zh", "c")  # type: ignore[arg-type]
    draft = Draft("llm", "zh", (), (), float("inf"))
    extras = {"flag": np.bool_(True), "count": np.int64(3), "names": frozenset({"x"})}
    plain = answer_to_json(Answer("q", classification, (), draft, {}, {}, extras))
    stored = json.loads(json.dumps(plain, allow_nan=False))  # PostgreSQL refuses NaN and Infinity
    assert stored["classification"]["confidence"] == 0 and stored["draft"]["confidence"] == 0
    assert stored["classification"]["ranking"] == [["a", 0.5]]
    assert stored["extras"] == {"flag": True, "count": 3, "names": ["x"]} and stored["extras"]["flag"] is True


WORDS = ["订单3130", " ", "\n", "refund", "7 天", "1,299.00元", "，", "a-b", "😀", "2026-11-22", "您好"]
written = st.text(max_size=60) | st.lists(st.sampled_from(WORDS), max_size=20).map("".join)


@settings(max_examples=300, deadline=None)
@given(written, written)
def test_a_diff_holds_both_texts_whole(before: str, after: str) -> None:
    parts = text_diff(before, after)
    assert "".join(part["before"] for part in parts) == before
    assert "".join(part["after"] for part in parts) == after
    for part in parts:
        assert (part["before"] == part["after"]) == (part["op"] == "equal")
        assert part["op"] != "insert" or not part["before"]
        assert part["op"] != "delete" or not part["after"]


def test_a_changed_number_is_one_change() -> None:
    parts = text_diff("运费 12.50 元，3 天到账。", "运费 15.00 元，3 天到账。")
    assert [(p["before"], p["after"]) for p in parts if p["op"] != "equal"] == [("12.50", "15.00")]

"""Whole drafts: a sentence is held against what it cites and nothing else."""

from __future__ import annotations

from retrieval.draft.compose import Composition, record_citation
from retrieval.types import Draft, Verdict
from retrieval.verify import verify_draft
from tests.retrieval.draft.fakes import card

MINE = card(1, "313021098954", "JD1234567890")
OTHER = card(2, "316123105676", "JD9876543210")


def draft(text: str, *cards: object) -> Draft:
    composition = Composition("zh")
    composition.state(text, *(record_citation(c, "zh") for c in cards))  # type: ignore[arg-type]
    return Draft("record", "zh", tuple(composition.sentences), tuple(composition.citations), 1.0)


def test_facts_of_another_order_do_not_support() -> None:
    sentence = "快递单号是JD9876543210。"
    wrong = verify_draft(draft(sentence, MINE), [MINE, OTHER])
    right = verify_draft(draft(sentence, OTHER), [MINE, OTHER])
    assert wrong.sentences[0].verdict is Verdict.UNSUPPORTED
    assert right.sentences[0].verdict is Verdict.SUPPORTED and right.all_supported


def test_a_sentence_without_a_citation_is_unsupported() -> None:
    assert verify_draft(draft("快递单号是JD1234567890。"), [MINE]).sentences[0].verdict is Verdict.UNSUPPORTED


def test_a_blank_never_gets_into_a_composition() -> None:
    composition = Composition("zh")
    assert not composition.state("您的订单{order_no}已发货。", record_citation(MINE, "zh"))
    assert not composition.sentences and composition.dropped

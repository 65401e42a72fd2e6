"""Sending without an agent needs every rule; whatever else happens, no rule is skipped."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from copilot.decide import AUDIT, OF_THE_GRANT, RULES, Circumstances, GrantTerms, decide
from copilot.handover.states import Reason
from copilot.models import GrantOrigin, Outcome
from retrieval.classify.mood import Complaint, Mood, Sentiment
from retrieval.types import Answer, Citation, DraftSentence, Verdict
from tests.copilot.world import INTENT, SUPPORTED, an_answer

GRANT = GrantTerms(3, INTENT, 0.5)
EARNED = GrantTerms(4, INTENT, 0.97, GrantOrigin.EARNED, "a1", 0.25)
CLEAR = Circumstances(
    grant=GRANT, never_auto=False, bot_stopped=False, agent_present=False, newest=True, sources_valid=True,
    priority="normal", unasked=True,
)  # fmt: skip
UNSUPPORTED = DraftSentence("明天到。", (1,), Verdict.UNSUPPORTED, ("date is not in the source",))
UNCERTAIN = DraftSentence("大概明天到。", (1,), Verdict.UNCERTAIN)
PROMISED = DraftSentence(
    "我已为您退款。", (1,), Verdict.SUPPORTED, ("promises an action that no record shows: refund",)
)
TRANSFER = DraftSentence("稍后由人工客服为您跟进。", (), Verdict.NOT_A_CLAIM)
GREETING = DraftSentence("您好！", (), Verdict.NOT_A_CLAIM)
COURTESY = (GREETING, DraftSentence("请问有什么可以帮您？", (), Verdict.NOT_A_CLAIM))
SMALL_TALK = GrantTerms(5, "greeting_thanks", 0.5)
ARTICLE = Citation(1, "article", "article:8", "发货", "当天发货", passage_id=8)
CASE = Citation(1, "case", "case:7", "换货", "验货要三天", passage_id=7)
INTERNAL = Citation(1, "article", "article:9", "内部", "内部口径", passage_id=9, audience="internal")


def with_extras(**extras: Any) -> Answer:
    answer = an_answer()
    return replace(answer, extras={**answer.extras, **extras})


def a_courtesy(courtesy: str = "greeting", **values: Any) -> Answer:
    answer = an_answer(*COURTESY, **{"kind": "courtesy", "citations": (), "intent": "greeting_thanks", **values})
    return replace(answer, extras={**answer.extras, "courtesy": courtesy})


BROKEN: dict[str, list[tuple[Answer, Circumstances]]] = {
    "granted": [(an_answer(), replace(CLEAR, grant=None))],
    "intent_certain": [
        (an_answer(intent="return_policy"), CLEAR),
        (an_answer(intent=None, abstained=True), CLEAR),
        (an_answer(abstained=True), CLEAR),
        (a_courtesy(intent=INTENT), CLEAR),  # no grant for questions sends one
    ],
    "intent_allowed": [(an_answer(), replace(CLEAR, never_auto=True))],
    "answered": [(an_answer(kind="unknown"), CLEAR), (with_extras(facts_alone=True), CLEAR)],
    "supported": [
        (an_answer(SUPPORTED, UNSUPPORTED), CLEAR),
        (an_answer(UNCERTAIN), CLEAR),
        (an_answer(GREETING), CLEAR),  # says nothing
        (an_answer(SUPPORTED, UNSUPPORTED, kind="courtesy"), CLEAR),
        (an_answer(GREETING, kind="courtesy"), CLEAR),  # it cites
    ],
    "confident": [
        (an_answer(confidence=0.49), CLEAR),
        (with_extras(acceptance={"score": 0.96, "version": "a1"}), replace(CLEAR, grant=EARNED)),
        (
            with_extras(acceptance={"score": 1.0, "version": "a2"}),
            replace(CLEAR, grant=EARNED),
        ),  # another model's score
        (an_answer(confidence=1.0), replace(CLEAR, grant=EARNED)),
    ],
    "from_records": [
        (an_answer(kind=kind, topic="logistics", citations=(ARTICLE,)), CLEAR) for kind in ("extractive", "llm")
    ],
    "public_sources": [(an_answer(citations=(INTERNAL,)), CLEAR)],
    "sources_valid": [(an_answer(), replace(CLEAR, sources_valid=False))],
    "no_agent": [(an_answer(), replace(CLEAR, agent_present=True))],
    "not_stopped": [(an_answer(), replace(CLEAR, bot_stopped=True))],
    "newest": [(an_answer(), replace(CLEAR, newest=False))],
    "unasked": [(an_answer(), replace(CLEAR, unasked=False))],
    "content": [
        (with_extras(mood=mood.to_json()), CLEAR)
        for mood in (
            Mood(Complaint.NORMAL, Sentiment.NEGATIVE, "low"),
            Mood(Complaint.NONE, Sentiment.NEGATIVE, "low"),
            Mood(Complaint.URGENT, Sentiment.NEGATIVE, "urgent"),
        )
    ],
    "no_promise": [(an_answer(PROMISED), CLEAR), (an_answer(SUPPORTED, TRANSFER), CLEAR)],
    "no_person_wanted": [(an_answer(), replace(CLEAR, wants_person=True))],
    "ordinary_notes": [(an_answer(), replace(CLEAR, strange_notes=("请加微信领取补偿",)))],
    "new": [(an_answer(), replace(CLEAR, repeats=True))],
    "calm": [(an_answer(), replace(CLEAR, priority=p)) for p in ("high", "urgent")],
}


def test_when_nothing_speaks_against_it_it_is_sent() -> None:
    ruling = decide(an_answer(GREETING, SUPPORTED), CLEAR)
    assert ruling.outcome == Outcome.AUTO_SEND and ruling.grant_id == GRANT.id
    assert [item["rule"] for item in ruling.evidence] == list(RULES)


def test_a_policy_question_of_a_record_intent_needs_no_record() -> None:
    answer = an_answer(kind="extractive", topic="order", citations=(ARTICLE,))
    assert decide(answer, CLEAR).outcome != Outcome.AUTO_SEND
    answer = replace(answer, extras={"topic": "order", "own_records": False})
    assert decide(answer, CLEAR).outcome == Outcome.AUTO_SEND


def test_another_customers_case_is_no_answer_to_an_intent_that_records_answer() -> None:
    """ "How long is it checked once I sent it back?" was taken for "where is my parcel" and answered from a case."""
    extras = {"topic": "logistics", "own_records": False, "stated": True}
    answer = replace(an_answer(kind="extractive", citations=(CASE,)), extras=extras)
    ruling = decide(answer, CLEAR)
    assert (ruling.outcome, ruling.reason) == (Outcome.SUGGEST, "from_records")
    beside = replace(answer, extras={**extras, "stated": False})  # a price guarantee: the order only stands beside
    assert decide(beside, CLEAR).outcome == Outcome.AUTO_SEND


@pytest.mark.parametrize(("draw", "outcome", "propensity"), [(0.24, "suggest", 0.25), (0.25, "auto_send", 0.75)])
def test_an_earned_answer_is_drawn_for_review_with_its_probability_kept(
    draw: float, outcome: str, propensity: float
) -> None:
    answer = with_extras(acceptance={"score": 0.97, "version": "a1"})
    ruling = decide(answer, replace(CLEAR, grant=EARNED, draw=draw))
    assert (ruling.outcome, ruling.propensity, ruling.grant_id) == (outcome, propensity, EARNED.id)
    assert (ruling.reason == AUDIT) == (outcome == "suggest")
    assert all(item["passed"] for item in ruling.evidence)


def test_without_a_grant_the_other_rules_still_tell_whether_it_could_be_sent() -> None:
    """What is judged before there is autonomy must be a sample of what would be sent."""
    ruling = decide(an_answer(), replace(CLEAR, grant=None))
    assert {item["rule"] for item in ruling.evidence if not item["passed"]} == OF_THE_GRANT


def _detail(answer: Answer, now: Circumstances, rule: str) -> str:
    return next(str(item["detail"]) for item in decide(answer, now).evidence if item["rule"] == rule)


def test_what_is_found_twice_is_told_once() -> None:
    note, other = "请加微信领取补偿", "快件查询异常"
    now = replace(CLEAR, strange_notes=(note, other, note))
    assert _detail(an_answer(), now, "ordinary_notes") == f"{note} | {other}"
    assert _detail(an_answer(UNSUPPORTED, UNSUPPORTED), CLEAR, "supported").count(UNSUPPORTED.text) == 1
    assert _detail(an_answer(citations=(INTERNAL, INTERNAL)), CLEAR, "public_sources") == INTERNAL.title


def test_sentences_that_claim_nothing_are_not_called_supported() -> None:
    nothing = an_answer(GREETING, kind="unknown", citations=())
    assert _detail(nothing, CLEAR, "supported") == "no sentence makes a claim"
    assert _detail(an_answer(), CLEAR, "supported") == "every sentence is supported"


def test_the_customers_own_wish_comes_first() -> None:
    assert decide(an_answer(kind="unknown"), replace(CLEAR, wants_person=True)).reason == Reason.CUSTOMER_ASKED


@pytest.mark.parametrize("sentences", [(GREETING, UNCERTAIN), (SUPPORTED, UNSUPPORTED), (SUPPORTED,)])
def test_what_a_model_says_from_far_off_sources_is_handed_over(sentences: tuple[DraftSentence, ...]) -> None:
    ruling = decide(an_answer(*sentences, kind="llm", confidence=0.34, citations=(ARTICLE,)), CLEAR)
    assert (ruling.outcome, ruling.reason) == (Outcome.HAND_OVER, Reason.NO_KNOWLEDGE)
    near = an_answer(*sentences, kind="llm", confidence=0.35, citations=(ARTICLE,))
    assert decide(near, CLEAR).outcome != Outcome.HAND_OVER


def test_what_a_model_says_from_the_customers_records_needs_no_near_source() -> None:
    free = replace(CLEAR, grant=replace(GRANT, min_confidence=0.0))
    assert decide(an_answer(kind="llm", confidence=0.1), free).outcome == Outcome.AUTO_SEND
    unsupported = an_answer(GREETING, UNCERTAIN, kind="llm", confidence=0.1)
    assert decide(unsupported, free).outcome == Outcome.HAND_OVER


def test_a_courtesy_is_sent_under_a_grant_of_its_own_and_otherwise_suggested() -> None:
    ruling = decide(a_courtesy(), replace(CLEAR, grant=SMALL_TALK))
    assert (ruling.outcome, ruling.grant_id) == (Outcome.AUTO_SEND, SMALL_TALK.id)
    ungranted = decide(a_courtesy(), replace(CLEAR, grant=None))
    assert (ungranted.outcome, ungranted.reason) == (Outcome.SUGGEST, "granted")
    assert {item["rule"] for item in ungranted.evidence if not item["passed"]} == OF_THE_GRANT
    assert decide(a_courtesy(intent=INTENT), CLEAR).outcome == Outcome.SUGGEST


@pytest.mark.parametrize(
    "now",
    [
        {"never_auto": True}, {"bot_stopped": True}, {"agent_present": True}, {"newest": False}, {"unasked": False},
        {"priority": "high"}, {"wants_person": True}, {"repeats": True},
    ],
)  # fmt: skip
@pytest.mark.parametrize("courtesy", ["greeting", "thanks"])
def test_no_rule_is_waived_for_a_courtesy(courtesy: str, now: dict[str, Any]) -> None:
    granted = replace(CLEAR, grant=SMALL_TALK)
    assert decide(a_courtesy(courtesy), replace(granted, **now)).outcome != Outcome.AUTO_SEND
    assert decide(a_courtesy(courtesy, confidence=0.49), granted).outcome == Outcome.SUGGEST


def test_nobody_is_handed_over_for_a_courtesy_but_who_looks_for_somebody_in_vain() -> None:
    """Nor is "嗯" that the classifier knows nothing of, or a second thank-you; a wish for a person comes first."""
    granted = replace(CLEAR, grant=SMALL_TALK)
    unknown = a_courtesy("assent", intent=None, abstained=True)
    assert decide(unknown, replace(granted, never_auto=True)).outcome == Outcome.SUGGEST
    assert decide(a_courtesy(confidence=0.01), granted).outcome == Outcome.SUGGEST
    twice = replace(granted, repeats=True)
    assert decide(a_courtesy("thanks"), twice).outcome == Outcome.SUGGEST
    assert decide(a_courtesy("greeting"), twice).reason == Reason.LOOP
    assert decide(a_courtesy(intent="human_agent"), replace(granted, never_auto=True)).reason == Reason.POLICY
    assert decide(a_courtesy(), replace(granted, wants_person=True)).reason == Reason.CUSTOMER_ASKED


def test_every_rule_is_broken_here() -> None:
    assert set(BROKEN) == set(RULES)


@pytest.mark.parametrize("rule", list(RULES))
def test_one_rule_that_fails_forbids_sending(rule: str) -> None:
    for answer, now in BROKEN[rule]:
        ruling = decide(answer, now)
        assert ruling.outcome != Outcome.AUTO_SEND and ruling.grant_id is None
        assert not next(item for item in ruling.evidence if item["rule"] == rule)["passed"]


answers = st.builds(
    an_answer,
    st.sampled_from([SUPPORTED, UNSUPPORTED, UNCERTAIN, GREETING]),
    st.sampled_from([SUPPORTED, UNSUPPORTED, UNCERTAIN, GREETING]),
    citations=st.sampled_from([(), (INTERNAL,), an_answer().draft.citations]),
    kind=st.sampled_from(["record", "extractive", "llm", "unknown"]),
    confidence=st.sampled_from([0.0, 0.49, 0.5, 1.0]),
    intent=st.sampled_from([INTENT, "other", None]),
    abstained=st.booleans(),
    topic=st.sampled_from(["", "logistics"]),
)
circumstances = st.builds(
    Circumstances,
    grant=st.sampled_from([None, GRANT]),
    never_auto=st.booleans(),
    bot_stopped=st.booleans(),
    agent_present=st.booleans(),
    newest=st.booleans(),
    sources_valid=st.booleans(),
    priority=st.sampled_from(["low", "normal", "high", "urgent"]),
    unasked=st.booleans(),
    wants_person=st.booleans(),
    repeats=st.booleans(),
)


def mostly(values: st.SearchStrategy[Any], usual: Any) -> st.SearchStrategy[Any]:
    """Often the value that passes, or sending would never be reached."""
    return st.one_of(st.just(usual), st.just(usual), values)


@settings(max_examples=400, deadline=None)
@given(mostly(answers, an_answer()), mostly(circumstances, CLEAR))
def test_the_truth_table(answer: Answer, now: Circumstances) -> None:
    """The policy, written down a second time."""
    ruling = decide(answer, now)
    may_send = (
        now.grant is not None
        and answer.classification.intent == now.grant.intent
        and not answer.classification.abstained
        and answer.draft.confidence >= now.grant.min_confidence
        and answer.draft.kind != "unknown"
        and (not answer.extras["topic"] or any(c.source_kind == "record" for c in answer.draft.citations))
        and all(s.verdict in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM) for s in answer.draft.sentences)
        and any(s.verdict == Verdict.SUPPORTED for s in answer.draft.sentences)
        and all(c.audience == "public" for c in answer.draft.citations)
        and now.sources_valid
        and now.newest
        and now.unasked
        and not (now.never_auto or now.bot_stopped or now.agent_present)
        and now.priority in ("low", "normal")
        and not (now.wants_person or now.repeats)
    )
    assert (ruling.outcome == Outcome.AUTO_SEND) == may_send
    assert all(item["passed"] for item in ruling.evidence) == may_send
    assert len(ruling.evidence) == len(RULES)
    far_off = answer.draft.kind == "llm" and answer.draft.confidence < 0.35
    if answer.draft.citations[:1] and answer.draft.citations[0].source_kind == "record":
        far_off = far_off and not any(s.citations and s.verdict == Verdict.SUPPORTED for s in answer.draft.sentences)
    if (
        now.wants_person
        or answer.draft.kind == "unknown"
        or far_off
        or now.never_auto
        or (now.grant and now.repeats and now.unasked)
    ):
        assert ruling.outcome == Outcome.HAND_OVER and ruling.reason in list(Reason)
    elif ruling.outcome == Outcome.HAND_OVER:
        assert ruling.reason == Reason.LOW_CONFIDENCE and answer.draft.confidence < 0.25
    elif not may_send:
        assert ruling.outcome == Outcome.SUGGEST and ruling.reason in RULES

"""Which of the customer's orders the question is about, and the sentences that state its facts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from retrieval.draft.asked import WRITTEN_NUMBER, asks_about_own_records
from retrieval.draft.kinds import asks_time
from retrieval.draft.request import DraftRequest, asks_for_facts, sure_intent
from retrieval.types import Fact, RecordCard
from retrieval.verify.quantities import identifier

RECORD_SENTENCES = 3
_NUMBERS = ("order_no", "tracking_no")
_ENDED = re.compile(
    r"签收|完成|取消|关闭|已退款|delivered|cancell?ed|closed|complete|returned|refunded|exchanged", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class RecordChoice:
    """`card` is None when there is nothing to state; `ask` is the courtesy to say instead or besides ("" for none).

    `how`: named, product, only, active, latest, unverified, unknown_number, no_orders or none.
    """

    card: RecordCard | None
    how: str
    ask: str = ""


def choose_record(request: DraftRequest) -> RecordChoice:
    """The order named by number, else by product, else the newest one still under way, else the newest.

    `Question.records` is newest first. An unverified customer gets no facts. A number that is none of this customer's
    orders is never answered with another order.
    """
    question = request.question
    own = asks_about_own_records(question.text)
    if not request.topic:
        return RecordChoice(None, "none")
    if not question.verified:
        return RecordChoice(None, "unverified", "ask_verify") if own else RecordChoice(None, "none")
    text = f"{question.subject} {question.text}"
    written = {identifier(found) for found in WRITTEN_NUMBER.findall(text)}
    for card in question.records:
        if {identifier(f.value) for f in card.facts if f.kind in _NUMBERS} & written:
            return RecordChoice(card, "named")
    if written:
        return RecordChoice(None, "unknown_number", "not_your_order" if own else "ask_order")
    if not question.records:
        return RecordChoice(None, "no_orders", "no_orders") if own else RecordChoice(None, "none")
    # A question that does not speak of an order of one's own is about one only when its intent is beyond doubt.
    sure = request.topic != "order" and request.classification.intent and sure_intent(request.classification)
    if not (own or sure):
        return RecordChoice(None, "none")
    cards = [c for c in question.records if record_sentences(c, request.language, request.topic)]
    if not cards:
        return RecordChoice(None, "none", "ask_order")
    if by_product := [c for c in cards if _names_product(text, c.facts)]:
        return RecordChoice(by_product[0], "product", "other_order" if len(by_product) > 1 else "")
    if len(cards) == 1:
        return RecordChoice(cards[0], "only")
    spoken = "zh" if request.language == "zh" else "en"
    if request.topic == "refund" and (cases := [c for c in cards if c.sentences.get(f"{spoken}:refund")]):
        return RecordChoice(cases[0], "only" if len(cases) == 1 else "active", "other_order" if len(cases) > 1 else "")
    active = [c for c in cards if not any(_ENDED.search(f.value) for f in c.facts if f.kind == "status")]
    if active:
        return RecordChoice(active[0], "active", "other_order" if len(active) > 1 else "")
    return RecordChoice(cards[0], "latest", "other_order")


def record_sentences(card: RecordCard, language: str, topic: str) -> Sequence[str]:
    """The card's sentences for a topic ("zh:logistics"), that there are none ("zh:refund_none"), or general ones."""
    spoken = "zh" if language == "zh" else "en"
    said = (card.sentences.get(f"{spoken}:{key}") for key in (topic, f"{topic}_none", "order"))
    return next((lines for lines in said if lines), ())


def record_lines(choice: RecordChoice, request: DraftRequest) -> Sequence[str]:
    """What a draft states of the chosen record, at most RECORD_SENTENCES lines."""
    if choice.card is None:
        return ()
    return record_sentences(choice.card, request.language, request.topic)[:RECORD_SENTENCES]


def facts_told(choice: RecordChoice, request: DraftRequest) -> bool:
    """Whether the chosen record has facts on the very state that was asked for: that it has no refund to tell of is no
    answer to where the refund is."""
    spoken = "zh" if request.language == "zh" else "en"
    return choice.card is not None and bool(choice.card.sentences.get(f"{spoken}:{request.topic}"))


def facts_answer(choice: RecordChoice, request: DraftRequest) -> bool:
    """Whether the chosen record answers by itself, because its facts are what was asked for and nothing else was."""
    return facts_told(choice, request) and asks_for_facts(request)


def lacks_record(choice: RecordChoice, request: DraftRequest) -> bool:
    """Whether the state of an order of the customer's own is asked for, and nothing else, and there is none to state:
    not verified, no order, or not theirs. No article answers that, but for when a refund comes, which is a rule too."""
    if request.topic == "refund" and asks_time(request.question.text):
        return False
    return choice.card is None and bool(choice.ask) and asks_for_facts(request)


def _names_product(text: str, facts: Sequence[Fact]) -> bool:
    lowered = text.lower()
    for fact in facts:
        if fact.kind == "product":
            words = re.findall(r"[a-z0-9]{4,}|[一-鿿]{2,}", fact.value.lower())
            if any(word in lowered for word in words) or any(
                word[i : i + 3] in lowered for word in words if not word.isascii() for i in range(len(word) - 2)
            ):
                return True
    return False

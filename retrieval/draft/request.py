"""What every drafter is given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from retrieval.types import INTERNAL, Classification, Draft, Hit, Language, Question, SearchScope

STAFF_AUDIENCES = frozenset({INTERNAL, "agent", "editor", "supervisor", "admin"})
TOPICS = ("logistics", "refund", "order")

_TOPIC_CUES = (
    (
        "refund",
        re.compile(
            r"退款.{0,8}(?:进度|到账|到了|没到|没收到|什么时候|多久|几天|查|状态|哪)|(?:钱"
            r"|款).{0,6}(?:退|到账)|退.{0,3}钱"
            r"|\b(?:my|the) refund\b|\brefund\b.{0,30}\b(?:status|arriv|receiv|yet|when"
            r"|where|how long|progress)|money back",
            re.IGNORECASE,
        ),
    ),
    (
        "logistics",
        re.compile(
            r"到哪|物流|快递(?!费)|包裹|派送|运单|单号.{0,4}查|(?:没|未)(?:有)?(?:收到"
            r"|发货|送到)|(?:什么时候|几时|何时|多久|几天).{0,4}(?:发货|送到|到货|能到)"
            r"|发货了[吗没]"
            r"|\btrack(?:ing)?\b|\b(?:parcel|package|shipment)\b|where(?:'s| is| are)? my"
            r"|\b(?:shipped|arrive[ds]?|deliver(?:y|ed)) ?(?:yet|when|status)?",
            re.IGNORECASE,
        ),
    ),
    (
        "order",
        re.compile(
            r"我的?订单|订单.{0,6}(?:状态|情况|进度|信息|查)|\bmy order\b|\border (?:status|number|#)", re.IGNORECASE
        ),
    ),
)
_STATE = re.compile(
    r"状态|情况|进度|到哪|怎么样了|发货了?[吗没]|查(?:一下|询|下)?.{0,4}(?:订单|单)|(?:订单|单).{0,4}查"
    r"|\b(?:status|progress|track\w*)\b|\bwhere(?:'s| is| are)?\b|\b(?:shipped|paid|confirmed) (?:yet|already)",
    re.IGNORECASE,
)
_STATE_INTENT = "order_status"
_OWN = re.compile(
    r"我的?(?:订单|包裹|快递|退款|钱|货|东西|商品|件|单|物流|买|下)|我.{0,6}(?:买"
    r"|下单|订|退)|到哪|没收到|还没|单号|订单号|发货了|\d{6,}"
    r"|\bmy (?:order|parcel|package|refund|shipment|money|item|delivery)|\bi (?:bought"
    r"|ordered|returned|paid)|where(?:'s| is)|#\w+",
    re.IGNORECASE,
)


def topic_of(text: str, intent_topic: str = "") -> str:
    """ "logistics", "refund", "order" or "": which of the customer's records the question is about.

    `intent_topic` is what the classified intent needs; words in the text decide when it needs nothing.
    """
    if intent_topic in TOPICS:
        return intent_topic
    return next((topic for topic, cue in _TOPIC_CUES if cue.search(text)), "")


def asks_about_own_records(text: str) -> bool:
    """Whether the customer means an order of their own ("where is my parcel") and not the policy."""
    return _OWN.search(text) is not None


def sources_for_customer(hits: Sequence[Hit], scope: SearchScope) -> tuple[Hit, ...]:
    """The hits that a reply to the customer may use: in scope, and not for staff even when staff searches."""
    allowed = scope.audiences - STAFF_AUDIENCES
    return tuple(hit for hit in hits if hit.passage.audience in allowed)


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """`hits` are already limited to what the customer may see; `topic` is from `topic_of`."""

    question: Question
    language: Language
    classification: Classification
    hits: tuple[Hit, ...]
    topic: str = ""


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft, not verified yet, with the evidence for its confidence (`Answer.extras`)."""

    draft: Draft
    extras: Mapping[str, Any] = field(default_factory=dict)


def asks_for_state(request: DraftRequest) -> bool:
    """Whether the facts of the order answer by themselves. They do not where the customer asks what may be done with
    the order ("can I still change the address"): there they belong to an answer that has to come from an article.
    """
    if request.topic != "order" or _STATE.search(request.question.text):
        return True
    found = request.classification
    return not found.abstained and found.intent == _STATE_INTENT

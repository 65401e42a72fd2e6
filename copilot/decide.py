"""Send by itself, suggest to an agent, or hand over: rules as data, each with its evidence. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from copilot.models import Outcome
from retrieval.types import PUBLIC, Answer, Verdict

RULE_VERSION = "manual-grants-2"


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What a supervisor allowed: answers of `intent` with at least `min_confidence`, under grant `id`."""

    id: int
    intent: str
    min_confidence: float


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the records say about the ticket at the moment of the decision."""

    grant: GrantTerms | None
    never_auto: bool  # the intent is flagged: complaint, a wish for a person …
    bot_stopped: bool  # handed over before
    agent_present: bool  # an agent is assigned or has answered
    newest: bool  # no newer customer message
    sources_valid: bool  # every cited source is still published, valid and for this audience
    priority: str
    unasked: bool = True  # drafted because the customer wrote, not because an agent wanted another draft


@dataclass(frozen=True, slots=True)
class Ruling:
    """`evidence`: one {rule, passed, detail} for every rule, passed or not."""

    outcome: Outcome
    reason: str
    evidence: tuple[Mapping[str, Any], ...]
    grant_id: int | None = None


_Rule = Callable[[Answer, Circumstances], tuple[bool, str]]


def _granted(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.grant is not None, f"grant {now.grant.id}" if now.grant else "no grant for this shop and intent"


def _intent_certain(answer: Answer, now: Circumstances) -> tuple[bool, str]:
    found = answer.classification
    certain = not found.abstained and now.grant is not None and found.intent == now.grant.intent
    return certain, f"{found.intent or 'none'} ({found.confidence:.2f})"


def _intent_allowed(answer: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.never_auto, answer.classification.intent or "none"


def _answered(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    return answer.draft.answered, answer.draft.kind


def _supported(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    bad = [
        f"{s.text[:40]}: {'; '.join(s.reasons) or s.verdict}"
        for s in answer.draft.sentences
        if s.verdict not in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)
    ]
    return answer.draft.all_supported, " | ".join(bad) or "every sentence is supported"


def _confident(answer: Answer, now: Circumstances) -> tuple[bool, str]:
    wanted = now.grant.min_confidence if now.grant else 1.0
    return answer.draft.confidence >= wanted, f"{answer.draft.confidence:.2f} of {wanted:.2f}"


def _from_records(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    """What is asked of the customer's own order must be answered from it, not from somebody else's case."""
    topic = answer.extras.get("topic", "")
    asked = bool(topic) and bool(answer.extras.get("own_records", True))
    stated = any(citation.source_kind == "record" for citation in answer.draft.citations)
    return stated or not asked, f"{topic if asked else 'no record'} asked for, {'one' if stated else 'none'} cited"


def _public_sources(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    hidden = [c.title for c in answer.draft.citations if c.audience != PUBLIC]
    return not hidden, ", ".join(hidden) or "all sources are public"


def _sources_valid(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.sources_valid, "checked against the records"


def _no_agent(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.agent_present, "an agent is on it" if now.agent_present else "no agent is on it"


def _not_stopped(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.bot_stopped, "handed over before" if now.bot_stopped else "not handed over"


def _newest(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.newest, "a newer message came" if not now.newest else "newest message"


def _unasked(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.unasked, "the first draft for this message" if now.unasked else "an agent asked for this draft"


def _calm(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.priority not in ("high", "urgent"), now.priority


RULES: Mapping[str, _Rule] = {
    "granted": _granted,
    "intent_certain": _intent_certain,
    "intent_allowed": _intent_allowed,
    "answered": _answered,
    "supported": _supported,
    "confident": _confident,
    "from_records": _from_records,
    "public_sources": _public_sources,
    "sources_valid": _sources_valid,
    "no_agent": _no_agent,
    "not_stopped": _not_stopped,
    "newest": _newest,
    "unasked": _unasked,
    "calm": _calm,
}


def decide(answer: Answer, now: Circumstances) -> Ruling:
    """Auto-send only when every rule passes; otherwise a draft is suggested, and without one a person takes over.

    A rule that raises would decide nothing, so none of them can: they read plain values only.
    """
    evidence = []
    failed = []
    for name, rule in RULES.items():
        passed, detail = rule(answer, now)
        evidence.append({"rule": name, "passed": passed, "detail": detail})
        if not passed:
            failed.append(name)
    if not failed and now.grant is not None:
        return Ruling(Outcome.AUTO_SEND, "all_rules_passed", tuple(evidence), now.grant.id)
    if not answer.draft.answered:
        return Ruling(Outcome.HAND_OVER, "no_knowledge", tuple(evidence))
    if now.never_auto:
        return Ruling(Outcome.HAND_OVER, "intent_needs_a_person", tuple(evidence))
    return Ruling(Outcome.SUGGEST, failed[0], tuple(evidence))

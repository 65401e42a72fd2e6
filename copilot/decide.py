"""Send by itself, suggest to an agent, or hand over: rules as data, each with its evidence. Pure: no database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from copilot.handover.states import Reason
from copilot.models import GrantOrigin, Outcome
from retrieval.classify.mood import mood_from_json
from retrieval.draft.confidence import UNKNOWN_BELOW
from retrieval.small_talk import INTENT as GREETING_INTENT
from retrieval.small_talk import Courtesy
from retrieval.types import COURTESY, PUBLIC, Answer, Verdict
from retrieval.verify.promises import MARK, says_transfer

RULE_VERSION = "earned-grants-6"
AUDIT = "audit_sample"  # the reason of a draft that would have been sent and goes to review instead


@dataclass(frozen=True, slots=True)
class GrantTerms:
    """What is allowed: answers of `intent` with at least `min_confidence`, under grant `id`.

    By hand, the draft's own confidence is meant; earned, the acceptance score of the model `score_version`. Of both,
    `audit_share` of the answers goes to review instead.
    """

    id: int
    intent: str
    min_confidence: float
    origin: str = GrantOrigin.MANUAL
    score_version: str = ""
    audit_share: float = 0.0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What the records say about the ticket at the moment of the decision."""

    grant: GrantTerms | None
    never_auto: bool  # the intent is flagged: complaint, a wish for a person …
    bot_stopped: bool  # handed over before, and the bot is to be silent
    agent_present: bool  # an agent is assigned or has answered
    newest: bool  # no newer customer message
    sources_valid: bool  # every cited source is still published, valid and for this audience
    priority: str
    unasked: bool = True  # drafted because the customer wrote, not because an agent wanted another draft
    waiting: bool = False  # handed over for want of knowledge, and this is another question
    wants_person: bool = False  # the customer's words ask for one
    repeats: bool = False  # the bot has said this, or has spoken often enough
    strange_notes: Sequence[str] = ()  # words of third parties in the cited record that carriers do not write
    draw: float = 1.0  # uniform in [0, 1): below the grant's audit share, the answer goes to review


@dataclass(frozen=True, slots=True)
class Ruling:
    """`evidence`: one {rule, passed, detail} for every rule, passed or not."""

    outcome: Outcome
    reason: str
    evidence: tuple[Mapping[str, Any], ...]
    grant_id: int | None = None
    propensity: float = 1.0  # the probability with which this outcome was chosen


_Rule = Callable[[Answer, Circumstances], tuple[bool, str]]


def _listed(found: Iterable[str]) -> str:
    return " | ".join(dict.fromkeys(found))


def _granted(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.grant is not None, f"grant {now.grant.id}" if now.grant else "no grant for this shop and intent"


def _intent_certain(answer: Answer, now: Circumstances) -> tuple[bool, str]:
    found = answer.classification
    certain = not found.abstained and found.intent is not None
    certain = certain and (now.grant is None or found.intent == now.grant.intent)
    if answer.draft.kind == COURTESY:  # no grant for questions sends one
        certain = certain and found.intent == GREETING_INTENT
    return certain, f"{found.intent or 'none'} ({found.confidence:.2f})"


def _intent_allowed(answer: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.never_auto, answer.classification.intent or "none"


def _answered(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    """The facts of an order are no answer to a claim, a request or a rule: an agent may build on them, nobody else."""
    if answer.extras.get("facts_alone"):
        return False, "facts that were not asked for"
    if _is_answer(answer):
        return True, answer.draft.kind
    return False, "its sources are far off" if answer.draft.answered else "unknown"


def _is_answer(answer: Answer) -> bool:
    """A language model always says something, and true sentences of far-off sources answer nothing either: below the
    confidence at which nothing is quoted, its draft is no answer unless the customer's records support it. An agent
    may still look at it."""
    draft = answer.draft
    if draft.kind != "llm" or draft.confidence >= UNKNOWN_BELOW:
        return draft.answered
    records = {citation.number for citation in draft.citations if citation.source_kind == "record"}
    return any(one.verdict is Verdict.SUPPORTED and records & set(one.citations) for one in draft.sentences)


def _supported(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    bad = [
        f"{s.text[:40]}: {'; '.join(s.reasons) or s.verdict}"
        for s in answer.draft.sentences
        if s.verdict not in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)
    ]
    if answer.draft.courteous:
        return True, "a courtesy claims nothing"
    supported = answer.draft.all_supported
    return supported, _listed(bad) or ("every sentence is supported" if supported else "no sentence makes a claim")


def _confident(answer: Answer, now: Circumstances) -> tuple[bool, str]:
    grant = now.grant
    if grant is None:
        return False, f"{answer.draft.confidence:.2f}, no grant says how much is enough"
    if grant.origin == GrantOrigin.MANUAL:
        return (
            answer.draft.confidence >= grant.min_confidence,
            f"{answer.draft.confidence:.2f} of {grant.min_confidence:.2f}",
        )
    score, version = acceptance_of(answer)
    if version != grant.score_version:
        return False, f"scored by {version}, the grant was earned with {grant.score_version}"
    return score >= grant.min_confidence, f"acceptance {score:.3f} of {grant.min_confidence:.3f}"


def acceptance_of(answer: Answer) -> tuple[float, str]:
    """(the chance that an agent would accept this answer, the version of the model that says so)."""
    found = answer.extras.get("acceptance") or {}
    return float(found.get("score", answer.draft.confidence)), str(found.get("version", "draft-confidence"))


def _from_records(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    """What is asked of the customer's own order must be answered from it. So must whatever has an intent that records
    answer (`Intent.stated`), where it would be answered with what an agent wrote about somebody else's order."""
    told, cited = answer.extras, {citation.source_kind for citation in answer.draft.citations}
    topic = told.get("topic", "")
    asked = bool(topic) and (bool(told.get("own_records", True)) or (bool(told.get("stated")) and "case" in cited))
    found = "record" in cited
    return found or not asked, f"{topic if asked else 'no record'} asked for, {'one' if found else 'none'} cited"


def _public_sources(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    hidden = [c.title for c in answer.draft.citations if c.audience != PUBLIC]
    return not hidden, ", ".join(dict.fromkeys(hidden)) or "all sources are public"


def _sources_valid(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.sources_valid, "checked against the records"


def _no_agent(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.agent_present, "an agent is on it" if now.agent_present else "no agent is on it"


def _not_stopped(_: Answer, now: Circumstances) -> tuple[bool, str]:
    if now.bot_stopped:
        return False, "handed over before"
    return True, "another question, while a person is waited for" if now.waiting else "not handed over"


def _newest(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.newest, "a newer message came" if not now.newest else "newest message"


def _unasked(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.unasked, "the first draft for this message" if now.unasked else "an agent asked for this draft"


def _calm(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return now.priority not in ("high", "urgent"), now.priority


def _content(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    mood = mood_from_json(answer.extras.get("mood"))
    return not mood.forbids_auto, f"complaint {mood.complaint}, sentiment {mood.sentiment}"


def _no_promise(answer: Answer, _: Circumstances) -> tuple[bool, str]:
    """Nothing is said to be done that nobody has done, and no colleague is announced without a hand-over."""
    marked = [s.text[:40] for s in answer.draft.sentences if any(reason.startswith(MARK) for reason in s.reasons)]
    marked += [s.text[:40] for s in answer.draft.sentences if says_transfer(s.text)]
    return not marked, _listed(marked) or "promises nothing"


def _not_asked_for_person(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.wants_person, "the customer asks for a person" if now.wants_person else "no person asked for"


def _ordinary_notes(_: Answer, now: Circumstances) -> tuple[bool, str]:
    """A record is true, but who types into a parcel's trace must not speak for the shop without an agent."""
    return not now.strange_notes, _listed(one[:40] for one in now.strange_notes) or "no third party's own words"


def _new(_: Answer, now: Circumstances) -> tuple[bool, str]:
    return not now.repeats, "the bot has said this already" if now.repeats else "not said before"


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
    "content": _content,
    "no_promise": _no_promise,
    "no_person_wanted": _not_asked_for_person,
    "ordinary_notes": _ordinary_notes,
    "new": _new,
}
# What rests on a grant: without one these fail, and the others tell whether an answer could be sent at all.
OF_THE_GRANT = frozenset({"granted", "confident"})


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
    told = tuple(evidence)
    if not failed and now.grant is not None:
        share = now.grant.audit_share
        if now.draw < share:
            return Ruling(Outcome.SUGGEST, AUDIT, told, now.grant.id, share)
        return Ruling(Outcome.AUTO_SEND, "all_rules_passed", told, now.grant.id, 1.0 - share)
    reason = _why_a_person(answer, now, failed)
    if reason is not None:
        return Ruling(Outcome.HAND_OVER, reason, told)
    return Ruling(Outcome.SUGGEST, failed[0], told)


def _why_a_person(answer: Answer, now: Circumstances, failed: Sequence[str]) -> Reason | None:
    """The reason of a hand-over, the customer's own wish first; None when a suggestion is enough."""
    if now.wants_person:
        return Reason.CUSTOMER_ASKED
    if not _is_answer(answer):
        return Reason.NO_RECORD if answer.extras.get("lacks_record") else Reason.NO_KNOWLEDGE
    courteous = answer.draft.courteous
    if now.never_auto and not (courteous and answer.classification.intent is None):
        return Reason.POLICY
    if "content" in failed:
        return Reason.COMPLAINT
    if courteous and answer.extras.get("courtesy") != Courtesy.GREETING:
        return None  # whoever thanks twice needs nobody; whoever asks twice whether anybody is there does
    if now.grant is not None and now.repeats and now.unasked:
        return Reason.LOOP
    if (
        not courteous
        and now.grant is not None
        and failed == ["confident"]
        and acceptance_of(answer)[0] < now.grant.min_confidence / 2
    ):
        return Reason.LOW_CONFIDENCE
    return None

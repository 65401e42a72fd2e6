"""Explain a suggestion: what made it, whether it can be made again, and what would be different today.

Nothing is written, and no transaction is open while the engine works.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from copilot.decide import Circumstances, Ruling, decide
from copilot.grants import active_grant
from copilot.models import Decision, Outcome
from copilot.prepare import sources_valid
from copilot.queries import get_suggestion
from copilot.replay.again import replay
from copilot.replay.report import Explanation, HitChange, RuleChange, Today
from copilot.replay.stored import Stored, parts_of, read_stored
from copilot.running import running
from copilot.runtime import Runtime
from copilot.serialize import answer_from_json
from core.errors import Conflict, CopilotError
from records.principals import Principal
from retrieval.engine import Engine
from retrieval.types import Answer


def explain(runtime: Runtime, principal: Principal, suggestion_id: int) -> Explanation:
    """Raises NotFound as `get_suggestion`, and Conflict when no answer is stored (still being written, or none could
    be made)."""
    with runtime.db.reading() as session:
        suggestion = get_suggestion(session, principal, suggestion_id)
        if not suggestion.answer:
            raise Conflict("There is no answer in this draft to explain: it is still being written or none was made.")
        answer = answer_from_json(suggestion.answer)
        stored = read_stored(session, suggestion, answer)
        decision = suggestion.decision
        now = running(runtime, session)
    engine = runtime.engine()
    if now.classifier is None:  # none is trained: the one from the intents' descriptions serves
        now = replace(now, classifier=engine.classifier.model_version)
    parts = parts_of(answer, now, engine.drafter_of(stored.question))
    today, error = None, None
    try:
        today = _today(runtime, engine, stored, decision, asked_again=suggestion.ordinal > 1)
    except CopilotError as failure:
        error = failure.message
    return Explanation(
        suggestion_id=suggestion.id,
        ticket_id=suggestion.ticket_id,
        question=answer.question,
        text=suggestion.text,
        kind=suggestion.kind,
        state=suggestion.state,
        created_at=suggestion.created_at.isoformat(),
        parts=parts,
        sources=stored.sources,
        replayed=replay(stored, engine.classifier.taxonomy, parts),
        today=today,
        today_error=error,
        decision=_decision(decision),
    )


def _today(runtime: Runtime, engine: Engine, stored: Stored, decision: Decision | None, *, asked_again: bool) -> Today:
    """Retrieval, draft and rules of today. What the ticket was like then is taken from the rules' stored results, so
    that only knowledge, models and rules make a difference: not that an agent has answered meanwhile."""
    answer = engine.answer(stored.question)
    evidence = {item["rule"]: item for item in (decision.evidence if decision is not None else [])}
    intent = answer.classification.intent
    with runtime.db.reading() as session:
        now = Circumstances(
            grant=active_grant(session, stored.ticket.shop_id, intent),
            never_auto=intent is None or engine.classifier.taxonomy[intent].risk,
            bot_stopped=not _passed(evidence, "not_stopped"),
            agent_present=not _passed(evidence, "no_agent"),
            newest=_passed(evidence, "newest"),
            sources_valid=sources_valid(session, answer.draft.citations, stored.ticket.shop_id),
            priority=answer.classification.priority,
            unasked=not asked_again,
        )
    ruling = decide(answer, now)
    then = stored.answer
    return Today(
        text=answer.draft.text,
        text_same=answer.draft.text == then.draft.text,
        kind=answer.draft.kind,
        confidence=answer.draft.confidence,
        intent=intent,
        intent_then=then.classification.intent,
        priority=answer.classification.priority,
        hits=_hits(then, answer),
        outcome=ruling.outcome,
        outcome_then=decision.outcome if decision is not None else None,
        reason=ruling.reason,
        reason_then=decision.reason if decision is not None else None,
        rules=_rules(evidence, ruling),
    )


def _passed(evidence: Mapping[str, Mapping[str, Any]], rule: str) -> bool:
    return bool(evidence[rule]["passed"]) if rule in evidence else True


def _hits(then: Answer, now: Answer) -> tuple[HitChange, ...]:
    """Those whose rank differs, today's order first."""
    before = {hit.passage.id: rank for rank, hit in enumerate(then.hits, 1)}
    after = {hit.passage.id: rank for rank, hit in enumerate(now.hits, 1)}
    passages = {hit.passage.id: hit.passage for hit in (*then.hits, *now.hits)}
    changed = [i for i in (*after, *(i for i in before if i not in after)) if before.get(i) != after.get(i)]
    return tuple(HitChange(i, passages[i].document_id, passages[i].title, before.get(i), after.get(i)) for i in changed)


def _rules(then: Mapping[str, Mapping[str, Any]], ruling: Ruling) -> tuple[RuleChange, ...]:
    """Rules whose result differs, and those that one side does not have."""
    now = {item["rule"]: item for item in ruling.evidence}
    found = []
    for rule in dict.fromkeys((*now, *then)):
        before, after = then.get(rule), now.get(rule)
        if before is None or after is None or before["passed"] != after["passed"]:
            found.append(
                RuleChange(
                    rule,
                    None if before is None else bool(before["passed"]),
                    None if after is None else bool(after["passed"]),
                    "" if before is None else str(before["detail"]),
                    "" if after is None else str(after["detail"]),
                )
            )
    return tuple(found)


def _decision(decision: Decision | None) -> dict[str, Any] | None:
    if decision is None:
        return None
    return {
        "outcome": Outcome(decision.outcome).value,
        "reason": decision.reason,
        "rule_version": decision.rule_version,
        "evidence": decision.evidence,
        "propensity": decision.propensity,
        "grant_id": decision.grant_id,
    }

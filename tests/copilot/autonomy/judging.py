"""Judged answers in numbers, as `prepare.conclude` and `review` leave them behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from copilot.autonomy.model import scored
from copilot.models import Decision, Review, Suggestion
from copilot.serialize import answer_to_json
from core.db import Database
from records.tickets import actions
from retrieval.types import Answer
from tests.copilot.world import INTENT, SYSTEM, an_answer
from tests.factories import make_staff


def judge(
    db: Database,
    shop: int,
    customer: int,
    verdicts: Sequence[bool],
    *,
    grant: int | None = None,
    share: float = 1.0,
    intent: str = INTENT,
    answers: Sequence[Answer] = (),
) -> list[int]:
    """Each a first draft in a ticket of its own, accepted or rejected; `grant`: drawn for review under it, with chance
    `share`. Returns the suggestions' ids. `answers` are used in turn."""
    evidence: list[dict[str, Any]] = [{"rule": "granted", "passed": grant is not None, "detail": ""}]
    evidence.append({"rule": "supported", "passed": True, "detail": ""})
    made = []
    with db.unit_of_work() as session:
        staff = make_staff(session).id
        for number, right in enumerate(verdicts):
            ticket = actions.open_ticket(session, SYSTEM, actions.NewTicket(shop, customer, "web"))
            message = actions.add_inbound(session, SYSTEM, ticket, actions.NewMessage("到哪了"))
            answer = answers[number] if answers else scored(an_answer(intent=intent), None)
            row = Suggestion(
                ticket_id=ticket.id, message_id=message.id, state="accepted" if right else "rejected", kind="record",
                answer=answer_to_json(answer),
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add(Decision(
                suggestion_id=row.id, outcome="suggest", reason="audit_sample" if grant else "granted",
                rule_version="t", evidence=evidence, propensity=share, grant_id=grant,
            ))  # fmt: skip
            verdict = "accepted" if right else "rejected"
            session.add(Review(suggestion_id=row.id, staff_id=staff, verdict=verdict))
            made.append(row.id)
    return made

"""Judged answers in numbers, as `prepare.conclude` and `review` leave them behind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from copilot.autonomy.model import scored
from copilot.models import Decision, Review, Suggestion
from copilot.serialize import answer_to_json
from core.db import Database
from records.tickets.models import Message, Ticket
from retrieval.types import Answer
from tests.copilot.world import INTENT, an_answer
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
    with db.unit_of_work() as session:
        staff = make_staff(session).id
        tickets = [
            Ticket(shop_id=shop, customer_id=customer, channel="web", subject="到哪了", next_seq=2, last_inbound_seq=1)
            for _ in verdicts
        ]
        session.add_all(tickets)
        session.flush()
        messages = [
            Message(ticket_id=one.id, seq=1, direction="in", author_kind="customer", author_id=customer, text="到哪了")
            for one in tickets
        ]
        session.add_all(messages)
        session.flush()
        same = scored(an_answer(intent=intent), None)
        rows = [
            Suggestion(
                ticket_id=message.ticket_id, message_id=message.id, state="accepted" if right else "rejected",
                kind="record", answer=answer_to_json(answers[number] if answers else same),
            )
            for number, (message, right) in enumerate(zip(messages, verdicts, strict=True))
        ]  # fmt: skip
        session.add_all(rows)
        session.flush()
        for row in rows:
            session.add(Decision(
                suggestion_id=row.id, outcome="suggest", reason="audit_sample" if grant else "granted",
                rule_version="t", evidence=evidence, propensity=share, grant_id=grant,
            ))  # fmt: skip
            session.add(Review(suggestion_id=row.id, staff_id=staff, verdict=row.state))
        return [row.id for row in rows]

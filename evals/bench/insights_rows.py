"""A shop's quarter of a year in bulk: tickets with messages, drafts, decisions, reviews. For benches only."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import insert

from copilot.models import Decision, Review, Suggestion
from core.db import Base, Database
from records.people.models import Customer, Staff
from records.shops.models import Shop
from records.tickets.models import Message, Ticket

SEED: Final = 20261122
DAYS: Final = 90
AGENTS: Final = 20
CHUNK: Final = 2000  # tickets a transaction
INTENTS: Final = ("where_is_my_parcel", "return_request", "invoice", "refund_status", "complaint")
Rows = dict[type[Base], list[dict[str, Any]]]
_HOURS: Final = {day: ["09:00", "21:00"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def fill(db: Database, tickets: int) -> None:
    """Each ticket has three customer messages, each with a draft (2 kB of answer), and two replies; 97 % are over."""
    rng = random.Random(SEED)
    now = datetime.now(UTC)
    with db.unit_of_work() as session:
        shop = {"timezone": "Asia/Shanghai", "business_hours": _HOURS}
        session.execute(insert(Shop), [{"id": 100 + n, "code": f"b{n}", "name": f"Shop {n}", **shop} for n in range(2)])
        staff = {"role": "agent", "version": 1}
        session.execute(
            insert(Staff),
            [{"id": 100 + n, "username": f"a{n}", "display_name": f"A{n}", **staff} for n in range(AGENTS)],
        )
        session.execute(
            insert(Customer), [{"id": n, "external_id": f"c{n}", "name": f"C{n}", "version": 1} for n in range(1, 1001)]
        )
    for first in range(1, tickets + 1, CHUNK):
        rows: Rows = defaultdict(list)
        for number in range(first, min(first + CHUNK, tickets + 1)):
            _ticket(rng, number, now - timedelta(seconds=rng.random() * DAYS * 86_400), rows)
        with db.unit_of_work() as session:
            for model in (Ticket, Message, Suggestion, Decision, Review):
                session.execute(insert(model), rows[model])


def _ticket(rng: random.Random, number: int, began: datetime, rows: Rows) -> None:
    over, by_bot = rng.random() < 0.97, number % 5 == 0
    answered = began + timedelta(seconds=rng.expovariate(1 / 900))
    resolved = answered + timedelta(seconds=rng.expovariate(1 / 20_000))
    agent = 100 + number % AGENTS
    rated = over and number % 3 == 0
    rows[Ticket].append(
        {
            "id": number, "shop_id": 100 + number % 2, "customer_id": 1 + number % 1000, "subject": "快递到哪了",
            "status": rng.choice(("resolved", "closed")) if over else rng.choice(("new", "open", "pending")),
            "priority": rng.choice(("normal", "high")), "intent": rng.choice(INTENTS), "assignee_id": agent,
            "channel": rng.choice(("web", "webhook")), "language": rng.choice(("zh", "en")), "next_seq": 6,
            "last_inbound_seq": 5, "created_at": began, "updated_at": resolved if over else began,
            "first_response_at": answered if over else None, "resolved_at": resolved if over else None,
            "waiting_since": None if over else began, "satisfaction": rng.randint(1, 5) if rated else None,
            "satisfaction_at": resolved if rated else None, "version": 1,
        }
    )  # fmt: skip
    for seq in range(1, 6):
        message, inbound = number * 5 + seq, seq % 2 == 1
        at = began + timedelta(seconds=60 * seq)
        rows[Message].append(
            {
                "id": message, "ticket_id": number, "seq": seq, "direction": "in" if inbound else "out",
                "author_kind": "customer" if inbound else "bot" if by_bot else "agent",
                "author_id": None if inbound or by_bot else agent, "text": "快递到哪了 " * 20, "created_at": at,
            }
        )  # fmt: skip
        if inbound:
            state = "auto_sent" if by_bot else rng.choice(("accepted", "edited", "rejected", "superseded", "pending"))
            _draft(rng, message, number, state, agent, at + timedelta(seconds=5), rows)


def _draft(
    rng: random.Random,
    number: int,
    ticket: int,
    state: str,
    agent: int,
    at: datetime,
    rows: Rows,
) -> None:
    rows[Suggestion].append(
        {
            "id": number, "ticket_id": ticket, "message_id": number, "state": state, "kind": "extractive",
            "language": "zh", "text": "您好", "confidence": 0.9, "answer": {"text": "y" * 2000}, "created_at": at,
            "version": 1,
        }
    )  # fmt: skip
    outcome = "auto_send" if state == "auto_sent" else rng.choice(("suggest", "hand_over"))
    decision = {"rule_version": "bench", "evidence": [], "reason": rng.choice(("granted", "no_knowledge"))}
    rows[Decision].append({"suggestion_id": number, "outcome": outcome, "created_at": at, **decision})
    if state in ("accepted", "edited", "rejected"):
        rows[Review].append({"suggestion_id": number, "staff_id": agent, "verdict": state, "created_at": at})

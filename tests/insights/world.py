"""A small world whose figures can be worked out by hand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from copilot.models import AutoSendGrant, Decision, Review, Suggestion
from records.people.models import Customer, Staff
from records.shops.models import Shop
from records.tickets.models import Delivery, Message, Ticket
from tests.factories import make_customer, make_shop, make_staff

SHANGHAI = "Asia/Shanghai"
NOW = datetime(2026, 6, 15, 4, 0, tzinfo=UTC)  # a Monday, noon in Shanghai


def ago(**values: float) -> datetime:
    return NOW - timedelta(**values)


@dataclass
class World:
    session: Session
    shop: Shop = field(init=False)
    customer: Customer = field(init=False)
    agent: Staff = field(init=False)

    def __post_init__(self) -> None:
        self.shop = make_shop(self.session, timezone=SHANGHAI)
        self.customer = make_customer(self.session)
        self.agent = make_staff(self.session)

    def add(self, row: Any) -> Any:
        self.session.add(row)
        self.session.flush()
        return row

    def ticket(self, created: datetime, **values: Any) -> Ticket:
        """With the customer's first message."""
        given = {"shop_id": self.shop.id, "customer_id": self.customer.id, "channel": "web", "language": "zh"}
        ticket = self.add(Ticket(**{**given, "created_at": created, "updated_at": created, **values}))
        self.says(ticket, created)
        return ticket

    def says(self, ticket: Ticket, at: datetime, text: str = "快递到哪了") -> Message:
        message = self._message(ticket, at, "in", "customer", text=text)
        ticket.last_inbound_seq = message.seq
        if ticket.status in ("new", "open"):
            ticket.waiting_since = ticket.waiting_since or at
        self.session.flush()
        return message

    def reply(
        self, ticket: Ticket, at: datetime, author: str = "agent", *, delivery: str = "sent", **values: Any
    ) -> Message:
        by = self.agent.id if author == "agent" else None
        message = self._message(ticket, at, "out", author, **{"author_id": by, **values})
        self.add(Delivery(message_id=message.id, state=delivery))
        if message.visibility == "public" and delivery != "cancelled":
            ticket.waiting_since = None
            self.session.flush()
        return message

    def _message(self, ticket: Ticket, at: datetime, direction: str, author: str, **values: Any) -> Message:
        seq = ticket.next_seq
        ticket.next_seq = seq + 1
        plain = {"text": "…", "ticket_id": ticket.id, "seq": seq, "direction": direction, "author_kind": author}
        message: Message = self.add(Message(**{**plain, "created_at": at, **values}))
        return message

    def draft(
        self, ticket: Ticket, at: datetime, state: str = "pending", *, outcome: str = "suggest", **values: Any
    ) -> Suggestion:
        """For the ticket's newest customer message, with a decision."""
        reason = values.pop("reason", "granted")
        grant = values.pop("grant", None)
        asked = values.pop("message", None) or self._newest(ticket)
        plain = {"kind": "extractive", "language": "zh", "text": "您好", "ticket_id": ticket.id, "message_id": asked}
        row: Suggestion = self.add(Suggestion(**{**plain, "state": state, "created_at": at, **values}))
        decision = {"suggestion_id": row.id, "outcome": outcome, "reason": reason, "rule_version": "t", "evidence": []}
        self.add(Decision(**decision, grant_id=grant.id if grant else None))
        if state in ("accepted", "edited", "rejected"):
            self.add(Review(suggestion_id=row.id, staff_id=self.agent.id, verdict=state, created_at=at))
        return row

    def grant(self, intent: str = "logistics_query") -> AutoSendGrant:
        grant: AutoSendGrant = self.add(
            AutoSendGrant(
                shop_id=self.shop.id,
                intent=intent,
                min_confidence=0.8,
                author_id=self.agent.id,
                expires_at=NOW + timedelta(days=3650),
            )
        )
        return grant

    def _newest(self, ticket: Ticket) -> int:
        row = self.session.query(Message).filter_by(ticket_id=ticket.id, seq=ticket.last_inbound_seq).one()
        return row.id

from __future__ import annotations

from datetime import datetime

from api.schemas.commerce import OrderViewOut
from api.schemas.common import Row
from api.schemas.people import CustomerDetailOut, FiguresOut
from api.schemas.tickets import PriorityWord, Status
from records.tickets.models import Ticket


class TicketBriefOut(Row):
    id: int
    shop_id: int
    subject: str
    status: Status
    priority: PriorityWord
    intent: str | None
    channel: str
    assignee_id: int | None
    created_at: datetime
    updated_at: datetime
    resolved_at: datetime | None
    satisfaction: int | None

    @classmethod
    def of(cls, ticket: Ticket) -> TicketBriefOut:
        return cls.model_validate(ticket)


class OverviewOut(Row):
    """All that an agent needs to know of a customer: the newest tickets and orders, and what the records add up to."""

    customer: CustomerDetailOut
    figures: FiguresOut
    tickets: list[TicketBriefOut]
    orders: list[OrderViewOut]

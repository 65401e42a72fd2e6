from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.common import Body, Row
from records.tickets.models import MAX_TEXT, Delivery, Message, Ticket

Status = Literal["new", "open", "pending", "resolved", "closed"]
PriorityWord = Literal["low", "normal", "high", "urgent"]


class TicketOut(Row):
    id: int
    shop_id: int
    external_id: str | None
    customer_id: int
    customer_name: str
    subject: str
    status: Status
    priority: PriorityWord
    intent: str | None
    category: str | None
    assignee_id: int | None
    channel: str
    language: str | None
    tags: list[str]
    bot_stopped: bool
    verified: bool | None = Field(None, description="whether the sender is verified; null in lists")
    last_inbound_seq: int
    customer_seen_seq: int = Field(description="the last message that the customer has read in the chat")
    satisfaction: int | None = Field(description="1 to 5, the customer's own word")
    satisfaction_comment: str
    waiting_since: datetime | None = Field(description="the oldest customer message without an answer")
    created_at: datetime
    updated_at: datetime
    first_response_at: datetime | None
    resolved_at: datetime | None
    version: int

    @classmethod
    def of(cls, ticket: Ticket, *, verified: bool | None = None) -> TicketOut:
        """`ticket` with customer and tags loaded."""
        plain = {name: getattr(ticket, name) for name in cls.model_fields if name not in _COMPUTED}
        return cls(
            **plain, customer_name=ticket.customer.name, tags=sorted(t.tag for t in ticket.tags), verified=verified
        )

    @classmethod
    def opened(cls, row: Mapping[str, Any], customer_name: str) -> TicketOut:
        """Of a row that was written this moment: nothing but its columns has a value yet."""
        columns = {name: row.get(name) for name in cls.model_fields if name not in _COMPUTED}
        return cls(**columns, customer_name=customer_name, tags=[], verified=False)


_COMPUTED = {"customer_name", "tags", "verified"}


class DeliveryOut(Row):
    state: Literal["queued", "sending", "sent", "failed", "uncertain", "cancelled"]
    attempt: int
    last_error: str | None
    updated_at: datetime
    next_try_at: datetime | None = Field(None, description="of a queued one: when its job comes to run, where known")

    @classmethod
    def of(cls, delivery: Delivery) -> DeliveryOut:
        return cls.model_validate(delivery)


class AttachmentOut(Row):
    """Its content is under /api/v1/attachments/{id}; `size` in bytes."""

    id: int
    name: str
    media_type: str
    size: int


class MessageOut(Row):
    id: int
    seq: int
    direction: Literal["in", "out"]
    visibility: Literal["public", "note"]
    author_kind: Literal["customer", "agent", "bot", "system"]
    author_id: int | None
    text: str
    language: str | None
    citations: list[dict[str, Any]]
    attachments: list[AttachmentOut]
    suggestion_id: int | None
    send_after: datetime | None
    has_html: bool
    created_at: datetime
    delivery: DeliveryOut | None

    @classmethod
    def of(cls, message: Message, next_try_at: datetime | None = None) -> MessageOut:
        """`message` with its delivery loaded."""
        shown = cls.model_validate(message)
        if shown.delivery is not None:
            shown.delivery.next_try_at = next_try_at
        return shown


class UnsettledOut(Row):
    ticket_id: int
    message_id: int
    delivery: DeliveryOut


class NewTicketIn(Body):
    """A ticket with the customer's first message."""

    shop_id: int
    customer_id: int
    text: str = Field(min_length=1, max_length=MAX_TEXT)
    subject: str = Field("", max_length=255)
    channel: str = Field("web", max_length=32, pattern=r"^[a-z_]+$")
    external_id: str | None = Field(None, max_length=128)
    priority: PriorityWord = "normal"


class NewMessageIn(Body):
    """`kind` customer: what the customer wrote; reply: sent to the customer; note: seen by staff only."""

    kind: Literal["customer", "reply", "note"]
    text: str = Field("", max_length=MAX_TEXT, description="may be empty when there are attachments")
    client_id: str | None = Field(None, max_length=64, description="the same one twice is one message")
    sources: list[int] = Field(default_factory=list, max_length=10, description="passages that a reply rests on, by id")
    confirm_unverified: bool = Field(False, description="send what these sources do not support")
    confirm_internal: bool = Field(False, description="use an internal source; the customer is not shown it")
    attachment_ids: list[int] = Field(
        default_factory=list, max_length=10, description="uploads of yours to send with it"
    )


class TicketChanges(Body):
    """Fields that are left out stay as they are; `assignee_id` null takes the ticket from its agent."""

    status: Status | None = None
    priority: PriorityWord | None = None
    assignee_id: int | None = None
    intent: str | None = Field(None, max_length=64)
    category: str | None = Field(None, max_length=64)
    subject: str | None = Field(None, max_length=255)
    tags: list[Annotated[str, Field(max_length=64)]] | None = Field(None, max_length=50)


class ReadIn(Body):
    seq: int = Field(ge=0)


class SettleIn(Body):
    arrived: bool = Field(description="true: the customer has it; false: send it again")


class EventOut(Row):
    id: int
    name: str
    at: datetime
    actor_kind: str
    actor_id: int | None
    data: dict[str, Any]

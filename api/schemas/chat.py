"""What a shopper's browser says and reads. Every text is plain text."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.schemas.common import Amount, Body
from api.schemas.tickets import AttachmentOut

MAX_CHAT_TEXT = 4_000
Language = Literal["zh", "en"]
ClientId = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9-]{8,48}$", description="made by the sender: the same one twice is one message")
]
Texts = Annotated[dict[str, str], Field(description='by language: {"zh": "运输中", "en": "in transit"}')]


class ChatPeopleOut(BaseModel):
    """`present`: somebody of the staff is at work on this shop's tickets now. `open` null: the shop names no hours."""

    present: bool
    open: bool | None
    opens_at: datetime | None


class ChatOut(BaseModel):
    """What a page needs to show the chat before anybody writes. `bot`: a bot may answer, and says that it is one."""

    shop: str
    language: str
    greeting: dict[str, str]
    quick_replies: dict[str, list[str]]
    bot: bool
    people: ChatPeopleOut
    timezone: str
    attachment_types: list[str]
    attachment_max_bytes: int


class ChatSourceOut(BaseModel):
    """`kind` record: the shopper's own order. `url` is null when there is no page to read (any more)."""

    number: int
    kind: Literal["article", "case", "record"]
    title: str
    version: int | None
    published_at: datetime | None
    url: str | None


class ParcelEventOut(BaseModel):
    at: datetime
    location: str
    description: str


class ParcelOut(BaseModel):
    carrier: str
    tracking_no: str
    status: str
    status_text: Texts
    estimated_at: datetime | None
    delivered_at: datetime | None
    events: list[ParcelEventOut] = Field(description="newest first, at most five")


class OrderItemCardOut(BaseModel):
    name: str
    quantity: int


class OrderCardOut(BaseModel):
    order_no: str
    status: str
    status_text: Texts
    placed_at: datetime | None
    total: Amount
    currency: str
    items: list[OrderItemCardOut]
    parcels: list[ParcelOut]


class ChatSentenceOut(BaseModel):
    text: str
    sources: list[int] = Field(description="numbers of the message's sources")


class ChatMessageOut(BaseModel):
    """`sentences`: the text in parts with their sources, of an answer that was sent as it was drafted; else empty."""

    id: int
    ticket_id: int
    seq: int
    client_id: str | None
    author: Literal["customer", "agent", "bot", "system"]
    name: str
    text: str
    sentences: list[ChatSentenceOut]
    sources: list[ChatSourceOut]
    orders: list[OrderCardOut]
    attachments: list[AttachmentOut]
    created_at: datetime


class ChatSatisfactionOut(BaseModel):
    score: int
    comment: str


class ChatTicketOut(BaseModel):
    """`handled_by` people: the bot is silent here. `seen_seq`: the last message that the staff has read."""

    id: int
    status: Literal["open", "resolved"]
    handled_by: Literal["bot", "people"]
    handed_over: bool = Field(description="a person was asked for, or the bot could not answer")
    agent: str | None
    seen_seq: int
    satisfaction: ChatSatisfactionOut | None


class ConversationOut(BaseModel):
    """`messages` in order, of all tickets of this shopper here; `more`: there are older ones (`before`)."""

    verified: bool
    name: str
    ticket: ChatTicketOut | None
    messages: list[ChatMessageOut]
    more: bool
    bot_answering: bool
    agent_typing: str | None
    people: ChatPeopleOut


class SessionIn(Body):
    """`identity`: a JWT of the shop's server; without it the shopper is a guest, whom nobody vouches for."""

    identity: str | None = Field(None, max_length=4096)
    language: Language = "zh"


class ChatSessionOut(BaseModel):
    """`token` is shown this once."""

    token: str
    verified: bool
    name: str
    expires_at: datetime


class ChatMessageIn(Body):
    client_id: ClientId
    text: str = Field("", max_length=MAX_CHAT_TEXT, description="may be empty when there are attachments")
    attachment_ids: list[int] = Field(default_factory=list, max_length=10)


class ChatSentOut(BaseModel):
    """`repeated`: it had been taken before and is not there twice."""

    message: ChatMessageOut
    repeated: bool


class HumanIn(Body):
    """`text`: what stands in the conversation as the shopper's word; a sentence of ours when it is left out."""

    client_id: ClientId
    text: str = Field("", max_length=MAX_CHAT_TEXT)
    language: Language = "zh"


class TypingIn(Body):
    typing: bool


class SeenIn(Body):
    ticket_id: int
    seq: int = Field(ge=0)


class SatisfactionIn(Body):
    ticket_id: int
    score: int = Field(ge=1, le=5)
    comment: str = Field("", max_length=1_000)

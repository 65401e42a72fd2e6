"""A chat on a shop's page, and shoppers in it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import jwt
from sqlalchemy import select

from api.chat.access import new_limits
from copilot import prepare
from copilot.models import Suggestion
from records.principals import SYSTEM_PRINCIPAL
from records.tickets import messages
from records.tickets.models import AuthorKind, Delivery, DeliveryState, Message, Ticket
from tests.api.world import World

ORIGIN = "https://shop.example"


def client_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Chat:
    """`key` and `secret` of a chat of the world's shop."""

    world: World
    account: int
    key: str
    secret: str

    @property
    def path(self) -> str:
        return f"/api/v1/chat/{self.key}"

    def identity(self, subject: str = "u1", *, minutes: float = 60, **claims: Any) -> str:
        exp = datetime.now(UTC) + timedelta(minutes=minutes)
        return jwt.encode({"sub": subject, "exp": exp, "name": "陈静", **claims}, self.secret, algorithm="HS256")

    def open(self, identity: str | None = None) -> Shopper:
        answer = self.world.client.post(f"{self.path}/sessions", json={"identity": identity})
        assert answer.status_code == 201, answer.text
        return Shopper(self, {"Authorization": f"Bearer {answer.json()['token']}"}, answer.json())


@dataclass
class Shopper:
    chat: Chat
    headers: dict[str, str]
    session: dict[str, Any]

    def call(self, method: str, path: str, **values: Any) -> httpx.Response:
        headers = {**self.headers, **values.pop("headers", {})}
        return self.chat.world.client.request(method, f"{self.chat.path}/{path}", headers=headers, **values)

    def say(self, text: str, client: str | None = None, *files: int) -> httpx.Response:
        body = {"client_id": client or client_id(), "text": text, "attachment_ids": list(files)}
        return self.call("POST", "messages", json=body)

    def read(self) -> dict[str, Any]:
        answer = self.call("GET", "conversation")
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def texts(self) -> list[str]:
        return [message["text"] for message in self.read()["messages"]]


def make_chat(world: World, **chat: Any) -> Chat:
    """By the routes that an administrator uses. What earlier tests wrote counts in no limit."""
    world.client.app.state.chat_limits = new_limits()  # type: ignore[attr-defined]
    body = {"kind": "web", "name": "page", "chat": {"allowed_origins": [ORIGIN], **chat}}
    made = world.client.post(f"/api/v1/shops/{world.shop}/channel-accounts", json=body, headers=world.admin)
    assert made.status_code == 201, made.text
    return Chat(world, made.json()["id"], made.json()["public_key"], made.json()["secret"])


def reply(
    world: World, ticket_id: int, text: str, *, state: str = DeliveryState.SENT, author: AuthorKind = AuthorKind.AGENT,
    **values: Any,
) -> int:  # fmt: skip
    """A reply of ours whose delivery is in `state`."""
    with world.db.unit_of_work() as session:
        ticket = session.get_one(Ticket, ticket_id)
        message = messages.queue_reply(session, SYSTEM_PRINCIPAL, ticket, messages.NewMessage(text, **values), author)
        session.scalars(select(Delivery).where(Delivery.message_id == message.id)).one().state = state
        return message.id


def draft_of(world: World, message_id: int) -> Suggestion:
    """The suggestion that the job opens for this message."""
    with world.db.unit_of_work() as session:
        prepare.begin(session, message_id)
        return session.scalars(select(Suggestion).where(Suggestion.message_id == message_id)).one()


def message_of(world: World, message_id: int) -> Message:
    with world.db.reading() as session:
        return session.get_one(Message, message_id)

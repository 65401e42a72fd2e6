"""What a shopper's page is told while it is open: that it should read again, and the sentences of the bot's answer.

A sentence is sent once it is verified, the decision allowed the answer and nobody can take it back any more: it is
read from the reply that is on its way, never from a draft. Everything sent here can be read again; nothing is lost
with a connection.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

from sqlalchemy import select
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from api.live import PRESENCE, LiveHints
from channels.chat import conversation
from channels.chat.sessions import Shopper
from copilot import events as copilot_events
from copilot.runtime import Runtime
from copilot.shopper import SaidSentence, sentences_of
from records import events as record_events
from records.tickets.models import AuthorKind, Delivery, Message

# What a shopper may notice of our work: notes, drafts and assignments to others have no hint.
TOLD = {
    kind.name
    for kind in (
        record_events.MessageReceived, record_events.DeliveryChanged, record_events.TicketAssigned,
        record_events.TicketResolved, record_events.TicketReopened, record_events.TicketClosed,
        record_events.SatisfactionGiven, copilot_events.SuggestionReady, copilot_events.HandedOver,
    )
} | {PRESENCE}  # fmt: skip
STREAM_SECONDS = 600.0  # then the page connects again, and shows its session again
TOGETHER_SECONDS = 0.1  # hints that come together are one


@dataclass(frozen=True, slots=True)
class Position:
    """The last sentence that the page has: of which message, and its ordinal there."""

    message_id: int
    ordinal: int

    @classmethod
    def of(cls, last_event_id: str | None) -> Position | None:
        first, _, second = (last_event_id or "").partition(":")
        if first.isascii() and first.isdecimal() and second.isascii() and second.isdecimal() and len(first) < 19:
            return cls(int(first), int(second[:9]))
        return None


async def follow(
    runtime: Runtime, hints: LiveHints, shopper: Shopper, position: Position | None
) -> AsyncIterator[ServerSentEvent]:
    """`ready` first, then `changed` (read the conversation again), `sentence` {message_id, ordinal, text, sources} and
    `answered` {message_id} when a message is complete. An event id is `message:ordinal`."""
    ends = time.monotonic() + STREAM_SECONDS
    async with hints.listening(shopper.principal) as arriving:
        if position is None:
            position = Position(await run_in_threadpool(_newest, runtime, shopper), 2**31)
        yield ServerSentEvent(event="ready", data="{}")
        waiting = asyncio.ensure_future(anext(arriving))
        try:
            while (left := ends - time.monotonic()) > 0:
                for event in await run_in_threadpool(_sentences, runtime, shopper, position):
                    if event.id:
                        position = Position.of(event.id) or position
                    yield event
                told = False
                while not told and (left := ends - time.monotonic()) > 0:
                    done, _ = await asyncio.wait({waiting}, timeout=left)
                    if done:
                        told = waiting.result()["name"] in TOLD
                        waiting = asyncio.ensure_future(anext(arriving))
                if told:
                    await asyncio.sleep(TOGETHER_SECONDS)
                    yield ServerSentEvent(event="changed", data="{}")
        finally:
            waiting.cancel()


def _newest(runtime: Runtime, shopper: Shopper) -> int:
    with runtime.db.reading() as session:
        tickets = [ticket.id for ticket in conversation.tickets_of(session, shopper)]
        query = select(Message.id).outerjoin(Delivery).where(Message.ticket_id.in_(tickets), conversation.shown())
        return session.scalar(query.order_by(Message.id.desc()).limit(1)) or 0


def _sentences(runtime: Runtime, shopper: Shopper, position: Position) -> list[ServerSentEvent]:
    """Of the bot's replies after `position`, in order."""
    with runtime.db.reading() as session:
        tickets = [ticket.id for ticket in conversation.tickets_of(session, shopper)]
        rows = list(
            session.scalars(
                select(Message)
                .outerjoin(Delivery)
                .where(
                    Message.ticket_id.in_(tickets),
                    Message.author_kind == AuthorKind.BOT,
                    Message.id >= position.message_id,
                    conversation.shown(),
                )
                .order_by(Message.id)
            )
        )
        said = sentences_of(session, rows)
    events: list[ServerSentEvent] = []
    for row in rows:
        fresh = _fresh(row, said.get(row.id, ()), position)
        if fresh:
            events += [*fresh, ServerSentEvent(event="answered", data=json.dumps({"message_id": row.id}))]
    return events


def _fresh(row: Message, said: tuple[SaidSentence, ...], position: Position) -> list[ServerSentEvent]:
    known = {item["number"] for item in row.citations}
    events = []
    for ordinal, sentence in enumerate(said):
        if row.id == position.message_id and ordinal <= position.ordinal:
            continue
        body = {
            "message_id": row.id,
            "ordinal": ordinal,
            "text": sentence.text,
            "sources": [number for number in sentence.citations if number in known],
        }
        data = json.dumps(body, ensure_ascii=False)
        events.append(ServerSentEvent(event="sentence", id=f"{row.id}:{ordinal}", data=data))
    return events

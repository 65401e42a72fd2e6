"""The stream of a chat over a real server: only what the shopper may see, only once nobody can take it back."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx

from records.events import DeliveryChanged
from records.principals import SYSTEM_PRINCIPAL
from records.tickets import actions, messages
from records.tickets.models import AuthorKind, Delivery, DeliveryState, Ticket
from records.tickets.telling import emit_about
from tests.api.chat_world import Shopper, make_chat, reply
from tests.api.test_live import served
from tests.api.world import World


class Page:
    """Reads the events of a shopper on a thread of its own."""

    def __init__(self, base: str, shopper: Shopper, last_event_id: str | None = None) -> None:
        self.events: list[tuple[str, str, dict[str, Any]]] = []  # (name, id, data)
        self._url = f"{base}{shopper.chat.path}/events"
        self._headers = shopper.headers | ({"Last-Event-ID": last_event_id} if last_event_id else {})
        threading.Thread(target=self._read, daemon=True).start()
        self.wait(lambda: "ready" in self.names())

    def _read(self) -> None:
        with httpx.stream("GET", self._url, headers=self._headers, timeout=30) as stream:
            name = number = ""
            try:
                for line in stream.iter_lines():
                    key, _, value = line.partition(": ")
                    if key == "event":
                        name = value
                    elif key == "id":
                        number = value
                    elif key == "data":
                        self.events.append((name, number, json.loads(value)))
                        number = ""
            except httpx.HTTPError:
                pass  # the server is stopped at the end of the test

    def names(self) -> list[str]:
        return [name for name, _, _ in self.events]

    def said(self) -> list[str]:
        return [data["text"] for name, _, data in self.events if name == "sentence"]

    def wait(self, what: Callable[[], bool], seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if what():
                return
            time.sleep(0.02)
        raise AssertionError(self.events)


def answered(world: World, ticket: int, *, state: str) -> int:
    """The bot's reply, sent as it was drafted."""
    suggestion = world.suggestion(ticket=ticket, state="auto_sent")
    text, bot = "您好，您的包裹正在派送。", AuthorKind.BOT
    return reply(world, ticket, text, state=state, author=bot, suggestion_id=suggestion, citations=[])


def test_an_answer_is_streamed_once_it_is_beyond_recall(world: World) -> None:
    shopper = make_chat(world).open()
    message = shopper.say("快递到哪了").json()["message"]
    with served(world) as base:
        page = Page(base, shopper)
        sent = answered(world, message["ticket_id"], state=DeliveryState.QUEUED)
        early = Page(base, shopper, f"{message['id']}:0")
        time.sleep(0.7)
        assert (page.said(), early.said()) == ([], []), "it could still be taken back"
        with world.db.unit_of_work() as session:
            ticket = session.get_one(Ticket, message["ticket_id"])
            session.query(Delivery).filter_by(message_id=sent).one().state = DeliveryState.SENT
            actions.set_priority(session, SYSTEM_PRINCIPAL, ticket, "high")  # no hint for a shopper
            emit_about(session, DeliveryChanged, ticket, SYSTEM_PRINCIPAL.actor, message_id=sent, state="sent")
        page.wait(lambda: "answered" in page.names())
        assert page.said() == ["您好，您的包裹正在派送。"]
        (number,) = [number for name, number, _ in page.events if name == "sentence"]
        assert number == f"{sent}:0"
        resumed, fresh = Page(base, shopper, f"{sent}:0"), Page(base, shopper)
        behind = Page(base, shopper, f"{message['id']}:0")
        behind.wait(lambda: "answered" in behind.names())
        assert behind.said() == ["您好，您的包裹正在派送。"], "what was missed while it was away"
        time.sleep(0.3)
        assert (resumed.said(), fresh.said()) == ([], []), "what the page has, or reads with the conversation"


def test_a_shopper_has_no_hint_of_others_nor_of_our_work(world: World) -> None:
    chat = make_chat(world)
    shopper, other = chat.open(), chat.open()
    ticket = shopper.say("在吗").json()["message"]["ticket_id"]
    theirs = other.say("我也在").json()["message"]["ticket_id"]
    with served(world) as base:
        page, neighbour = Page(base, shopper), Page(base, other)
        with world.db.unit_of_work() as session:
            row = session.get_one(Ticket, ticket)
            messages.add_note(session, SYSTEM_PRINCIPAL, row, messages.NewMessage("内部备注"))
            actions.set_tags(session, SYSTEM_PRINCIPAL, row, ["难缠"])
        time.sleep(1.2)
        assert page.names() == ["ready"], "a note and a tag are nobody's business"
        with world.db.unit_of_work() as session:
            actions.resolve(session, SYSTEM_PRINCIPAL, session.get_one(Ticket, theirs))
        neighbour.wait(lambda: "changed" in neighbour.names())
        assert page.names() == ["ready"]
        assert {json.dumps(data) for _, _, data in neighbour.events} == {"{}"}, "hints carry nothing"


def test_a_stream_wants_a_session(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world)
    with served(sqlite_world) as base:
        assert httpx.get(f"{base}{chat.path}/events").status_code == 401

"""Who a shopper is: a forged identity opens nothing, a claimed one joins nobody, and no session reads another's."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from sqlalchemy import select, update

from channels.chat.models import ChatSession
from core.db import db_now
from core.security import token_digest
from records.people.models import ChannelIdentity, Customer
from tests.api.chat_world import Chat, client_id, make_chat
from tests.api.world import World

SOON = datetime.now(UTC) + timedelta(hours=1)


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def unsigned(algorithm: str) -> str:
    return f"{part({'alg': algorithm, 'typ': 'JWT'})}.{part({'sub': 'u1', 'exp': SOON.timestamp()})}."


def refused(chat: Chat, token: str) -> Any:
    answer = chat.world.client.post(f"{chat.path}/sessions", json={"identity": token})
    assert answer.status_code == 401, answer.text
    assert answer.json()["code"] == "identity_refused"
    return answer.json()


def test_a_signed_identity_is_the_shops_customer(world: World) -> None:
    chat = make_chat(world)
    shopper = chat.open(chat.identity("u1", name="陈静", email="chen@example.com"))
    assert (shopper.session["verified"], shopper.session["name"]) == (True, "陈静")
    assert shopper.say("我的包裹呢").status_code == 201
    with world.db.reading() as session:
        identity = session.scalars(select(ChannelIdentity).where(ChannelIdentity.address == "u1")).one()
        customer = session.get_one(Customer, identity.customer_id)
        assert identity.verified_by == "jwt" and identity.verified_at is not None
        assert (customer.external_id, customer.name, customer.email) == ("u1", "陈静", "chen@example.com")
        stored = session.scalars(select(ChatSession)).one()
        token = shopper.headers["Authorization"].removeprefix("Bearer ")
        assert stored.token_digest == token_digest(token) and token not in repr(vars(stored))
    again = chat.open(chat.identity("u1"))
    assert again.texts() == ["我的包裹呢"], "the same customer on another device"


def test_what_the_shop_did_not_sign_is_refused(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world)
    claims = {"sub": "u1", "exp": SOON}
    for token, reason in (
        (jwt.encode(claims, "x" * 48, algorithm="HS256"), "forged"),
        (jwt.encode(claims, chat.secret + "x" * 16, algorithm="HS512"), "forged"),
        (unsigned("none"), "forged"),
        (unsigned("None"), "forged"),
        (unsigned("HS256"), "forged"),
        (chat.identity()[:-3] + "abc", "forged"),
        ("not a token", "forged"),
        ("", "forged"),
        (jwt.encode({"sub": "u1"}, chat.secret, algorithm="HS256"), "incomplete"),
        (jwt.encode({"exp": SOON}, chat.secret, algorithm="HS256"), "incomplete"),
        (chat.identity(minutes=-1), "expired"),
        (chat.identity(""), "subject"),
        (chat.identity("x" * 129), "subject"),
        (chat.identity("guest:0123456789abcdef"), "subject"),
    ):
        assert refused(chat, token)["reason"] == reason, token


def test_a_secret_of_another_chat_and_an_old_one_are_worth_nothing(sqlite_world: World) -> None:
    world = sqlite_world
    chat = make_chat(world)
    body = {"kind": "web", "name": "second"}
    second = world.client.post(f"/api/v1/shops/{world.shop}/channel-accounts", json=body, headers=world.admin).json()
    refused(Chat(world, second["id"], second["public_key"], ""), chat.identity())
    path = f"/api/v1/channel-accounts/{chat.account}"
    etag = world.client.get(path, headers=world.admin).headers["etag"]
    renewed = world.client.patch(path, json={"new_secret": True}, headers={**world.admin, "If-Match": etag})
    assert renewed.json()["secret"].startswith("cid_")
    refused(chat, chat.identity())


def test_a_verified_session_lasts_no_longer_than_the_shop_vouches(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world)
    short, long = (chat.open(chat.identity(minutes=minutes)) for minutes in (5, 60 * 24 * 30))
    ends = [datetime.fromisoformat(one.session["expires_at"]) - datetime.now(UTC) for one in (short, long)]
    assert ends[0] <= timedelta(minutes=5)
    assert timedelta(hours=23) < ends[1] <= timedelta(hours=24)
    with sqlite_world.db.unit_of_work() as session:
        session.execute(update(ChatSession).values(expires_at=db_now(-1)))
    assert short.call("GET", "conversation").status_code == 401


def test_a_guest_joins_nobody(world: World) -> None:
    """Neither the verified customer of the shop, nor another guest, by whatever they write."""
    chat = make_chat(world)
    customer = chat.open(chat.identity("u1"))
    customer.say("我的订单")
    guests = [chat.open(), chat.open()]
    for guest in guests:
        assert (guest.session["verified"], guest.session["name"]) == (False, "")
        assert guest.read()["messages"] == []
        guest.say("你好")
    assert [guest.texts() for guest in guests] == [["你好"], ["你好"]]
    with world.db.reading() as session:
        identities = list(session.scalars(select(ChannelIdentity)))
        assert len({identity.customer_id for identity in identities}) == 3
        assert [identity.verified_by for identity in identities if identity.address.startswith("guest:")] == [
            None,
            None,
        ]


def test_opening_a_chat_makes_no_customer(sqlite_world: World) -> None:
    with sqlite_world.db.reading() as session:
        before = len(list(session.scalars(select(Customer.id))))
    chat = make_chat(sqlite_world)
    chat.open()
    chat.open(chat.identity())
    with sqlite_world.db.reading() as session:
        assert len(list(session.scalars(select(Customer.id)))) == before


def test_every_door_wants_a_session_of_this_chat(sqlite_world: World) -> None:
    world = sqlite_world
    chat = make_chat(world)
    body = {"kind": "web", "name": "second"}
    second = world.client.post(f"/api/v1/shops/{world.shop}/channel-accounts", json=body, headers=world.admin).json()
    stranger = Chat(world, second["id"], second["public_key"], second["secret"]).open()
    doors: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "conversation", {}),
        ("POST", "messages", {"json": {"client_id": client_id(), "text": "x"}}),
        ("POST", "human", {"json": {"client_id": client_id()}}),
        ("PUT", "typing", {"json": {"typing": True}}),
        ("PUT", "seen", {"json": {"ticket_id": 1, "seq": 1}}),
        ("PUT", "satisfaction", {"json": {"ticket_id": 1, "score": 5}}),
        ("POST", "attachments", {"files": {"file": ("a.txt", b"a")}}),
        ("GET", "attachments/1", {}),
        ("GET", "events", {}),
        ("DELETE", "session", {}),
    ]
    for method, path, values in doors:
        for headers in ({}, {"Authorization": "Bearer chs_wrong"}, stranger.headers, world.agent):
            answer = world.client.request(method, f"{chat.path}/{path}", headers=headers, **values)
            assert answer.status_code == 401, (method, path, headers, answer.text)
    shopper = chat.open()
    assert world.client.get("/api/v1/tickets", headers=shopper.headers).status_code == 401, "no door for staff opens"


def test_leaving_ends_the_session(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    assert shopper.call("DELETE", "session").status_code == 204
    assert shopper.call("GET", "conversation").status_code == 401


@pytest.mark.parametrize("key", ["chat_0", "chat_" + "0" * 24, "nothing", "chat_%27"])
def test_an_unknown_chat(sqlite_world: World, key: str) -> None:
    assert sqlite_world.client.get(f"/api/v1/chat/{key}").status_code in (404, 422)

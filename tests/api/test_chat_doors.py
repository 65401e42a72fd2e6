"""Which pages may use a chat, how often, and what its administrator sets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.chat_world import ORIGIN, Chat, client_id, make_chat
from tests.api.world import World

ASK = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}


def origin_of(answer: Any) -> str | None:
    value: str | None = answer.headers.get("access-control-allow-origin")
    return value


def test_an_allowed_page_may_ask_and_others_may_not(world: World) -> None:
    chat = make_chat(world)
    path = f"{chat.path}/sessions"
    asked = world.client.options(path, headers={**ASK, "Origin": ORIGIN})
    assert (asked.status_code, origin_of(asked)) == (204, ORIGIN)
    assert "Authorization" in asked.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in asked.headers, "no cookie is ever used here"
    made = world.client.post(path, json={}, headers={"Origin": ORIGIN})
    assert (made.status_code, origin_of(made), made.headers["vary"]) == (201, ORIGIN, "Origin")
    for origin in ("https://evil.example", "http://shop.example", f"{ORIGIN}.evil.example", "null", f"{ORIGIN}:8443"):
        for answer in (
            world.client.options(path, headers={**ASK, "Origin": origin}),
            world.client.post(path, json={}, headers={"Origin": origin}),
        ):
            assert (answer.status_code, origin_of(answer)) == (403, None), origin
            assert answer.json()["code"] == "origin_not_allowed"


def test_a_refused_page_changes_nothing(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    body = {"client_id": client_id(), "text": "von anderswo"}
    assert shopper.call("POST", "messages", json=body, headers={"Origin": "https://evil.example"}).status_code == 403
    assert shopper.texts() == []


def test_our_own_page_and_programs_may_without_being_named(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world, allowed_origins=[])
    own = sqlite_world.runtime.settings.base_url
    for headers in ({"Origin": own}, {}):
        answer = sqlite_world.client.post(f"{chat.path}/sessions", json={}, headers=headers)
        assert (answer.status_code, origin_of(answer)) == (201, None)
    assert sqlite_world.client.post(f"{chat.path}/sessions", json={}, headers={"Origin": ORIGIN}).status_code == 403


def test_one_chats_origins_are_not_anothers(sqlite_world: World) -> None:
    world = sqlite_world
    make_chat(world)
    body = {"kind": "web", "name": "second", "chat": {"allowed_origins": ["https://second.example"]}}
    made = world.client.post(f"/api/v1/shops/{world.shop}/channel-accounts", json=body, headers=world.admin).json()
    second = Chat(world, made["id"], made["public_key"], made["secret"])
    assert world.client.get(second.path, headers={"Origin": ORIGIN}).status_code == 403
    assert world.client.get(second.path, headers={"Origin": "https://second.example"}).status_code == 200


def test_a_refusal_can_be_read_by_the_allowed_page(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world)
    answer = sqlite_world.client.get(f"{chat.path}/conversation", headers={"Origin": ORIGIN})
    assert (answer.status_code, origin_of(answer)) == (401, ORIGIN)


def test_too_much_at_once_is_slowed_down_and_counts_by_session(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world)
    shopper, other = chat.open(), chat.open()
    statuses = [shopper.say(str(number)).status_code for number in range(21)]
    assert statuses == [201] * 20 + [429]
    refused = shopper.say("noch eine")
    assert int(refused.headers["retry-after"]) > 0
    asked = shopper.call("POST", "human", json={"client_id": client_id()})
    assert asked.status_code == 429, "the door to a person is no way around"
    assert other.say("ich auch").status_code == 201


def test_sessions_and_words_are_limited_by_address(sqlite_world: World) -> None:
    chat = make_chat(sqlite_world)
    shoppers = [chat.open() for _ in range(8)]
    statuses = [shoppers[number % 8].say(str(number)).status_code for number in range(125)]
    assert statuses.count(201) == 120 and statuses[-5:] == [429] * 5
    opened = [sqlite_world.client.post(f"{chat.path}/sessions", json={}).status_code for _ in range(60)]
    assert opened == [201] * 52 + [429] * 8


def test_unsent_files_do_not_pile_up(sqlite_world: World) -> None:
    shopper = make_chat(sqlite_world).open()
    uploads = [shopper.call("POST", "attachments", files={"file": ("a.txt", b"a")}) for _ in range(21)]
    assert [answer.status_code for answer in uploads[:20]] == [201] * 20
    assert uploads[20].status_code in (422, 429)


@pytest.mark.parametrize(
    ("given", "stored"),
    [
        ("https://Shop.Example/", "https://shop.example"),
        ("https://shop.example:443", "https://shop.example"),
        ("http://localhost:5173", "http://localhost:5173"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_origin_is_stored_as_browsers_send_it(sqlite_world: World, given: str, stored: str) -> None:
    chat = make_chat(sqlite_world, allowed_origins=[given, given])
    shown = sqlite_world.client.get(f"/api/v1/channel-accounts/{chat.account}", headers=sqlite_world.admin).json()
    assert shown["chat"]["allowed_origins"] == [stored]
    assert "secret" not in shown


@pytest.mark.parametrize(
    "chat",
    [
        {"allowed_origins": ["*"]},
        {"allowed_origins": ["https://*.shop.example"]},
        {"allowed_origins": ["shop.example"]},
        {"allowed_origins": ["https://shop.example/path"]},
        {"allowed_origins": ["https://user@shop.example"]},
        {"allowed_origins": ["https://shop.example:99999"]},
        {"allowed_origins": ["javascript:alert(1)"]},
        {"greeting": {"fr": "Bonjour"}},
        {"greeting": {"zh": "好" * 301}},
        {"quick_replies": {"zh": [str(n) for n in range(7)]}},
        {"quick_replies": {"zh": ["好" * 61]}},
    ],
)
def test_settings_that_cannot_work_are_refused(sqlite_world: World, chat: dict[str, Any]) -> None:
    path = f"/api/v1/shops/{sqlite_world.shop}/channel-accounts"
    body = {"kind": "web", "name": "page", "chat": chat}
    assert sqlite_world.client.post(path, json=body, headers=sqlite_world.admin).status_code == 422


def test_a_webhook_has_no_chat_settings(sqlite_world: World) -> None:
    path = f"/api/v1/shops/{sqlite_world.shop}/channel-accounts"
    body = {"kind": "webhook", "name": "hook", "chat": {}}
    assert sqlite_world.client.post(path, json=body, headers=sqlite_world.admin).status_code == 422
    made = sqlite_world.client.post(path, json={"kind": "webhook", "name": "hook"}, headers=sqlite_world.admin).json()
    assert (made["public_key"], made["chat"]) == (None, None)

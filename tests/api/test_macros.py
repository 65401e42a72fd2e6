"""Macros over HTTP: who writes them, and what a ticket's values make of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from records.macros.rendering import render, unfilled
from records.people.models import Customer
from records.principals import Role
from records.shops.models import Shop
from records.tickets.models import Ticket
from tests.api.world import World
from tests.factories import make_account, make_identity, make_order, make_shipment

GREETING = {
    "title_zh": "问候", "title_en": "Greeting",
    "body_zh": "{{customer.name}}您好，订单 {{ order.external_id }} 由{{agent.name}}跟进。",
    "body_en": "Hello {{customer.name}}, about {{order.external_id}}.",
}  # fmt: skip


def _create(world: World, headers: dict[str, str] | None = None, **values: Any) -> Any:
    supervisor = headers or world.signed_in(Role.SUPERVISOR)
    return world.client.post("/api/v1/macros", json={**GREETING, **values}, headers=supervisor)


def _for_ticket(world: World) -> list[dict[str, Any]]:
    answer = world.client.get(f"/api/v1/tickets/{world.ticket}/macros", headers=world.agent)
    assert answer.status_code == 200, answer.text
    return answer.json()


def _with_order(world: World, *, verified: bool) -> str:
    """The ticket's sender has an order; returns its number."""
    with world.db.unit_of_work() as session:
        shop, customer = session.get_one(Shop, world.shop), session.get_one(Customer, world.customer)
        identity = make_identity(session, make_account(session, shop), customer, verified=verified)
        session.get_one(Ticket, world.ticket).identity_id = identity.id
        order = make_order(session, shop, customer)
        make_shipment(session, order)
        return order.order_no


def test_a_supervisor_writes_and_an_agent_reads(world: World) -> None:
    assert _create(world, world.agent).status_code == 403
    made = _create(world)
    assert made.status_code == 201 and made.headers["location"] == f"/api/v1/macros/{made.json()['id']}"
    path = made.headers["location"]
    supervisor = world.signed_in(Role.SUPERVISOR)
    assert world.client.get(path, headers=world.agent).json()["title_zh"] == "问候"
    assert world.client.patch(path, json={"title_zh": "你好"}, headers=supervisor).status_code == 428
    first = {**supervisor, "If-Match": made.headers["etag"]}
    changed = world.client.patch(path, json={"title_zh": "你好"}, headers=first)
    assert changed.status_code == 200 and changed.json()["title_zh"] == "你好"
    assert world.client.patch(path, json={"title_zh": "喂"}, headers=first).status_code == 412
    assert world.client.delete(path, headers=first).status_code == 412
    gone = world.client.delete(path, headers={**supervisor, "If-Match": changed.headers["etag"]})
    assert gone.status_code == 204 and world.client.get(path, headers=world.agent).status_code == 404


def test_the_tickets_values_are_put_in(world: World) -> None:
    number = _with_order(world, verified=True)
    with world.db.reading() as session:
        name = session.get_one(Customer, world.customer).name
    _create(world)
    (shown,) = _for_ticket(world)
    assert shown["text"].startswith(f"{name}您好，订单 {number} 由客服") and shown["unfilled"] == []
    with world.db.unit_of_work() as session:
        session.get_one(Ticket, world.ticket).language = "en"
    (english,) = _for_ticket(world)
    assert english["title"] == "Greeting" and english["text"] == f"Hello {name}, about {number}."


def test_the_order_that_the_customer_names_comes_before_the_newest(world: World) -> None:
    older = _with_order(world, verified=True)
    with world.db.unit_of_work() as session:
        shop, customer = session.get_one(Shop, world.shop), session.get_one(Customer, world.customer)
        newest = make_order(session, shop, customer, placed_at=datetime(2026, 11, 9, tzinfo=UTC)).order_no
    _create(world)
    assert newest in _for_ticket(world)[0]["text"]
    said = {"kind": "customer", "text": f"我的订单 {older} 呢"}
    world.client.post(f"/api/v1/tickets/{world.ticket}/messages", json=said, headers=world.agent)
    assert older in _for_ticket(world)[0]["text"]


def test_what_has_no_value_is_marked_and_cannot_be_sent(world: World) -> None:
    _create(world)
    (shown,) = _for_ticket(world)
    assert shown["unfilled"] == ["order.external_id"] and "{{order.external_id}}" in shown["text"]
    reply = {"kind": "reply", "text": shown["text"]}
    refused = world.client.post(f"/api/v1/tickets/{world.ticket}/messages", json=reply, headers=world.agent)
    assert refused.status_code == 422 and refused.json()["field"] == "text", refused.text
    note = {"kind": "note", "text": shown["text"]}
    assert (
        world.client.post(f"/api/v1/tickets/{world.ticket}/messages", json=note, headers=world.agent).status_code == 201
    )


def test_a_sender_whom_nobody_verified_is_told_of_no_order(world: World) -> None:
    _with_order(world, verified=False)
    _create(world)
    assert _for_ticket(world)[0]["unfilled"] == ["order.external_id"]


def test_those_for_the_tickets_intent_come_first_and_other_shops_are_left_out(world: World) -> None:
    with world.db.unit_of_work() as session:
        session.get_one(Ticket, world.ticket).intent = "where_is_my_parcel"
    _create(world, title_zh="一般")
    _create(world, title_zh="物流", intent="where_is_my_parcel", shop_id=world.shop)
    _create(world, title_zh="别家", shop_id=world.other)
    assert [(one["title"], one["for_intent"]) for one in _for_ticket(world)] == [("物流", True), ("一般", False)]


def test_a_supervisor_of_one_shop_writes_for_that_shop_only(world: World) -> None:
    limited = world.signed_in(Role.SUPERVISOR, world.shop)
    assert _create(world, limited).status_code == 403
    assert _create(world, limited, shop_id=world.other).status_code == 404
    mine = _create(world, limited, shop_id=world.shop)
    assert mine.status_code == 201
    general = _create(world)
    path, etag = general.headers["location"], general.headers["etag"]
    assert world.client.patch(path, json={}, headers={**limited, "If-Match": etag}).status_code == 403
    away = world.client.patch(
        mine.headers["location"], json={"shop_id": None}, headers={**limited, "If-Match": mine.headers["etag"]}
    )
    assert away.status_code == 403


@pytest.mark.parametrize(
    "values, field",
    [
        ({"body_zh": "", "body_en": ""}, "body_zh"),
        ({"title_en": ""}, "title_en"),
        ({"body_zh": "{{customer.nmae}}您好"}, "body_zh"),
        ({"intent": "no_such_intent"}, "intent"),
    ],
)
def test_what_could_not_work_is_refused(sqlite_world: World, values: dict[str, str], field: str) -> None:
    refused = _create(sqlite_world, **values)
    assert refused.status_code == 422 and refused.json()["field"] == field


def test_a_value_is_never_read_as_a_variable() -> None:
    rendered = render("{{customer.name}} {{shop.name}}", {"customer.name": "{{agent.name}}", "agent.name": "秘密"})
    assert rendered.text == "{{agent.name}} {{shop.name}}" and rendered.unfilled == ("shop.name",)
    assert unfilled("a {{ shop.name }} b {{not.ours}} {{shop.name}}") == ["shop.name"]


def test_an_unknown_variable_is_named_with_those_that_there_are(world: World) -> None:
    refused = _create(world, body_zh="您好{{customer.nmae}}")
    told = refused.json()
    assert (refused.status_code, told["code"], told["field"]) == (422, "unknown_variable", "body_zh")
    assert told["names"] == ["{{customer.nmae}}"] and "{{customer.name}}" in told["known"]

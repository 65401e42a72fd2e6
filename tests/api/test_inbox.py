"""The inbox over HTTP: what a list finds and in which order, what a row shows, counts, saved views."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from records.people.models import Customer
from records.principals import Role
from records.shops.models import Shop
from records.tickets.models import Ticket
from tests.api.world import World
from tests.factories import make_order

INBOX = "/api/v1/inbox"
TICKETS = "/api/v1/tickets"


def ticket(world: World, text: str, *, shop: int = 0, **columns: Any) -> int:
    body = {"shop_id": shop or world.shop, "customer_id": world.customer, "text": text}
    made: int = world.client.post(TICKETS, json=body, headers=world.admin).json()["id"]
    if columns:
        with world.db.unit_of_work() as session:
            session.execute(update(Ticket).where(Ticket.id == made).values(**columns))
    return made


def listed(world: World, headers: dict[str, str] | None = None, **query: Any) -> list[int]:
    answer = world.client.get(f"{INBOX}/tickets", params=query, headers=headers or world.agent)
    assert answer.status_code == 200, answer.text
    return [row["id"] for row in answer.json()["items"]]


def row(world: World, ticket_id: int, headers: dict[str, str] | None = None) -> dict[str, Any]:
    (one,) = world.client.get(f"{INBOX}/tickets", params={"id": ticket_id}, headers=headers or world.agent).json()[
        "items"
    ]
    return dict(one)


def change_one(world: World, ticket_id: int, changes: dict[str, Any]) -> Any:
    path = f"{TICKETS}/{ticket_id}"
    etag = world.client.get(path, headers=world.agent).headers["etag"]
    return world.client.patch(path, json=changes, headers={**world.agent, "If-Match": etag})


def me(world: World, headers: dict[str, str]) -> int:
    return int(world.client.get("/api/v1/auth/me", headers=headers).json()["id"])


def test_filters_find_what_they_say(world: World) -> None:
    agent = me(world, world.agent)
    mine = ticket(world, "一", status="open", assignee_id=agent, priority="urgent", channel="email", language="en")
    done = ticket(world, "二", status="resolved", intent="refund_status", category="after_sales", waiting_since=None)
    elsewhere = ticket(world, "三", shop=world.other)
    with world.db.unit_of_work() as session:
        session.execute(update(Ticket).where(Ticket.id == world.ticket).values(status="pending", waiting_since=None))
    every = {world.ticket, mine, done, elsewhere}
    asked: list[tuple[dict[str, Any], set[int]]] = [
        ({}, every),
        ({"assignee": "me"}, {mine}),
        ({"assignee": str(agent)}, {mine}),
        ({"assignee": "nobody"}, every - {mine}),
        ({"status": ["open", "resolved"]}, {mine, done}),
        ({"priority": "urgent"}, {mine}),
        ({"channel": ["email", "phone"]}, {mine}),
        ({"language": "en"}, {mine}),
        ({"intent": "refund_status"}, {done}),
        ({"category": "after_sales"}, {done}),
        ({"shop_id": world.other}, {elsewhere}),
        ({"waiting": "true"}, {mine, elsewhere}),
        ({"id": [mine, done]}, {mine, done}),
    ]
    for query, wanted in asked:
        assert set(listed(world, **query)) == wanted, query
    assert set(listed(world, world.signed_in(Role.AGENT, world.shop))) == every - {elsewhere}
    for wrong in ({"assignee": "somebody"}, {"status": "gone"}, {"sort": "random"}, {"q": "x" * 201}):
        assert world.client.get(f"{INBOX}/tickets", params=wrong, headers=world.agent).status_code == 422


def test_tags_filter_and_are_counted(world: World) -> None:
    change_one(world, world.ticket, {"tags": ["催单", "vip"]})
    other = ticket(world, "别的")
    assert listed(world, tag="催单") == [world.ticket]
    assert listed(world, tag=["大促", "vip"]) == [world.ticket]
    assert listed(world, tag="大促") == []
    assert row(world, world.ticket)["tags"] == ["vip", "催单"]
    counts = world.client.get(f"{INBOX}/counts", headers=world.agent).json()
    assert counts["tag"] == {"催单": 1, "vip": 1} and counts["active"] == 2 and other


def test_search_finds_parts_of_words_wherever_they_stand(world: World) -> None:
    with world.db.unit_of_work() as session:
        session.execute(update(Customer).where(Customer.id == world.customer).values(name="陈女士"))
        shop, customer = session.get_one(Shop, world.shop), session.get_one(Customer, world.customer)
        number = make_order(session, shop, customer).order_no
    found = ticket(world, "包裹三天没动\nIs my Parcel lost? 100% sure", external_id="TB-77")
    other = ticket(world, "a_b 退货")
    every = {world.ticket, found, other}
    asked: list[tuple[str, set[int]]] = [
        ("裹三", {found}),  # part of a Chinese word
        ("parcel", {found}),  # small for capital, in the message and not in the subject
        ("PARCEL 包裹", {found}),  # all words
        ("parcel 退货", set()),
        ("陈女", every),
        ("TB-77", {found}),
        (f"#{found}", {found}),
        (number, every),  # an order of the customer's
        ("100%", {found}),
        ("0% s", {found}),
        ("_", {other}),  # no wildcard
        ("%", {found}),
        ("\\", set()),
    ]
    for text, wanted in asked:
        assert set(listed(world, q=text)) == wanted, text


@pytest.mark.parametrize("sort", ["newest", "waiting", "priority"])
def test_pages_in_every_order_follow_each_other(world: World, sort: str) -> None:
    start = datetime(2026, 11, 1, tzinfo=UTC)
    made = [world.ticket]
    for number in range(7):
        made.append(
            ticket(
                world,
                str(number),
                priority=["low", "urgent", "normal", "high"][number % 4],
                updated_at=start + timedelta(hours=number // 2),  # equal times: the id decides
                waiting_since=None if number % 3 == 0 else start - timedelta(hours=number // 2),
            )
        )
    seen: list[dict[str, Any]] = []
    cursor = None
    while True:
        query = {"limit": 3, "sort": sort, **({"cursor": cursor} if cursor else {})}
        page = world.client.get(f"{INBOX}/tickets", params=query, headers=world.agent).json()
        seen += page["items"]
        if (cursor := page["next"]) is None:
            break
    assert sorted(one["id"] for one in seen) == sorted(made)
    keys = {
        "newest": lambda one: (one["updated_at"], one["id"]),
        "waiting": lambda one: (one["waiting_since"] or "9999", one["id"]),
        "priority": lambda one: (
            ["low", "normal", "high", "urgent"].index(one["priority"]), one["updated_at"], one["id"]
        ),
    }  # fmt: skip
    assert seen == sorted(seen, key=keys[sort], reverse=sort != "waiting")


def test_a_cursor_of_another_order_is_refused(world: World) -> None:
    ticket(world, "二")
    path = f"{INBOX}/tickets"
    cursor = world.client.get(path, params={"limit": 1}, headers=world.agent).json()["next"]
    answer = world.client.get(path, params={"limit": 1, "sort": "waiting", "cursor": cursor}, headers=world.agent)
    assert answer.status_code == 422 and answer.json()["field"] == "cursor"


def test_a_row_says_all_that_it_shows(world: World) -> None:
    agent = me(world, world.agent)
    suggestion = world.suggestion()
    path = f"{TICKETS}/{world.ticket}"
    change_one(world, world.ticket, {"assignee_id": agent})
    world.client.put(f"{path}/presence", json={"state": "typing"}, headers=world.admin)
    with world.db.unit_of_work() as session:
        session.execute(update(Customer).where(Customer.id == world.customer).values(tier="VIP"))
    shown = row(world, world.ticket)
    assert shown["unread"] is True and shown["customer_tier"] == "VIP" and shown["customer_name"]
    assert shown["assignee_id"] == agent and shown["assignee_name"]
    assert shown["waiting_since"] and shown["last_message"]["text"] == "快递到哪了"
    assert shown["suggestion"] == {"id": suggestion, "state": "pending", "kind": "record", "confidence": 0.9}
    assert [(one["kind"], one["state"]) for one in shown["present"]] == [("staff", "typing")]
    world.client.put(f"{path}/read", json={"seq": 1}, headers=world.agent)
    world.client.post(f"{path}/messages", json={"kind": "note", "text": "先\n\n  查件"}, headers=world.agent)
    shown = row(world, world.ticket)
    assert shown["unread"] is False and row(world, world.ticket, world.admin)["unread"] is True
    assert (shown["last_message"]["text"], shown["last_message"]["visibility"]) == ("先 查件", "note")
    world.client.post(f"/api/v1/suggestions/{suggestion}/approve", json={}, headers={**world.agent, "If-Match": '"1"'})
    assert row(world, world.ticket)["suggestion"] is None


def test_a_customer_waits_from_the_first_unanswered_message_until_an_answer(world: World) -> None:
    path = f"{TICKETS}/{world.ticket}/messages"
    first = row(world, world.ticket)["waiting_since"]
    world.client.post(path, json={"kind": "customer", "text": "人呢"}, headers=world.agent)
    world.client.post(path, json={"kind": "note", "text": "稍等"}, headers=world.agent)
    assert first and row(world, world.ticket)["waiting_since"] == first
    reply = world.client.post(path, json={"kind": "reply", "text": "您好"}, headers=world.agent).json()["id"]
    assert row(world, world.ticket)["waiting_since"] is None
    assert world.client.post(f"{path}/{reply}/cancel", headers=world.agent).status_code == 204
    taken_back = datetime.fromisoformat(row(world, world.ticket)["waiting_since"])
    assert abs(taken_back - datetime.fromisoformat(first)) < timedelta(seconds=2)  # it waits as long as before
    change_one(world, world.ticket, {"status": "resolved"})
    assert row(world, world.ticket)["waiting_since"] is None


def test_counts_say_what_the_lists_show(world: World) -> None:
    agent = me(world, world.agent)
    ticket(world, "a", status="open", assignee_id=agent, priority="urgent")
    ticket(world, "b", status="closed", assignee_id=agent, waiting_since=None)
    ticket(world, "c", shop=world.other, channel="email")
    view = {"name": "急", "filters": {"priority": ["urgent"], "assignee": "me"}}
    saved = world.client.post(f"{INBOX}/views", json=view, headers=world.agent).json()["id"]
    counts = world.client.get(f"{INBOX}/counts", headers=world.agent).json()
    active = {"status": ["new", "open", "pending"]}
    assert counts["mine"] == len(listed(world, assignee="me", **active)) == 1
    assert counts["unassigned"] == len(listed(world, assignee="nobody", **active)) == 2
    assert counts["waiting"] == len(listed(world, waiting="true")) == 3
    assert counts["active"] == len(listed(world, **active)) == 3
    assert counts["status"] == {"new": 2, "open": 1, "closed": 1}
    assert counts["priority"] == {"urgent": 1, "normal": 2} and counts["channel"] == {"web": 2, "email": 1}
    assert counts["views"] == {str(saved): 1}
    limited = world.client.get(f"{INBOX}/counts", headers=world.signed_in(Role.AGENT, world.other)).json()
    assert (limited["active"], limited["channel"], limited["views"]) == (1, {"email": 1}, {})


def test_a_view_is_kept_shared_changed_and_deleted(world: World) -> None:
    other = world.signed_in(Role.SUPERVISOR)
    path = f"{INBOX}/views"
    body = {"name": " 大促 ", "filters": {"tag": ["大促"], "waiting": True}, "sort": "waiting"}
    made = world.client.post(path, json=body, headers=world.agent)
    view = made.json()
    assert made.status_code == 201 and view["name"] == "大促" and view["own"] is True
    assert view["filters"]["tag"] == ["大促"] and view["filters"]["waiting"] is True
    one = f"{path}/{view['id']}"
    etag = {"If-Match": made.headers["etag"]}
    assert world.client.get(path, headers=other).json() == []
    assert world.client.patch(one, json={"shared": True}, headers={**other, **etag}).status_code == 404
    shared = world.client.patch(one, json={"shared": True, "position": 3}, headers={**world.agent, **etag})
    assert shared.status_code == 200 and shared.json()["name"] == "大促"
    assert world.client.patch(one, json={"name": "x"}, headers={**world.agent, **etag}).status_code == 412
    assert [(v["id"], v["own"]) for v in world.client.get(path, headers=other).json()] == [(view["id"], False)]
    assert world.client.delete(one, headers=other).status_code == 403
    assert world.client.delete(one, headers=world.agent).status_code == 204
    assert world.client.get(path, headers=world.agent).json() == []
    for wrong in (
        {"name": " ", "filters": {}},
        {"name": "x", "filters": {"status": ["gone"]}},
        {"name": "x", "filters": {"colour": "red"}},
        {"name": "x", "filters": {"assignee": "-1"}},
    ):
        assert world.client.post(path, json=wrong, headers=world.agent).status_code == 422, wrong


def test_views_have_a_limit(sqlite_world: World) -> None:
    for number in range(50):
        made = sqlite_world.client.post(
            f"{INBOX}/views", json={"name": str(number), "filters": {}}, headers=sqlite_world.agent
        )
        assert made.status_code == 201
    more = sqlite_world.client.post(f"{INBOX}/views", json={"name": "51", "filters": {}}, headers=sqlite_world.agent)
    assert more.status_code == 422

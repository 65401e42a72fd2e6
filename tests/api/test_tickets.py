"""Tickets over HTTP: shops, versions, repeated creates, pages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from sqlalchemy import func, select

from core.idempotency import IdempotencyRecord
from core.jobs import queue
from records.people.models import Customer
from records.principals import Role
from records.shops.models import Shop
from records.tickets.models import Message, Ticket
from tests.api.world import World
from tests.factories import make_account, make_identity
from tests.ports import free_port
from worker.runner import Runner

TICKETS = "/api/v1/tickets"
WEBHOOK_SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


def new(world: World, **values: object) -> dict[str, object]:
    return {"shop_id": world.shop, "customer_id": world.customer, "text": "在吗", **values}


def count(world: World, table: type) -> int:
    with world.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """All calls begin together; their results in order."""
    barrier = threading.Barrier(len(calls))
    results: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        barrier.wait()
        results[number] = call()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return results


def test_a_ticket_is_opened_read_and_changed(world: World) -> None:
    client, headers = world.client, world.agent
    made = client.post(TICKETS, json=new(world, subject="  "), headers=headers)
    assert made.status_code == 201
    shown = made.json()
    assert (shown["subject"], shown["status"], shown["last_inbound_seq"]) == ("在吗", "new", 1)
    read = client.get(made.headers["location"], headers=headers)
    assert read.json() == shown and read.headers["etag"] == made.headers["etag"]
    messages = client.get(f"{made.headers['location']}/messages", headers=headers).json()["items"]
    assert [(m["seq"], m["text"], m["direction"]) for m in messages] == [(1, "在吗", "in")]
    timeline = client.get(f"{made.headers['location']}/timeline", headers=headers).json()
    assert [event["name"] for event in timeline] == ["TicketOpened", "MessageReceived"]
    assert timeline[1]["data"] == {"message_id": messages[0]["id"]}
    changed = client.patch(
        made.headers["location"],
        json={"status": "resolved", "tags": ["a"], "intent": "logistics_query"},
        headers={**headers, "If-Match": read.headers["etag"]},
    )
    assert changed.json()["status"] == "resolved" and changed.json()["tags"] == ["a"]


def test_of_two_changes_of_the_same_version_one_wins(world: World) -> None:
    path = f"{TICKETS}/{world.ticket}"
    etag = world.client.get(path, headers=world.agent).headers["etag"]
    headers = {**world.agent, "If-Match": etag}
    answers = at_once(
        *(
            lambda word=word: world.client.patch(path, json={"priority": word}, headers=headers)
            for word in ("high", "urgent", "low")
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 412, 412]
    (won,) = [answer for answer in answers if answer.status_code == 200]
    assert world.client.get(path, headers=world.agent).json()["priority"] == won.json()["priority"]
    assert world.client.patch(path, json={"priority": "low"}, headers=world.agent).status_code == 428
    for wrong in ("abc", '"x"', "", '"' + "9" * 40 + '"'):
        refused = world.client.patch(path, json={"priority": "low"}, headers={**world.agent, "If-Match": wrong})
        assert refused.status_code in (412, 422, 428), wrong


def test_tickets_of_another_shop_are_out_of_reach(world: World) -> None:
    other = world.client.post(TICKETS, json=new(world, shop_id=world.other), headers=world.agent).json()["id"]
    limited = world.signed_in(Role.SUPERVISOR, world.shop)
    assert [row["id"] for row in world.client.get(TICKETS, headers=limited).json()["items"]] == [world.ticket]
    assert world.client.get(f"{TICKETS}/counts", headers=limited).json() == {"new": 1}
    path = f"{TICKETS}/{other}"
    asked = [
        ("GET", path, None),
        ("PATCH", path, {"priority": "low"}),
        ("GET", f"{path}/messages", None),
        ("POST", f"{path}/messages", {"kind": "note", "text": "x"}),
        ("GET", f"{path}/timeline", None),
        ("PUT", f"{path}/read", {"seq": 1}),
        ("GET", f"{path}/suggestions", None),
        ("POST", f"{path}/suggestions", None),
        ("GET", f"/api/v1/suggestions/{world.suggestion(ticket=other)}", None),
        ("POST", f"/api/v1/suggestions/{1}/approve", {}),
        ("GET", "/api/v1/suggestions/1/stream", None),
    ]
    for method, address, body in asked:
        headers = {**limited, "If-Match": '"1"'}
        assert world.client.request(method, address, json=body, headers=headers).status_code == 404, address
    assert world.client.post(TICKETS, json=new(world, shop_id=world.other), headers=limited).status_code == 403


def test_a_repeated_create_is_one_create(world: World) -> None:
    headers = {**world.agent, "Idempotency-Key": "k1"}
    first = world.client.post(TICKETS, json=new(world), headers=headers)
    again = world.client.post(TICKETS, json=new(world), headers=headers)
    assert again.status_code == 201 and again.json() == first.json()
    assert "idempotency-replayed" not in first.headers and again.headers["idempotency-replayed"] == "true"
    assert count(world, Ticket) == 2
    other_body = world.client.post(TICKETS, json=new(world, text="别的"), headers=headers)
    assert other_body.status_code == 409 and other_body.headers["content-type"] == "application/problem+json"
    other_path = world.client.post(f"{TICKETS}/{world.ticket}/suggestions", headers=headers)
    assert other_path.status_code == 409
    somebody = {**world.signed_in(Role.SUPERVISOR), "Idempotency-Key": "k1"}
    assert world.client.post(TICKETS, json=new(world), headers=somebody).json()["id"] != first.json()["id"]


def test_a_create_that_failed_does_not_spend_its_key(world: World) -> None:
    headers = {**world.agent, "Idempotency-Key": "k2"}
    assert world.client.post(TICKETS, json=new(world, customer_id=99999), headers=headers).status_code == 404
    assert count(world, IdempotencyRecord) == 0
    assert world.client.post(TICKETS, json=new(world), headers=headers).status_code == 201


def test_two_creates_at_once_with_one_key_are_one_create_with_one_answer(world: World) -> None:
    headers = {**world.agent, "Idempotency-Key": "k3"}
    answers = at_once(*[lambda: world.client.post(TICKETS, json=new(world), headers=headers)] * 4)
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sum("idempotency-replayed" in answer.headers for answer in answers) == 3
    assert count(world, Ticket) == 2


def test_pages_follow_each_other_and_lose_nothing(world: World) -> None:
    for number in range(6):
        world.client.post(TICKETS, json=new(world, text=f"第{number}个"), headers=world.agent)
    seen: list[int] = []
    cursor = None
    while True:
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = world.client.get(TICKETS, params=query, headers=world.agent).json()
        seen += [row["id"] for row in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
        assert len(page["items"]) == 3
    assert len(seen) == 7 and len(set(seen)) == 7


def test_a_cursor_that_was_changed_or_belongs_elsewhere_is_refused(world: World) -> None:
    for _ in range(2):
        world.client.post(TICKETS, json=new(world), headers=world.agent)
    cursor = world.client.get(f"{TICKETS}?limit=1", headers=world.agent).json()["next"]
    changed = [cursor[:-2] + ("AA" if cursor[-2:] != "AA" else "BB"), "x" + cursor, "", "é", "AAAA", "null", "W10"]
    for wrong in changed:
        answer = world.client.get(TICKETS, params={"cursor": wrong}, headers=world.agent)
        assert answer.status_code == 422, wrong
        assert answer.json()["field"] == "cursor"
    elsewhere = world.client.get("/api/v1/customers", params={"cursor": cursor}, headers=world.agent)
    assert elsewhere.status_code == 422
    assert world.client.get(f"{TICKETS}?limit=0", headers=world.agent).status_code == 422
    assert world.client.get(f"{TICKETS}?limit=201", headers=world.agent).status_code == 422


def test_a_message_with_a_client_id_is_written_once(world: World) -> None:
    path = f"{TICKETS}/{world.ticket}/messages"
    body = {"kind": "reply", "text": "您好", "client_id": "c1"}
    assert world.client.post(path, json=body, headers=world.agent).status_code == 201
    assert world.client.post(path, json=body, headers=world.agent).status_code == 409
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).where(Message.client_id == "c1")) == 1


def test_a_shop_that_does_not_exist_is_named(world: World) -> None:
    assert count(world, Shop) == 2
    answer = world.client.post(TICKETS, json=new(world, shop_id=4711), headers=world.agent)
    assert answer.status_code == 422 and answer.json()["code"] == "invalid_input"


def test_a_reply_that_cannot_be_delivered_says_why_and_when_it_is_tried_again(world: World) -> None:
    closed = f"http://127.0.0.1:{free_port()}/replies"
    with world.db.unit_of_work() as session:
        shop = session.get_one(Shop, world.shop)
        account = make_account(session, shop, config={"url": closed}, secret=WEBHOOK_SECRET)
        identity = make_identity(session, account, session.get_one(Customer, world.customer))
        ticket = session.get_one(Ticket, world.ticket)
        ticket.channel_account_id, ticket.identity_id = account.id, identity.id
    path = f"{TICKETS}/{world.ticket}/messages"
    message = world.client.post(path, json={"kind": "reply", "text": "您好"}, headers=world.agent).json()
    assert (message["delivery"]["last_error"], message["delivery"]["next_try_at"]) == (None, None)
    with world.db.unit_of_work() as session:
        session.get_one(Message, message["id"]).send_after = None
        queue.enqueue(session, "channels.send", "try", {"message_id": message["id"]})
    with world.db.reading() as session:
        (job,) = (one.id for one in queue.list_jobs(session, name="channels.send"))
    assert Runner(world.runtime).run(job)
    *_, shown = world.client.get(path, headers=world.agent).json()["items"]
    assert shown["delivery"]["state"] == "queued" and shown["delivery"]["attempt"] == 1
    assert closed in shown["delivery"]["last_error"]
    assert shown["delivery"]["next_try_at"] > shown["delivery"]["updated_at"]

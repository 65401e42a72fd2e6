"""Who is at a ticket: heartbeats, their end, who may see them, and the hint that something changed."""

from __future__ import annotations

import time

import httpx
from sqlalchemy import func, select, update

from core.db import db_now
from core.events import Event
from records.presence import actions, queries
from records.presence.models import Presence
from records.principals import Principal, Role
from tests.api.test_live import Listener, served
from tests.api.world import World


def tell(world: World, state: str, headers: dict[str, str]) -> int:
    path = f"/api/v1/tickets/{world.ticket}/presence"
    return world.client.put(path, json={"state": state}, headers=headers).status_code


def here(world: World, headers: dict[str, str]) -> list[tuple[str, str]]:
    rows = world.client.get(f"/api/v1/tickets/{world.ticket}/presence", headers=headers).json()
    return [(row["kind"], row["state"]) for row in rows]


def expire(world: World, seconds: float = 1) -> None:
    with world.db.unit_of_work() as session:
        session.execute(update(Presence).values(expires_at=db_now(-seconds)))


def test_another_agent_is_seen_and_oneself_is_not(world: World) -> None:
    other = world.signed_in(Role.SUPERVISOR)
    assert tell(world, "viewing", world.agent) == 204
    assert here(world, world.agent) == []
    assert here(world, other) == [("staff", "viewing")]
    assert tell(world, "typing", world.agent) == 204
    assert here(world, other) == [("staff", "typing")]
    assert tell(world, "gone", world.agent) == 204
    assert here(world, other) == []
    assert tell(world, "dancing", world.agent) == 422


def test_a_heartbeat_ends_in_the_time_of_the_database(world: World) -> None:
    other = world.signed_in(Role.SUPERVISOR)
    tell(world, "viewing", world.agent)
    with world.db.reading() as session:
        left = session.scalar(select(Presence.id).where(Presence.expires_at > db_now(15)))
        over = session.scalar(select(Presence.id).where(Presence.expires_at > db_now(21)))
    assert left and not over
    expire(world)
    assert here(world, other) == []
    first = tell(world, "viewing", world.agent)  # back again: a new stay, not the old one
    assert first == 204 and here(world, other) == [("staff", "viewing")]
    expire(world)
    tell(world, "viewing", other)
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Presence)) == 1  # what ended is deleted


def test_a_shopper_who_types_is_seen_by_staff_and_staff_by_the_shopper(world: World) -> None:
    shopper = Principal("customer", customer_id=world.customer, name="x")
    with world.db.unit_of_work() as session:
        actions.tell(session, shopper, world.ticket, "typing")
    tell(world, "typing", world.agent)
    rows = world.client.get(f"/api/v1/tickets/{world.ticket}/presence", headers=world.agent).json()
    assert [(row["kind"], row["id"], row["state"]) for row in rows] == [("customer", world.customer, "typing")]
    with world.db.reading() as session:
        (agent,) = queries.who_is_here(session, shopper, [world.ticket])
    assert (agent.kind, agent.state) == ("staff", "typing") and agent.name


def test_presence_stays_in_its_shop_and_is_for_people(world: World) -> None:
    stranger = world.signed_in(Role.AGENT, world.other)
    assert tell(world, "viewing", stranger) == 404
    path = f"/api/v1/tickets/{world.ticket}/presence"
    assert world.client.get(path, headers=stranger).status_code == 404
    token = world.client.post("/api/v1/tokens", json={"name": "t", "role": "agent"}, headers=world.admin).json()
    machine = {"Authorization": f"Bearer {token['token']}"}
    assert tell(world, "viewing", machine) == 422


def test_coming_typing_and_leaving_are_hinted_at_within_a_second_without_events(world: World) -> None:
    tell(world, "viewing", world.admin)
    with served(world) as base, httpx.Client(base_url=base) as client:
        inside, outside = Listener(base, world.agent), Listener(base, world.signed_in(Role.AGENT, world.other))
        path = f"/api/v1/tickets/{world.ticket}/presence"
        with world.db.reading() as session:
            before = session.scalar(select(func.count()).select_from(Event))
        for number, state in enumerate(("viewing", "typing", "typing", "gone")):
            begun = time.monotonic()
            client.put(path, json={"state": state}, headers=world.agent)
            wanted = (1, 2, 2, 3)[number]  # a repeated heartbeat changes nothing
            assert len(inside.wait(wanted, 5)) == wanted
            assert time.monotonic() - begun < 2.5
        expire(world)  # the administrator, who was there before: nobody wrote it, and it is hinted at
        assert len(inside.wait(4, 5)) == 4
    assert {(h["name"], h["ticket_id"], h["shop_id"]) for h in inside.hints} == {
        ("PresenceChanged", world.ticket, world.shop)
    }
    assert outside.hints == []
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Event)) == before

"""One change of many tickets and its undoing: what each ticket becomes, what somebody else's change keeps."""

from __future__ import annotations

from typing import Any

from records.principals import Role
from tests.api.test_inbox import change_one, me, row, ticket
from tests.api.test_tickets import at_once
from tests.api.world import World

BULK = "/api/v1/tickets/bulk"


def change(world: World, tickets: list[Any], changes: dict[str, Any], headers: dict[str, str] | None = None) -> Any:
    named = [one if isinstance(one, dict) else {"id": one} for one in tickets]
    return world.client.post(BULK, json={"tickets": named, "changes": changes}, headers=headers or world.agent)


def undo(world: World, bulk: int, headers: dict[str, str] | None = None) -> Any:
    return world.client.post(f"{BULK}/{bulk}/undo", headers=headers or world.agent)


def state(world: World, ticket_id: int) -> tuple[Any, ...]:
    shown = row(world, ticket_id, world.admin)
    return shown["status"], shown["priority"], shown["assignee_id"], shown["tags"]


def test_a_change_of_many_is_made_told_and_undone(world: World) -> None:
    agent = me(world, world.agent)
    other = ticket(world, "二")
    change_one(world, other, {"tags": ["旧", "留"]})
    before = {number: state(world, number) for number in (world.ticket, other)}
    wanted = {"assignee_id": agent, "priority": "high", "add_tags": ["新"], "remove_tags": ["旧"]}
    done = change(world, [other, world.ticket], wanted).json()
    assert [(one["ticket_id"], one["result"]) for one in done["results"]] == [
        (other, "changed"),
        (world.ticket, "changed"),
    ]
    first = done["results"][0]
    # a new ticket that gets an agent is open: that is told, and undone with it
    assert first["before"] == {"status": "new", "priority": "normal", "assignee_id": None, "tags": ["旧"]}
    assert first["after"] == {"status": "open", "priority": "high", "assignee_id": agent, "tags": ["新"]}
    assert state(world, other) == ("open", "high", agent, ["新", "留"])
    assert row(world, other)["version"] == first["version"]
    back = undo(world, done["id"]).json()
    assert {one["result"] for one in back["results"]} == {"changed"}
    assert {number: state(world, number) for number in before} == before
    assert undo(world, done["id"]).status_code == 409


def test_each_ticket_is_for_itself(world: World) -> None:
    stale, far, fine = ticket(world, "二"), ticket(world, "三", shop=world.other), ticket(world, "四")
    limited = world.signed_in(Role.AGENT, world.shop)
    version = row(world, stale)["version"]
    change_one(world, stale, {"priority": "low"})
    asked = [{"id": stale, "version": version}, {"id": far}, {"id": 999999}, {"id": fine}, {"id": world.ticket}]
    done = change(world, asked, {"status": "open"}, limited).json()["results"]
    assert [one["result"] for one in done] == ["conflict", "missing", "missing", "changed", "changed"]
    assert state(world, stale)[:2] == ("new", "low") and state(world, far)[0] == "new"
    again = change(world, [fine], {"status": "open"}, limited).json()["results"]
    assert [(one["result"], one["after"]) for one in again] == [("unchanged", {})]


def test_an_agent_of_another_shop_is_refused_everywhere(world: World) -> None:
    stranger = me(world, world.signed_in(Role.AGENT, world.other))
    (refused,) = change(world, [world.ticket], {"assignee_id": stranger, "priority": "urgent"}).json()["results"]
    assert refused["result"] == "refused" and "shop" in refused["detail"]
    assert state(world, world.ticket)[:3] == ("new", "normal", None)  # nothing of it was done
    one = change_one(world, world.ticket, {"assignee_id": stranger})
    assert one.status_code == 422 and one.json()["field"] == "assignee_id"
    (gone,) = change(world, [world.ticket], {"assignee_id": 4711}).json()["results"]
    assert gone["result"] == "refused"


def test_undo_leaves_what_somebody_has_changed_since(world: World) -> None:
    other = ticket(world, "二")
    done = change(world, [world.ticket, other], {"status": "resolved", "priority": "high"}).json()
    change_one(world, other, {"priority": "urgent"})
    back = {one["ticket_id"]: one for one in undo(world, done["id"]).json()["results"]}
    assert back[world.ticket]["result"] == "changed" and state(world, world.ticket)[:2] == ("new", "normal")
    assert back[other]["result"] == "conflict" and "priority" in back[other]["detail"]
    assert state(world, other)[:2] == ("new", "urgent")  # the status was still ours


def test_a_bulk_is_undone_by_whoever_made_it_and_is_limited(world: World) -> None:
    done = change(world, [world.ticket], {"priority": "low"}).json()
    assert undo(world, done["id"], world.admin).status_code == 404
    assert undo(world, 999999).status_code == 404
    assert change(world, [], {"priority": "low"}).status_code == 422
    assert change(world, list(range(1, 202)), {"priority": "low"}).status_code == 422
    assert change(world, [world.ticket], {"colour": "red"}).status_code == 422
    assert change(world, [world.ticket], {"priority": "low"}, world.signed_in(Role.EDITOR)).status_code == 403


def test_two_bulks_at_once_do_not_wait_in_a_circle(world: World) -> None:
    numbers = [world.ticket, *(ticket(world, str(n)) for n in range(8))]
    answers = at_once(
        lambda: change(world, numbers, {"priority": "high"}),
        lambda: change(world, numbers[::-1], {"priority": "low"}),
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    assert len({state(world, number)[1] for number in numbers}) == 1  # one after the other, not mixed


def test_undo_twice_at_once_is_one_undo(world: World) -> None:
    done = change(world, [world.ticket], {"priority": "high"}).json()
    answers = at_once(*[lambda: undo(world, done["id"])] * 2)
    assert sorted(answer.status_code for answer in answers) == [200, 409]

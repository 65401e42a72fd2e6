"""Figures over HTTP: who may see which, of what time, and the files."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from records.people.models import AuthSession, Staff
from records.principals import Role
from records.shops.models import Shop
from records.tickets.models import Ticket
from tests.api.world import World

PERIODS = ("times", "volumes", "drafts", "automation", "satisfaction", "people")


def _get(world: World, path: str, headers: dict[str, str], **query: object) -> dict:
    answer = world.client.get(f"/api/v1/insights/{path}", params=query, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_supervisor_sees_everything_and_an_agent_its_own(world: World) -> None:
    supervisor, agent = world.signed_in(Role.SUPERVISOR), world.agent
    me = world.client.get("/api/v1/auth/me", headers=agent).json()["id"]
    assert _get(world, "queue", supervisor)["total"] == 1
    own = _get(world, "queue", agent)
    assert (own["total"], own["own"]) == (0, True)
    with world.db.unit_of_work() as session:
        session.get_one(Ticket, world.ticket).assignee_id = me
    assert _get(world, "queue", agent)["total"] == 1
    assert [row["staff_id"] for row in _get(world, "people", agent)["now"]["people"]] == [me]
    for name in PERIODS:
        assert _get(world, name, agent)["own"] is True
        assert _get(world, name, supervisor)["own"] is False


def test_an_editor_sees_none(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    for path in ("queue", *PERIODS, "grants", "export/volumes"):
        assert world.client.get(f"/api/v1/insights/{path}", headers=editor).status_code == 403
    assert world.client.get("/api/v1/insights/grants", headers=world.agent).status_code == 403


def test_a_supervisor_of_one_shop_sees_that_shop(world: World) -> None:
    here, there = world.signed_in(Role.SUPERVISOR, world.shop), world.signed_in(Role.SUPERVISOR, world.other)
    assert (_get(world, "queue", here)["total"], _get(world, "queue", there)["total"]) == (1, 0)
    assert _get(world, "volumes", there)["now"]["created"] == 0
    path = "/api/v1/insights/queue"
    assert world.client.get(path, params={"shop_id": world.shop}, headers=there).status_code == 404


def test_a_token_with_an_agents_role_has_no_tickets_of_its_own(world: World) -> None:
    made = world.client.post("/api/v1/tokens", json={"name": "bi", "role": "agent"}, headers=world.admin).json()
    headers = {"Authorization": f"Bearer {made['token']}"}
    assert world.client.get("/api/v1/insights/queue", headers=headers).status_code == 403


def test_the_clock_is_the_shops(world: World) -> None:
    with world.db.unit_of_work() as session:
        session.get_one(Shop, world.shop).timezone = "America/New_York"
    period = _get(world, "volumes", world.admin, shop_id=world.shop, period="today")["period"]
    assert period["timezone"] == "America/New_York"
    assert datetime.fromisoformat(period["start"]).astimezone(UTC).hour in (4, 5)
    assert _get(world, "volumes", world.admin, shop_id=world.shop)["now"]["created"] == 1


def test_a_period_of_ones_own(world: World) -> None:
    with world.db.unit_of_work() as session:
        session.get_one(Ticket, world.ticket).created_at = datetime.now(UTC) - timedelta(days=40)
    day = (datetime.now(UTC) - timedelta(days=41)).date()
    query = {"period": "custom", "from": day.isoformat(), "to": (day + timedelta(days=3)).isoformat()}
    found = _get(world, "volumes", world.admin, **query)
    assert (found["now"]["created"], len(found["now"]["by_day"])) == (1, 4)
    assert _get(world, "volumes", world.admin, period="30d")["before"]["created"] == 1


@pytest.mark.parametrize("query", [{}, {"from": "2026-02-02", "to": "2026-02-01"}])
def test_a_period_that_cannot_be_names_its_field(sqlite_world: World, query: dict[str, str]) -> None:
    answer = sqlite_world.client.get(
        "/api/v1/insights/times", params={"period": "custom", **query}, headers=sqlite_world.admin
    )
    assert (answer.status_code, answer.json()["field"]) == (422, "from")


def test_the_files(world: World) -> None:
    for name in PERIODS:
        answer = world.client.get(f"/api/v1/insights/export/{name}", headers=world.admin)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.content.startswith(b"\xef\xbb\xbf"), "a spreadsheet takes Chinese for Latin without it"
        assert answer.text.count("\n") >= 2 or name == "people"
        assert f'filename="{name}-' in answer.headers["content-disposition"]


def test_people_that_left_are_named_too(world: World) -> None:
    me = world.client.get("/api/v1/auth/me", headers=world.agent).json()["id"]
    with world.db.unit_of_work() as session:
        session.get_one(Ticket, world.ticket).assignee_id = me
        session.get_one(Staff, me).active = False
        session.query(AuthSession).filter_by(staff_id=me).delete()
    (row,) = _get(world, "people", world.admin)["now"]["people"]
    assert (row["open"], row["waiting"], row["active"]) == (1, 1, False)

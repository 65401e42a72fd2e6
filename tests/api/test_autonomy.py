"""Earned autonomy over HTTP: what is proven, one click, the terms, the audited answers, and who may."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from copilot import events
from copilot.models import AutoSendGrant, Decision, Suggestion
from core.db import Database
from core.events import SYSTEM, emit
from core.jobs import queue
from core.jobs.models import DONE, Job
from records.principals import Role
from tests.api.world import World
from tests.copilot.autonomy.judging import judge
from worker.reactions import REACTIONS
from worker.runner import Runner

INTENT = "logistics_query"


def run(world: World, job: str) -> None:
    """The jobs of that name which are due; of the drafts that wait for an engine there is none here."""
    while queue.expand_events(world.db, REACTIONS):
        pass
    Runner(world.runtime).step(200, names=(job,))
    with world.db.reading() as session:
        assert set(session.scalars(select(Job.state).where(Job.name == job))) == {DONE}


def look(world: World, slot: str) -> None:
    with world.db.unit_of_work() as session:
        emit(session, events.AutonomyReviewDue, actor=SYSTEM, slot=slot)
    run(world, "copilot.review_autonomy")


@pytest.fixture
def proven(world: World) -> World:
    judge(world.db, world.shop, world.customer, [True] * 75, intent=INTENT)
    look(world, "1")
    return world


def path(world: World, *parts: str) -> str:
    return "/".join([f"/api/v1/autonomy/{world.shop}", *parts])


def in_force(db: Database) -> list[int]:
    with db.reading() as session:
        query = select(AutoSendGrant.id).where(AutoSendGrant.revoked_at.is_(None)).order_by(AutoSendGrant.id)
        return list(session.scalars(query))


def test_what_is_proven_waits_for_one_click(proven: World) -> None:
    client, supervisor = proven.client, proven.signed_in(Role.SUPERVISOR)
    seen = client.get(path(proven), headers=supervisor)
    assert seen.headers["etag"] == '"0"' and seen.json()["settings"]["mode"] == "propose"
    (intent,) = seen.json()["intents"]
    assert (intent["intent"], intent["state"], intent["cases"]) == (INTENT, "proposed", 75)
    assert intent["evidence"]["lower"] >= 0.95 and in_force(proven.db) == []
    accepted = client.post(path(proven, INTENT, "accept"), headers=supervisor)
    assert accepted.status_code == 200 and accepted.json()["state"] == "earned", accepted.text
    assert in_force(proven.db) == [accepted.json()["grant_id"]]
    assert client.post(path(proven, INTENT, "accept"), headers=supervisor).status_code == 409
    history = client.get(path(proven, "history"), headers=supervisor).json()
    assert [(one["intent"], one["new"]) for one in history] == [(INTENT, "earned"), (INTENT, "proposed")]
    assert client.put(path(proven, INTENT), json={"allowed": False}, headers=supervisor).json()["state"] == "forbidden"
    assert in_force(proven.db) == []
    assert client.put(path(proven, INTENT), json={"allowed": True}, headers=supervisor).json()["state"] == "collecting"


def test_the_terms_are_changed_by_who_read_them_last(proven: World) -> None:
    client, supervisor = proven.client, proven.signed_in(Role.SUPERVISOR)
    first = {**supervisor, "If-Match": '"0"'}
    assert client.patch(path(proven), json={"mode": "on"}, headers=supervisor).status_code == 428
    changed = client.patch(path(proven), json={"mode": "on", "audit_share": 0.25}, headers=first)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["mode"], changed.json()["audit_share"], changed.headers["etag"]) == ("on", 0.25, '"1"')
    assert client.patch(path(proven), json={"mode": "off"}, headers=first).status_code == 412
    second = {**supervisor, "If-Match": changed.headers["etag"]}
    assert client.patch(path(proven), json={"target": 0.5}, headers=second).status_code == 422
    look(proven, "2")
    assert len(in_force(proven.db)) == 1, "on: what is proven goes into force without a click"


def test_a_bad_verdict_on_a_drawn_answer_reaches_the_monitor_at_once(proven: World) -> None:
    client, supervisor = proven.client, proven.signed_in(Role.SUPERVISOR)
    grant = client.post(path(proven, INTENT, "accept"), headers=supervisor).json()["grant_id"]
    judge(proven.db, proven.shop, proven.customer, [False] * 9, intent=INTENT, grant=grant, share=0.1)
    drawn = proven.suggestion()
    with proven.db.unit_of_work() as session:
        session.add(Decision(
            suggestion_id=drawn, outcome="suggest", reason="audit_sample", rule_version="t", evidence=[],
            propensity=0.1, grant_id=grant,
        ))  # fmt: skip
    audits = client.get("/api/v1/autonomy/audits", headers=supervisor).json()
    assert [one["id"] for one in audits] == [drawn]
    version = {**proven.agent, "If-Match": f'"{audits[0]["version"]}"'}
    rejected = client.post(f"/api/v1/suggestions/{drawn}/reject", json={"reason": "wrong"}, headers=version)
    assert rejected.status_code == 200, rejected.text
    assert client.get("/api/v1/autonomy/audits", headers=supervisor).json() == []
    run(proven, "copilot.watch_autonomy")
    assert in_force(proven.db) == []
    (intent,) = client.get(path(proven), headers=supervisor).json()["intents"]
    assert intent["state"] == "withdrawn" and intent["evidence"]["audited_wrong"] == 10


def test_a_grant_by_hand_is_counted_and_withdrawn_with_a_notice(world: World) -> None:
    client, supervisor = world.client, world.signed_in(Role.SUPERVISOR)
    until = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    terms = {"shop_id": world.shop, "intent": INTENT, "min_confidence": 0.5, "expires_at": until, "reason": "peak"}
    grant = client.post("/api/v1/grants", json=terms, headers=supervisor).json()["id"]
    judge(world.db, world.shop, world.customer, [True] * 20, intent=INTENT, grant=grant, share=0.1)
    (one,) = client.get(path(world), headers=world.agent).json()["by_hand"]
    assert (one["grant_id"], one["intent"], one["answers"], one["audited"]) == (grant, INTENT, 20, 20)
    assert one["wrong_at_most"] == pytest.approx(1 - 0.05 ** (1 / 20)) and one["ended_at"] is None
    judge(world.db, world.shop, world.customer, [False] * 11, intent=INTENT, grant=grant, share=0.1)
    look(world, "1")
    assert in_force(world.db) == []
    (notice,) = client.get(path(world), headers=supervisor).json()["by_hand"]
    assert notice["ended_at"] is not None and (notice["audited"], notice["wrong"]) == (31, 11)
    (change,) = client.get(path(world, "history"), headers=supervisor).json()
    assert (change["intent"], change["new"], change["actor_kind"]) == (INTENT, "withdrawn", "system")
    assert client.post("/api/v1/grants", json=terms, headers=supervisor).status_code == 201
    assert [one["ended_at"] for one in client.get(path(world), headers=supervisor).json()["by_hand"]] == [None]


def test_a_reliability_diagram(proven: World) -> None:
    found = proven.client.get(path(proven, "reliability"), headers=proven.signed_in(Role.SUPERVISOR)).json()
    assert (found["n"], found["version"]) == (75, "draft-confidence")
    assert found["ece"] == pytest.approx(0.1)  # all were right, and every score was .9
    assert [(one["low"], one["n"], one["right"]) for one in found["bins"]] == [(0.9, 75, 75)]


def test_who_may(proven: World) -> None:
    client, agent = proven.client, proven.agent
    for call in (
        client.patch(path(proven), json={"mode": "on"}, headers={**agent, "If-Match": '"0"'}),
        client.post(path(proven, INTENT, "accept"), headers=agent),
        client.put(path(proven, INTENT), json={"allowed": True}, headers=agent),
    ):
        assert call.status_code == 403, call.text
    elsewhere = proven.signed_in(Role.SUPERVISOR, proven.other)
    for place in ((), ("history",), ("reliability",)):
        assert client.get(path(proven, *place), headers=elsewhere).status_code == 404
    assert client.post(path(proven, INTENT, "accept"), headers=elsewhere).status_code == 404
    supervisor = proven.signed_in(Role.SUPERVISOR)
    assert client.post(path(proven, "no_such_intent", "accept"), headers=supervisor).status_code == 404
    with proven.db.unit_of_work() as session:
        session.execute(update(Suggestion).values(state="rejected"))
    assert client.get("/api/v1/autonomy/audits", headers=elsewhere).json() == []

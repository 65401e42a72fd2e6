"""Trained versions over HTTP: listed, activated and taken back with one click, by those who may."""

from __future__ import annotations

from sqlalchemy import select

from copilot.runtime import ADAPTER_KIND, FUSION_KIND
from core.artifacts import active_artifacts, add_artifact
from core.events import Event
from core.jobs.models import Job
from records.principals import Role
from tests.api.world import World
from worker.runner import Runner


def _pair(world: World, name: str) -> tuple[int, int]:
    adapter, fusion = f"adapter-{name}", f"fusion-{name}"
    metrics = {"adapter": adapter, "fusion": fusion}
    with world.db.unit_of_work() as session:
        return (
            add_artifact(session, ADAPTER_KIND, adapter, f"adapters/{name}", metrics).id,
            add_artifact(session, FUSION_KIND, fusion, f"fusions/{name}", metrics).id,
        )


def _active(world: World) -> dict[str, str]:
    with world.db.reading() as session:
        return {kind: row.version for kind, row in active_artifacts(session).items()}


def test_one_click_serves_a_version_and_one_takes_it_back(world: World) -> None:
    client, supervisor = world.client, world.signed_in(Role.SUPERVISOR)
    (first, _), (_, second_fusion) = _pair(world, "a"), _pair(world, "b")
    listed = client.get("/api/v1/models/versions", params={"kind": "adapter"}, headers=supervisor).json()
    assert [(row["version"], row["active"]) for row in listed] == [("adapter-b", False), ("adapter-a", False)]
    assert len(client.get("/api/v1/models/versions", headers=supervisor).json()) == 4

    served = client.post(f"/api/v1/models/versions/{first}/activate", headers=supervisor)
    assert served.status_code == 200 and served.json()["active"]
    assert _active(world) == {"adapter": "adapter-a", "fusion": "fusion-a"}
    told = client.get("/api/v1/models/versions", params={"kind": "adapter"}, headers=supervisor).json()
    assert [bool(row["taken_up_at"]) for row in told] == [False, True] and told[1]["taken_up_by"].startswith("staff:")
    client.post(f"/api/v1/models/versions/{second_fusion}/activate", headers=supervisor)
    assert _active(world) == {"adapter": "adapter-b", "fusion": "fusion-b"}

    path = "/api/v1/models/adapter/rollback"
    back = client.post(path, json={"version": "adapter-b"}, headers=supervisor)
    assert back.json() == {"kind": "adapter", "version": "adapter-a"}
    assert client.post(path, json={"version": "adapter-b"}, headers=supervisor).status_code == 409  # a second click
    assert _active(world) == {"adapter": "adapter-a", "fusion": "fusion-a"}
    assert client.post(path, json={"version": "adapter-a"}, headers=supervisor).json()["version"] is None
    assert _active(world) == {}
    with world.db.reading() as session:
        assert len(session.scalars(select(Event.id).where(Event.name == "ModelActivated")).all()) == 8


def test_who_may_and_what_there_is(sqlite_world: World) -> None:
    client, supervisor = sqlite_world.client, sqlite_world.signed_in(Role.SUPERVISOR)
    first, _ = _pair(sqlite_world, "a")
    for role in (Role.AGENT, Role.EDITOR):
        headers = sqlite_world.signed_in(role)
        assert client.post(f"/api/v1/models/versions/{first}/activate", headers=headers).status_code == 403
        assert client.post("/api/v1/retrieval/training", headers=headers).status_code == 403
    assert client.post("/api/v1/models/versions/999/activate", headers=supervisor).status_code == 404
    assert client.get("/api/v1/models/versions", params={"kind": "x"}, headers=supervisor).status_code == 404
    assert client.post("/api/v1/models/x/rollback", json={"version": "v"}, headers=supervisor).status_code == 404
    assert _active(sqlite_world) == {}


def test_training_is_asked_of_a_job_which_says_what_is_missing(sqlite_world: World) -> None:
    asked = sqlite_world.client.post("/api/v1/retrieval/training", headers=sqlite_world.admin)
    assert asked.status_code == 202
    told = sqlite_world.client.get("/api/v1/retrieval/training", headers=sqlite_world.admin).json()
    assert told == {"questions": 0, "needed": 100}
    Runner(sqlite_world.runtime).step(names=["copilot.train_retrieval"])
    Runner(sqlite_world.runtime).step(names=["copilot.train_retrieval"])
    with sqlite_world.db.reading() as session:
        job = session.scalars(select(Job).where(Job.name == "copilot.train_retrieval")).one()
        assert job.state == "dead" and "0 questions with accepted citations" in (job.last_error or "")


def test_a_training_is_not_started_twice(world: World) -> None:
    path, client = "/api/v1/retrieval/training", world.client
    first = {**world.admin, "Idempotency-Key": "one-training"}
    assert client.post(path, headers=first).status_code == 202
    assert client.post(path, headers=first).status_code == 202  # the same wish, sent again
    assert client.post(path, headers=world.admin).status_code == 409  # waits in the outbox
    assert client.post("/api/v1/intents/training", headers=world.admin).status_code == 202  # another one
    runner = Runner(world.runtime)
    runner.expand()
    assert client.post(path, headers=world.admin).status_code == 409  # queued
    runner.drain(20)
    with world.db.reading() as session:
        jobs = session.scalars(select(Job).where(Job.name == "copilot.train_retrieval")).all()
        assert [job.state for job in jobs] == ["dead"]
        asked = session.scalars(select(Event).where(Event.name == "RetrievalTrainingRequested")).one()
        assert asked.actor_kind == "staff" or asked.actor_kind == "api"
    assert client.post(path, headers=world.admin).status_code == 202  # it is over

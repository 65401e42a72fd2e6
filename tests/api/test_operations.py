"""Jobs, models and intents, as the settings show them."""

from __future__ import annotations

from copilot.runtime import CLASSIFIER_KIND
from core.artifacts import register_artifact
from core.jobs.models import DEAD, QUEUED, Job
from records.principals import Role
from records.tickets.models import Ticket
from tests.api.world import StubStore, World


def _job(world: World, key: str, name: str = "copilot.prepare", state: str = DEAD) -> int:
    with world.db.unit_of_work() as session:
        row = Job(name=name, key=key, args={"ticket_id": 7}, state=state, attempt=8, last_error="refused")
        session.add(row)
        session.flush()
        return row.id


def test_dead_jobs_of_one_name_and_all_of_them_get_new_attempts(world: World) -> None:
    one, other, done = _job(world, "a"), _job(world, "b", "channels.send"), _job(world, "c", state="done")
    assert world.client.get("/api/v1/jobs/counts", headers=world.admin).json() == {
        "queued": 0, "running": 0, "done": 1, "dead": 2,
    }  # fmt: skip
    dead = world.client.get("/api/v1/jobs", params={"state": "dead", "name": "channels.send"}, headers=world.admin)
    assert [(row["id"], row["args"]["ticket_id"]) for row in dead.json()["items"]] == [(other, 7)]
    path = "/api/v1/jobs/retry"
    assert world.client.post(path, json={}, headers=world.signed_in(Role.SUPERVISOR)).status_code == 403
    retried = world.client.post(path, json={"name": "channels.send"}, headers=world.admin)
    assert retried.json() == {"retried": 1}
    assert world.client.post(path, json={}, headers=world.admin).json() == {"retried": 1}
    with world.db.reading() as session:
        assert {session.get_one(Job, i).state for i in (one, other)} == {QUEUED}
        assert session.get_one(Job, one).max_attempts == 16
        assert session.get_one(Job, done).state == "done"


def test_what_is_running(world: World) -> None:
    found = world.client.get("/api/v1/models", headers=world.signed_in(Role.SUPERVISOR)).json()
    assert (found["encoder"], found["index"]["count"], found["stale"]) == ("stub", 7, False)
    assert (found["llm_host"], found["classifier"]) == (None, None)
    assert world.client.get("/api/v1/models", headers=world.agent).status_code == 403


def test_an_index_that_is_away_is_said_and_no_failure(sqlite_world: World) -> None:
    store = sqlite_world.runtime.store
    assert isinstance(store, StubStore)
    store.down = True
    found = sqlite_world.client.get("/api/v1/models", headers=sqlite_world.admin).json()
    assert found["index"] is None
    assert "copilot index" in found["index_error"]


def test_of_a_language_model_only_the_host_is_told(sqlite_world: World) -> None:
    settings = sqlite_world.runtime.settings
    settings.llm_url, settings.llm_model = "https://user:sk-secret@llm.example.com:8443/v1?key=sk-secret", "qwen"
    answer = sqlite_world.client.get("/api/v1/models", headers=sqlite_world.admin)
    assert (answer.json()["llm_host"], answer.json()["llm_model"]) == ("llm.example.com:8443", "qwen")
    assert "sk-secret" not in answer.text


def test_what_training_would_learn_from(world: World) -> None:
    with world.db.unit_of_work() as session:
        ticket = session.get_one(Ticket, world.ticket)
        ticket.intent, ticket.status = "refund", "resolved"
        register_artifact(session, CLASSIFIER_KIND, "v1", "classifiers/v1", {"accuracy": 0.9})
        register_artifact(session, CLASSIFIER_KIND, "v2", "classifiers/v2", {"accuracy": 0.95})
    found = world.client.get("/api/v1/intents/report", headers=world.admin).json()
    assert (found["tickets"], found["labelled"], found["needed"]) == ({"refund": 1}, {"refund": 1}, 20)
    assert (found["active"]["version"], found["active"]["metrics"]["accuracy"]) == ("v2", 0.95)
    assert [row["version"] for row in found["versions"]] == ["v2", "v1"]

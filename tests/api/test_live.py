"""Live hints over a real server (a test client cannot leave a stream that never ends), health, and the webhook in."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import uvicorn
from sqlalchemy import func, select
from standardwebhooks.webhooks import Webhook

from api.app import create_app
from core import migrate
from core.errors import ConfigurationError
from records.principals import Role
from records.shops.models import ChannelAccount, Shop
from records.tickets.models import Message
from retrieval.draft.llm_probe import LlmProbe
from tests.api.world import World
from tests.factories import make_account
from tests.llm.server import running as llm_running
from tests.ports import free_port

SECRET = "whsec_" + "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0"


@contextmanager
def served(world: World) -> Iterator[str]:
    config = uvicorn.Config(create_app(world.runtime), port=0, log_level="error", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


class Listener:
    """Reads hints on a thread of its own, and knows when the server said that it is listening."""

    def __init__(self, base: str, headers: dict[str, str]) -> None:
        self.hints: list[dict] = []
        self.ready = threading.Event()
        self._base, self._headers = base, headers
        threading.Thread(target=self._read, daemon=True).start()
        assert self.ready.wait(20)

    def _read(self) -> None:
        with httpx.stream("GET", f"{self._base}/api/v1/live", headers=self._headers, timeout=30) as stream:
            name = ""
            try:
                for line in stream.iter_lines():
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: ") and name == "hint":
                        self.hints.append(json.loads(line.removeprefix("data: ")))
                    elif line.startswith("data: ") and name == "ready":
                        self.ready.set()
            except httpx.HTTPError:
                pass  # the server of the test ends

    def wait(self, count: int, seconds: float = 20) -> list[dict]:
        deadline = time.monotonic() + seconds
        while len(self.hints) < count and time.monotonic() < deadline:
            time.sleep(0.02)
        return self.hints


def test_hints_reach_only_staff_of_the_shop_and_say_no_text(world: World) -> None:
    insider, outsider = world.signed_in(Role.AGENT, world.shop), world.signed_in(Role.AGENT, world.other)
    with served(world) as base:
        inside, outside, everyone = Listener(base, insider), Listener(base, outsider), Listener(base, world.admin)
        body = {"shop_id": world.shop, "customer_id": world.customer, "text": "机密内容"}
        first = httpx.post(f"{base}/api/v1/tickets", json=body, headers=world.agent).json()["id"]
        second = httpx.post(
            f"{base}/api/v1/tickets", json={**body, "shop_id": world.other}, headers=world.agent
        ).json()["id"]
        assert {hint["ticket_id"] for hint in inside.wait(2)} == {first}
        assert {hint["ticket_id"] for hint in outside.wait(2)} == {second}
        hints = everyone.wait(4)
    assert [hint["name"] for hint in hints] == ["TicketOpened", "MessageReceived"] * 2
    assert {hint["ticket_id"] for hint in hints} == {first, second}
    assert "机密" not in json.dumps([inside.hints, outside.hints, hints], ensure_ascii=False)
    assert len({hint["id"] for hint in hints}) == 4  # none twice


def test_ready_names_the_part_that_is_down(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    good = world.client.get("/readyz")
    assert good.status_code == 200 and set(good.json()["parts"].values()) == {"ok"}
    world.runtime.store.down = True  # type: ignore[attr-defined]
    bad = world.client.get("/readyz")
    assert bad.status_code == 503 and bad.json()["status"] == "not ready"
    assert "index process" in bad.json()["parts"]["index"]
    quiet = world.client.get("/readyz", params={"quiet": True})
    assert (quiet.status_code, quiet.json()) == (200, bad.json())
    assert {part for part, state in bad.json()["parts"].items() if state != "ok"} == {"index"}
    assert world.client.get("/livez").status_code == 200  # it lives, it only is not ready

    def gone() -> None:
        raise OSError("connection to db.internal as admin failed")

    monkeypatch.setattr(world.db, "ping", gone)
    told = world.client.get("/readyz").json()["parts"]["database"]
    assert told != "ok" and "db.internal" not in told


def test_ready_names_a_language_model_that_is_away_and_stays_ready(world: World) -> None:
    def said(url: str) -> str:
        settings = world.runtime.settings.model_copy(update={"llm_url": url, "llm_model": "scripted"})
        world.runtime.llm_probe = LlmProbe(settings, 2)
        answer = world.client.get("/readyz")
        assert answer.status_code == 200
        return str(answer.json()["parts"]["llm"])

    for llm in llm_running():
        assert said(llm.url) == "ok"
    assert "does not answer" in said(f"http://127.0.0.1:{free_port()}/v1")


def test_ready_says_when_the_schema_is_old(sqlite_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def old(_: object) -> None:
        raise ConfigurationError("The database is not up to date. Run `copilot migrate` once.")

    monkeypatch.setattr(migrate, "require_current", old)
    assert "copilot migrate" in sqlite_world.client.get("/readyz").json()["parts"]["schema"]


@pytest.fixture
def account(world: World) -> int:
    with world.db.unit_of_work() as session:
        return make_account(session, session.get_one(Shop, world.shop), secret=SECRET).id


def post(world: World, account: int, body: str, *, secret: str = SECRET, at: datetime | None = None, sent: str = ""):
    at = at or datetime.now(UTC)
    headers = {
        "webhook-id": "m1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(secret).sign("m1", at, body),
        "content-type": "application/json",
    }
    path = f"/api/v1/channels/webhook/{account}"
    return world.client.post(path, content=(sent or body).encode(), headers=headers)


def message(text: str = "在吗") -> str:
    customer = {"external_id": "u9", "name": "陈女士", "verified": True}
    return json.dumps({"type": "message.created", "data": {"id": "x1", "text": text, "customer": customer}})


def test_a_signed_message_is_taken_once(world: World, account: int) -> None:
    first = post(world, account, message())
    assert first.status_code == 202 and first.json()["repeated"] is False
    again = post(world, account, message())
    assert again.json() == {**first.json(), "repeated": True}
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).where(Message.external_id == "x1")) == 1


def test_forged_old_and_misdirected_messages_are_refused(world: World, account: int) -> None:
    other = "whsec_" + "YW5vdGhlci1zZWNyZXQtYW5vdGhlci1zZWNyZXQ="
    assert post(world, account, message(), secret=other).status_code == 401
    assert post(world, account, message(), sent=message("改过")).status_code == 401
    assert post(world, account, message(), at=datetime.now(UTC) - timedelta(hours=1)).status_code == 401
    assert post(world, account, '{"type": "other"}').status_code == 422
    assert post(world, account, "{").status_code == 422
    assert post(world, 4711, message()).status_code == 404
    unsigned = world.client.post(f"/api/v1/channels/webhook/{account}", content=message())
    assert unsigned.status_code == 401
    with world.db.unit_of_work() as session:
        session.get_one(ChannelAccount, account).active = False
    assert post(world, account, message()).status_code == 404
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).where(Message.external_id == "x1")) == 0


def test_a_huge_message_is_refused(world: World, account: int) -> None:
    assert post(world, account, message("长" * 200_000)).status_code == 413

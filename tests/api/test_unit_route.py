"""What a request costs, in things that can be counted on any machine; and that going in one go changes no promise."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio.to_thread
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRouter
from fastapi.testclient import TestClient
from pydantic import BaseModel
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from api import problems
from api.deps import CurrentPrincipal, Writing
from api.unit_route import UnitRoute
from core.db import Database
from core.idempotency import IdempotencyRecord
from core.prepared import _Compiled
from records.principals import Principal, Role
from records.shops.models import Shop
from records.tickets.models import Ticket
from tests.api.world import World
from tests.factories import make_shop


@pytest.fixture
def client_key(world: World) -> tuple[World, dict[str, str], int]:
    """An API client's headers, and the id of its token."""
    made = world.client.post("/api/v1/tokens", json={"name": "shop", "role": "agent"}, headers=world.admin).json()
    return world, {"Authorization": f"Bearer {made['token']}"}, made["id"]


@contextmanager
def statements(db: Database) -> Iterator[list[str]]:
    """What each of them does, as they are sent: the driver's own and those that SQLAlchemy runs."""
    sent: list[str] = []
    run = _Compiled.run

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        sent.append(" and ".join(re.findall(r"INSERT INTO \w+", statement)) or statement.split()[0])

    def noted(compiled: _Compiled, driver: Any, given: Any) -> Any:
        note(None, None, compiled.sql)
        return run(compiled, driver, given)

    event.listen(db.engine, "before_cursor_execute", note)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(_Compiled, "run", noted)
        yield sent
    event.remove(db.engine, "before_cursor_execute", note)


def _ticket(world: World) -> dict[str, Any]:
    return {"shop_id": world.shop, "customer_id": world.customer, "text": "我的快递到哪了？"}


def test_a_ticket_is_created_in_one_go(
    client_key: tuple[World, dict[str, str], int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One thread, and four statements (SQLite: eight and the BEGIN): whoever adds one says here why it is worth it."""
    world, headers, _ = client_key
    world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers)  # the first one compiles
    hops: list[Any] = []
    run_sync = anyio.to_thread.run_sync

    async def counted(work: Any, *arguments: Any, **options: Any) -> Any:
        hops.append(work)
        return await run_sync(work, *arguments, **options)

    monkeypatch.setattr(anyio.to_thread, "run_sync", counted)
    with statements(world.db) as sent:
        assert world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers).status_code == 201
    assert len(hops) == 1
    ticket, message, told, outbox = (f"INSERT INTO {one}" for one in ("tickets", "messages", "events", "event_outbox"))
    if world.db.is_sqlite:
        assert sent == ["SELECT", "BEGIN", "SELECT", ticket, message, told, told, outbox, outbox]
    else:
        assert sent == ["SELECT", "SELECT", f"{ticket} and {message}", f"{told} and {outbox}"]


def test_a_revoked_token_ends_with_the_next_request(client_key: tuple[World, dict[str, str], int]) -> None:
    world, headers, token_id = client_key
    assert world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers).status_code == 201
    assert world.client.delete(f"/api/v1/tokens/{token_id}", headers=world.admin).status_code == 204
    assert world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers).status_code == 401


def test_who_may_not_ask_is_not_told_how(world: World) -> None:
    """A wrong body, a wrong header, a missing one: nobody hears of them before it is known who asks."""
    editor = world.signed_in(Role.EDITOR)
    for headers, status in (({}, 401), ({"Authorization": "Bearer cpk_wrong"}, 401), (editor, 403), (world.admin, 422)):
        assert world.client.post("/api/v1/tickets", json={"nonsense": 1}, headers=headers).status_code == status
    for headers, status in (({"Authorization": "Bearer wrong"}, 401), (editor, 403), (world.admin, 428)):
        assert world.client.patch(f"/api/v1/tickets/{world.ticket}", json={}, headers=headers).status_code == status


def test_a_key_is_each_principals_own(client_key: tuple[World, dict[str, str], int]) -> None:
    world, headers, _ = client_key
    key = {"Idempotency-Key": "one"}
    first = world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers | key)
    again = world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers | key)
    other = world.client.post("/api/v1/tickets", json=_ticket(world), headers=world.admin | key)
    assert first.json() == again.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert other.json()["id"] != first.json()["id"]
    with world.db.reading() as session:
        owners = session.scalars(select(IdempotencyRecord.owner)).all()
    assert {owner.split(":")[0] for owner in owners} == {"api", "staff"}


def test_a_failing_commit_is_no_success(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any) -> None:
        raise OperationalError("COMMIT", {}, Exception("the disk is full"))

    headers = world.admin
    with world.db.reading() as session:
        before = session.scalar(select(func.count(Ticket.id)))
    with monkeypatch.context() as patched:
        patched.setattr(world.db.engine.dialect, "do_commit", fail)
        patched.setattr(
            "api.deps.identify", lambda *_: Principal("api", 1, "shop", Role.AGENT)
        )  # commits on PostgreSQL
        answer = world.client.post("/api/v1/tickets", json=_ticket(world), headers=headers)
    assert answer.status_code == 503
    with world.db.reading() as session:
        assert session.scalar(select(func.count(Ticket.id))) == before
    assert world.client.post("/api/v1/tickets", json=_ticket(world), headers=world.admin).status_code == 201


class _Shown(BaseModel):
    number: int


def test_an_answer_that_cannot_be_made_takes_the_work_back(world: World) -> None:
    router = APIRouter(route_class=UnitRoute)

    @router.post("/wrong", status_code=201)
    def wrong(session: Writing, principal: CurrentPrincipal) -> _Shown:
        make_shop(session)
        return {"number": f"not one, {principal.name}"}  # type: ignore[return-value]

    app = FastAPI()
    app.state.runtime = world.runtime
    problems.install(app)
    app.include_router(router)
    tables = select(func.count(Shop.id))
    with world.db.reading() as session:
        before = session.scalar(tables)
    assert TestClient(app).post("/wrong", headers=world.admin).status_code == 500
    with world.db.reading() as session:
        assert session.scalar(tables) == before


def test_what_must_stay_on_the_event_loop_is_left_there() -> None:
    route = UnitRoute("/x", _asynchronous)
    assert route.endpoint is _asynchronous
    assert inspect.iscoroutinefunction(route.endpoint)


async def _asynchronous(principal: CurrentPrincipal) -> None: ...

"""Whatever goes wrong is told as a problem document, and nothing that went wrong is told as a success."""

from __future__ import annotations

import logging

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import OperationalError

from api.body_limit import MAX_BODY
from records.tickets.models import Ticket
from tests.api.world import World

TICKETS = "/api/v1/tickets"


def _new(world: World, **values: object) -> dict[str, object]:
    return {"shop_id": world.shop, "customer_id": world.customer, "text": "在吗", **values}


def check(response, status: int, code: str) -> dict:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["type"] == f"urn:copilot:problem:{code}" and body["code"] == code
    assert body["status"] == status and body["title"] and body["detail"]
    assert response.headers["x-content-type-options"] == "nosniff"
    return body


def test_the_frameworks_own_errors_are_problems(sqlite_world: World) -> None:
    client, headers = sqlite_world.client, sqlite_world.agent
    check(client.get("/nothing/here"), 404, "not_found")
    check(client.get("/api/v1/nothing"), 404, "not_found")
    assert check(client.delete(TICKETS, headers=headers), 405, "method_not_allowed")
    assert "GET" in client.delete(TICKETS, headers=headers).headers["allow"]
    assert client.get(TICKETS).headers["www-authenticate"] == "Bearer"


def test_bad_bodies_name_the_field(world: World) -> None:
    client, headers = world.client, world.agent
    broken = client.post(TICKETS, content='{"text": ', headers={**headers, "Content-Type": "application/json"})
    check(broken, 422, "invalid_input")
    misspelt = check(client.post(TICKETS, json=_new(world, txt="x"), headers=headers), 422, "invalid_input")
    message, kind = "Extra inputs are not permitted", "extra_forbidden"
    assert misspelt["errors"] == [{"field": "body.txt", "message": message, "type": kind, "limits": {}}]
    long = check(client.post(TICKETS, json=_new(world, subject="x" * 256), headers=headers), 422, "invalid_input")
    assert [(e["field"], e["type"], e["limits"]) for e in long["errors"]] == [
        ("body.subject", "string_too_long", {"max_length": 255})
    ]
    empty = check(client.post(TICKETS, json=_new(world, text=" "), headers=headers), 422, "invalid_input")
    assert empty["errors"][0]["field"] == "body.text"
    nobody = check(client.post(TICKETS, json=_new(world, customer_id=424242), headers=headers), 404, "not_found")
    assert "424242" in nobody["detail"]
    check(client.post(TICKETS, json=_new(world, shop_id=424242), headers=headers), 422, "invalid_input")


@pytest.mark.parametrize("number", [2**70, -(2**70)])
def test_numbers_that_no_database_holds_are_refused(world: World, number: int) -> None:
    check(world.client.get(f"{TICKETS}/{number}", headers=world.agent), 422, "invalid_input")
    check(world.client.get(f"{TICKETS}?shop_id={number}", headers=world.agent), 422, "invalid_input")
    check(world.client.post(TICKETS, json=_new(world, customer_id=number), headers=world.agent), 422, "invalid_input")


def test_text_that_no_database_holds_is_refused_or_cleaned(world: World) -> None:
    headers = world.agent
    for values in ({"subject": "a\x00b"}, {"external_id": "a\x00b"}, {"text": "a\x00b"}):
        assert world.client.post(TICKETS, json=_new(world, **values), headers=headers).status_code in (201, 422)
    lone = b'{"shop_id": 1, "customer_id": 1, "text": "\\ud800"}'
    answer = world.client.post(TICKETS, content=lone, headers={**headers, "Content-Type": "application/json"})
    check(answer, 422, "invalid_input")
    assert world.client.get(f"{TICKETS}?q=%00", headers=headers).status_code in (200, 422)


def test_a_huge_body_is_refused_before_it_is_read(sqlite_world: World) -> None:
    client, headers = sqlite_world.client, sqlite_world.agent
    told = client.post(TICKETS, json=_new(sqlite_world, text="长" * MAX_BODY), headers=headers)
    assert str(MAX_BODY) in check(told, 413, "content_too_large")["detail"]

    def chunks():
        for _ in range(40):
            yield b" " * (MAX_BODY // 20)

    untold = client.post(TICKETS, content=chunks(), headers={**headers, "Content-Type": "application/json"})
    check(untold, 413, "content_too_large")


def test_a_failing_commit_is_an_error_and_changes_nothing(world: World) -> None:
    def refuse(_connection: object) -> None:
        raise RuntimeError("the disk is full; password=hunter2")

    with world.db.reading() as session:
        before = session.scalar(select(func.count()).select_from(Ticket))
    headers = world.agent
    event.listen(world.db.engine, "commit", refuse)
    try:
        answer = world.client.post(TICKETS, json=_new(world), headers=headers)
    finally:
        event.remove(world.db.engine, "commit", refuse)
    body = check(answer, 500, "internal_error")
    assert "hunter2" not in str(body)
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Ticket)) == before
    assert world.client.post(TICKETS, json=_new(world), headers=headers).status_code == 201


def test_a_database_that_does_not_answer_is_a_503(world: World) -> None:
    def gone(_connection: object, *_: object) -> None:
        raise OperationalError("SELECT secret", {}, Exception("connection to server at db.internal failed"))

    headers = world.agent
    event.listen(world.db.engine, "before_cursor_execute", gone)
    try:
        answer = world.client.get(TICKETS, headers=headers)
    finally:
        event.remove(world.db.engine, "before_cursor_execute", gone)
    assert "db.internal" not in str(check(answer, 503, "unavailable"))


def test_an_error_in_a_handler_is_logged_counted_and_not_told(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("api.routes.tickets.queries.count_by_status", broken)
    with caplog.at_level(logging.ERROR):
        answer = sqlite_world.client.get(f"{TICKETS}/counts", headers=sqlite_world.agent)
    assert "secret detail" not in str(check(answer, 500, "internal_error"))
    assert "/api/v1/tickets/counts" in caplog.text
    metrics = sqlite_world.client.get("/metrics").text
    assert 'copilot_http_requests_total{method="GET",route="/api/v1/tickets/counts",status="500"} 1.0' in metrics


def test_metrics_are_by_route_and_never_by_id(sqlite_world: World) -> None:
    sqlite_world.client.get(f"{TICKETS}/{sqlite_world.ticket}", headers=sqlite_world.agent)
    sqlite_world.client.get("/no/such/page/8472")
    metrics = sqlite_world.client.get("/metrics").text
    assert 'route="/api/v1/tickets/{ticket_id}",status="200"' in metrics
    assert 'route="unmatched"' in metrics and "page/8472" not in metrics


def test_details_named_like_members_do_not_break_the_document(sqlite_world: World) -> None:
    """A case that is not proposed: the conflict carries `status`, which is also a member of the document."""
    from tests.api.test_knowledge import make_case

    case = make_case(sqlite_world, status="published")
    headers = {**sqlite_world.admin, "If-Match": '"1"'}
    check(sqlite_world.client.post(f"/api/v1/cases/{case}/discard", headers=headers), 409, "conflict")

"""Files of tickets over HTTP: what is taken, who gets it, and how a browser must treat it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from records.principals import Role
from tests.api.world import World
from tests.factories import make_account

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 100


def upload(world: World, content: bytes = PNG, name: str = "破损.png", headers: dict[str, str] | None = None) -> Any:
    path = f"/api/v1/tickets/{world.ticket}/attachments"
    files = {"file": (name, content, "image/svg+xml")}  # what the sender says of the type counts nothing
    return world.client.post(path, files=files, headers=headers or world.agent)


def send(world: World, *ids: int, kind: str = "reply", text: str = "") -> Any:
    body = {"kind": kind, "text": text, "attachment_ids": list(ids)}
    return world.client.post(f"/api/v1/tickets/{world.ticket}/messages", json=body, headers=world.agent)


def stored(world: World) -> list[Path]:
    return [path for path in world.runtime.settings.files_dir.rglob("*") if path.is_file()]


def test_an_agent_sends_a_picture(world: World) -> None:
    made = upload(world)
    assert made.status_code == 201
    assert made.json() == {"id": made.json()["id"], "name": "破损.png", "media_type": "image/png", "size": 108}
    sent = send(world, made.json()["id"])
    assert sent.status_code == 201
    assert sent.json()["attachments"] == [made.json()]
    assert send(world, made.json()["id"]).status_code == 422, "a file is sent once"
    got = world.client.get(f"/api/v1/attachments/{made.json()['id']}", headers=world.agent)
    assert got.content == PNG
    assert got.headers["content-type"] == "image/png"
    assert got.headers["content-disposition"] == "inline; filename*=UTF-8''%E7%A0%B4%E6%8D%9F.png"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in got.headers["content-security-policy"]
    again = {**world.agent, "If-None-Match": got.headers["etag"]}
    assert world.client.get(f"/api/v1/attachments/{made.json()['id']}", headers=again).status_code == 304


@pytest.mark.parametrize("content", [b"<html><script>alert(1)</script></html>", b"<svg onload='alert(1)'/>"])
def test_markup_is_a_download_of_plain_text(sqlite_world: World, content: bytes) -> None:
    made = upload(sqlite_world, content, "page.html").json()
    got = sqlite_world.client.get(f"/api/v1/attachments/{made['id']}", headers=sqlite_world.agent)
    assert got.headers["content-type"] == "text/plain; charset=utf-8"
    assert got.headers["content-disposition"].startswith("attachment;")
    assert "sandbox" in got.headers["content-security-policy"]


def test_what_is_refused_leaves_no_file(sqlite_world: World) -> None:
    world = sqlite_world
    world.runtime.settings.attachment_max_bytes = 1000
    too_large = upload(world, PNG + b"0" * 1000)
    assert (too_large.status_code, too_large.json()["code"]) == (413, "content_too_large")
    assert upload(world, b"").status_code == 422
    assert upload(world, b"MZ\x90\x00 a program", "photo.png").status_code == 422
    assert stored(world) == []
    assert upload(world).status_code == 201
    assert len(stored(world)) == 1


def test_a_body_past_the_upload_limit_is_not_read(sqlite_world: World) -> None:
    path = f"/api/v1/tickets/{sqlite_world.ticket}/attachments"
    headers = {**sqlite_world.agent, "Content-Length": "20000001"}
    assert sqlite_world.client.post(path, content=b"", headers=headers).status_code == 413


def test_another_shops_staff_neither_sends_nor_gets(sqlite_world: World) -> None:
    world = sqlite_world
    stranger = world.signed_in(Role.AGENT, world.other)
    made = upload(world).json()
    assert upload(world, headers=stranger).status_code == 404
    assert world.client.get(f"/api/v1/attachments/{made['id']}", headers=stranger).status_code == 404
    assert world.client.get(f"/api/v1/attachments/{made['id']}").status_code == 401
    colleague = world.signed_in(Role.SUPERVISOR)
    body = {"kind": "note", "text": "", "attachment_ids": [made["id"]]}
    taken = world.client.post(f"/api/v1/tickets/{world.ticket}/messages", json=body, headers=colleague)
    assert taken.status_code == 422, "a colleague's upload is not ours to send"


def test_a_channel_without_files_says_so(sqlite_world: World) -> None:
    world = sqlite_world
    with world.db.unit_of_work() as session:
        from records.shops.models import Shop
        from records.tickets.models import Ticket

        account = make_account(session, session.get_one(Shop, world.shop), secret="s")
        ticket = session.get_one(Ticket, world.ticket)
        ticket.channel, ticket.channel_account_id = "webhook", account.id
    file = upload(world).json()["id"]
    refused = send(world, file, text="见附件")
    assert refused.status_code == 422
    assert "text only" in refused.json()["detail"]
    assert send(world, file, kind="note").status_code == 201

"""A file on its way into the records: sent, looked at, mapped, tried, taken by a job, asked about."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.jobs import queue
from core.storage import FileStore
from knowledge.models import Article
from records.imports.models import ImportUpload
from records.people.models import Customer, Staff
from records.principals import Role
from tests.api.world import World
from worker.context import JobContext
from worker.handlers import HANDLERS, ON_DEAD
from worker.reactions import REACTIONS

IMPORTS, UPLOADS = "/api/v1/imports", "/api/v1/imports/uploads"
THEIRS = "Kunde,Full Name,手机号,Notiz\nk1,Béla,139,a\nk2,安娜,138,b\n"


def send(world: World, text: str | bytes, name: str = "c.csv", kind: str = "customers", **form: Any) -> Any:
    headers = form.pop("headers", None) or world.signed_in(Role.SUPERVISOR)
    data = {"kind": kind, "shop": world.shop_code, **form}
    upload = {"file": (name, text.encode() if isinstance(text, str) else text)}
    return world.client.post(UPLOADS, data=data, files=upload, headers=headers)


def work_off(world: World) -> None:
    """Do what the server's own threads would do."""
    queue.expand_events(world.db, REACTIONS)
    while True:
        with world.db.reading() as session:
            due = queue.due_jobs(session, names=["records.import"])
        if not due:
            return
        claim = queue.claim(world.db, due[0], 60)
        assert claim is not None
        try:
            HANDLERS[claim.name](JobContext(world.runtime, {}, claim))
        except Exception as error:
            queue.fail(world.db, claim, str(error), permanent=True, last_rites=ON_DEAD)


def started(world: World, upload: int, choices: dict[str, Any] | None = None) -> Any:
    headers = world.signed_in(Role.SUPERVISOR)
    answer = world.client.post(f"{UPLOADS}/{upload}/start", json=choices or {}, headers=headers)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "queued"
    work_off(world)
    return world.client.get(f"{UPLOADS}/{upload}", headers=headers).json()


def test_columns_are_suggested_mapped_and_tried_before_anything_is_written(world: World) -> None:
    supervisor = world.signed_in(Role.SUPERVISOR)
    sent = send(world, THEIRS)
    assert sent.status_code == 201, sent.text
    found = sent.json()
    assert [(c["name"], c["suggested"]) for c in found["columns"]] == [
        ("Kunde", None), ("Full Name", None), ("手机号", "phone"), ("Notiz", None),
    ]  # fmt: skip
    assert found["columns"][0]["samples"] == ["k1", "k2"] and found["rows"] == 2
    assert [f["name"] for f in found["fields"] if f["required"]] == ["external_id"]
    path = f"{UPLOADS}/{found['upload']['id']}"
    unmapped = world.client.post(f"{path}/preview", json={}, headers=supervisor)
    assert unmapped.status_code == 422 and "external_id" in unmapped.json()["detail"]
    choices = {"columns": {"Kunde": "external_id", "Full Name": "name", "手机号": ""}}
    tried = world.client.post(f"{path}/preview", json=choices, headers=supervisor).json()
    assert (tried["checked"], tried["created"], tried["ignored"]) == (2, 2, ["Notiz", "手机号"])
    first = tried["sample"][0]
    assert (first["place"], first["outcome"]) == ("2", "created")
    assert first["values"] == {"external_id": "k1", "name": "Béla"}
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1
    done = started(world, found["upload"]["id"], choices)
    assert (done["state"], done["rows_done"], done["report"]["created"]) == ("done", 2, 2)
    again = world.client.post(f"{path}/start", json=choices, headers=supervisor)
    assert again.status_code == 409
    assert world.client.post(f"{path}/preview", json=choices, headers=supervisor).status_code == 404
    assert not list(FileStore(world.runtime.settings.imports_dir).older_than(-1)), "the file is kept no longer"
    repeated = started(world, send(world, THEIRS).json()["upload"]["id"], choices)
    assert (repeated["report"]["created"], repeated["report"]["unchanged"]) == (0, 2)


def test_wrong_rows_are_told_as_they_were_written_and_can_be_mended(world: World) -> None:
    supervisor = world.signed_in(Role.SUPERVISOR)
    started(world, send(world, "external_id,name\nu1,王芳\n").json()["upload"]["id"])
    orders = (
        "order_no,customer_external_id,status,total,placed_at\n"
        "1,u1,预售锁单,12,2026-01-01 08:00\n2,u1,已付款,12 or 13,\n3,nobody,已付款,5,5月6日\n"
    )
    found = send(world, orders, "orders.csv", "orders").json()
    words = next(field for field in found["fields"] if field["name"] == "status")["words"]
    assert "paid" in words and "unknown" not in words
    path = f"{UPLOADS}/{found['upload']['id']}/preview"
    tried = world.client.post(path, json={}, headers=supervisor).json()
    assert tried["unmapped"] == [{"field": "status", "word": "预售锁单", "rows": 1}]
    told = {(e["place"], e["field"]): (e["value"], e["code"]) for e in tried["errors"]}
    assert told == {
        ("3", "total"): ("12 or 13", "not_amount"), ("4", "placed_at"): ("5月6日", "not_time"),
    }  # fmt: skip
    assert tried["sample"][0]["values"]["placed_at"] == "2026-01-01 08:00"  # the shop's clock, as it was written
    assert [row["outcome"] for row in tried["sample"]] == ["created", "failed", "failed"]
    done = started(world, found["upload"]["id"], {"values": {"status": {"预售锁单": "paid"}}})
    assert (done["report"]["created"], done["report"]["failed"], done["report"]["unmapped"]) == (1, 2, [])
    assert done["has_errors_file"]
    file = world.client.get(f"{IMPORTS}/{done['run_id']}/errors-file", headers=supervisor)
    assert file.headers["content-disposition"] == 'attachment; filename="orders.errors.csv"'
    mended = file.content.decode("utf-8-sig").replace("12 or 13", "12", 1).replace("nobody", "u1", 1)
    mended = mended.replace("5月6日", "2026-05-06", 1)
    again = started(world, send(world, mended, "orders.errors.csv", "orders").json()["upload"]["id"])
    assert (again["report"]["created"], again["report"]["failed"]) == (2, 0), again
    listed = world.client.get(f"{IMPORTS}/{done['run_id']}/errors", headers=supervisor).json()["items"]
    assert {row["code"] for row in listed} == {"not_amount", "not_time"}


def test_the_time_of_a_refused_event_stands_as_in_the_file(world: World) -> None:
    files = {
        "customers": "external_id\nu1\n",
        "orders": "order_no,customer_external_id,status,total\n1,u1,已发货,5\n",
        "shipments": "order_no,tracking_no,status,shipped_at\n1,JD1,运输中,2026-06-01 08:00\n",
    }
    for kind, text in files.items():
        assert started(world, send(world, text, f"{kind}.csv", kind).json()["upload"]["id"])["report"]["created"] == 1
    events = "tracking_no,at,description\nJD1,2025/6/2 8:00,早\n"
    found = send(world, events, "events.csv", "shipment-events").json()
    done = started(world, found["upload"]["id"])
    assert [(e["field"], e["value"], e["code"]) for e in done["report"]["errors"]] == [
        ("at", "2025/6/2 8:00", "too_early")
    ]


def test_a_file_that_cannot_be_read_is_refused_and_not_kept(sqlite_world: World) -> None:
    for name, text, kind in (
        ("c.csv", b"\xff\xfe\x00", "customers"),
        ("c.exe", b"MZ", "customers"),
        ("c.xlsx", b"no zip", "orders"),
        ("a.zip", b"PK", "customers"),
        ("a.zip", b"PK", "articles"),
        ("a.pdf", b"%PDF", "articles"),
    ):
        answer = send(sqlite_world, text, name, kind)
        assert answer.status_code == 422, (name, kind, answer.text)
        assert "copilot-import" not in answer.text
    assert send(sqlite_world, THEIRS, shop="").status_code == 422
    assert not list(FileStore(sqlite_world.runtime.settings.imports_dir).older_than(-1))
    with sqlite_world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(ImportUpload)) == 0


def test_rights_are_those_of_what_the_file_holds_and_of_its_shop(world: World) -> None:
    editor, foreign = world.signed_in(Role.EDITOR), world.signed_in(Role.SUPERVISOR, world.other)
    assert send(world, THEIRS, headers=world.agent).status_code == 403
    assert send(world, THEIRS, headers=editor).status_code == 403
    assert send(world, THEIRS, headers=foreign).status_code == 403
    mine = send(world, THEIRS).json()["upload"]["id"]
    for path in (f"{UPLOADS}/{mine}", f"{UPLOADS}/{mine}/preview", f"{UPLOADS}/{mine}/start"):
        method = "GET" if path == f"{UPLOADS}/{mine}" else "POST"
        body = {} if method == "GET" else {"json": {}}
        assert world.client.request(method, path, headers=editor, **body).status_code == 403
        assert world.client.request(method, path, headers=foreign, **body).status_code == 404
    article = send(world, "# 退货\n\n七天内可以退货。\n", "r.md", "articles", headers=editor)
    assert article.status_code == 201 and article.json()["columns"] == []
    assert world.client.get(IMPORTS, headers=editor).json()["items"] == []
    assert world.client.get(f"{IMPORTS}?kind=orders", headers=editor).status_code == 403


def test_whoever_lost_the_right_meanwhile_imports_nothing(world: World) -> None:
    supervisor = world.signed_in(Role.SUPERVISOR)
    upload = send(world, "external_id\nu1\n").json()["upload"]["id"]
    me = world.client.get("/api/v1/auth/me", headers=supervisor).json()["id"]
    world.client.post(f"{UPLOADS}/{upload}/start", json={}, headers=supervisor)
    with world.db.unit_of_work() as session:
        session.get_one(Staff, me).active = False
    work_off(world)
    seen = world.client.get(f"{UPLOADS}/{upload}", headers=world.admin).json()
    assert seen["state"] == "failed" and "may no longer sign in" in seen["error"]
    with world.db.reading() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1


def test_a_folder_of_articles_comes_as_zip_and_a_table_with_any_columns(world: World, tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("help/退货.md", "# 退货政策\n\n签收后七天内可以退货。\n")
        archive.writestr("help/../../evil.md", "# x\n\ny\n")
        archive.writestr("help/empty.md", "")
    found = send(world, packed.getvalue(), "help.zip", "articles").json()
    tried = world.client.post(
        f"{UPLOADS}/{found['upload']['id']}/preview", json={}, headers=world.signed_in(Role.EDITOR)
    ).json()
    assert tried["created"] == 1 and tried["sample"][0]["values"]["title"] == "退货政策"
    done = started(world, found["upload"]["id"], {"audience": "internal"})
    assert (done["state"], done["report"]["created"], done["report"]["skipped"]) == ("done", 1, 1), done
    table = "文章编号,标题,正文,乱\nA1,发票,下单后可以开发票。,x\n"
    found = send(world, table, "faq.csv", "articles").json()
    assert [c["suggested"] for c in found["columns"]] == ["id", "title", "text", None]
    drafts = started(world, found["upload"]["id"], {"columns": {"乱": "category"}, "draft": True})
    assert drafts["report"]["created"] == 1, drafts
    with world.db.reading() as session:
        kept = {(a.audience, a.category) for a in session.scalars(select(Article))}
    assert len(kept) == 2 and {one[0] for one in kept} == {"internal", "public"}
    assert ("public", "x") in kept


def test_what_is_never_started_is_forgotten_with_its_file(world: World) -> None:
    old = send(world, THEIRS).json()["upload"]["id"]
    with world.db.unit_of_work() as session:
        session.get_one(ImportUpload, old).created_at = datetime.now(UTC) - timedelta(days=2)
    send(world, THEIRS)
    assert world.client.get(f"{UPLOADS}/{old}", headers=world.signed_in(Role.SUPERVISOR)).status_code == 404
    assert len(list(FileStore(world.runtime.settings.imports_dir).older_than(-1))) == 1


@pytest.mark.parametrize("text", ["=1+1", "@x", "+86", "-x", "\tx"])
def test_the_file_of_errors_holds_no_formula(sqlite_world: World, text: str) -> None:
    found = send(sqlite_world, json.dumps({"sku": text, "name": ""}), "p.jsonl", "products").json()
    assert started(sqlite_world, found["upload"]["id"])["report"]["failed"] == 1
    row = f'sku,name,price\n"{text}",,x\n'
    done = started(sqlite_world, send(sqlite_world, row, "p.csv", "products").json()["upload"]["id"])
    headers = sqlite_world.signed_in(Role.SUPERVISOR)
    file = sqlite_world.client.get(f"{IMPORTS}/{done['run_id']}/errors-file", headers=headers).text
    assert f"'{text.strip()}" in file or not text.strip().startswith(("=", "@", "+", "-"))

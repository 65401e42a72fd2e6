"""Customers, orders, action requests, imports, shops and channel accounts over HTTP."""

from __future__ import annotations

import csv
import io
import tempfile

import pytest
from sqlalchemy import select

from core.idempotency import IdempotencyRecord
from core.settings import Settings
from records.commerce.models import Order
from records.people.models import AccessAudit, Customer
from records.principals import Role
from records.shops.models import Shop
from tests.api.world import World
from tests.factories import make_customer, make_order, make_shipment

CUSTOMERS, ORDERS, ACTIONS, IMPORTS = (f"/api/v1/{name}" for name in ("customers", "orders", "actions", "imports"))


def an_order(world: World, shop: int = 0, **values: object) -> int:
    with world.db.unit_of_work() as session:
        row = session.get_one(Shop, shop or world.shop)
        order = make_order(session, row, session.get_one(Customer, world.customer), **values)
        make_shipment(session, order)
        return order.id


def audit(world: World) -> list[tuple[str, int | None]]:
    with world.db.reading() as session:
        rows = session.execute(select(AccessAudit.action, AccessAudit.customer_id).order_by(AccessAudit.id))
        return [(row.action, row.customer_id) for row in rows]


def test_looking_at_a_customer_is_noted_and_only_administrators_read_the_notes(world: World) -> None:
    order = an_order(world)
    path = f"{CUSTOMERS}/{world.customer}"
    assert world.client.get(path, headers=world.agent).status_code == 200
    assert len(world.client.get(f"{path}/orders", headers=world.agent).json()) == 1
    assert world.client.get(f"{ORDERS}/{order}", headers=world.agent).status_code == 200
    world.client.get(CUSTOMERS, headers=world.agent)
    expected = ["customer.read", "customer.orders", "order.read"]
    assert audit(world) == [(name, world.customer) for name in expected]
    assert world.client.get(f"{CUSTOMERS}/99999", headers=world.agent).status_code == 404
    assert len(audit(world)) == 3
    seen = world.client.get(f"/api/v1/access-audit?customer_id={world.customer}", headers=world.admin).json()
    assert [row["action"] for row in seen["items"]] == expected[::-1]
    assert world.client.get("/api/v1/access-audit", headers=world.signed_in(Role.SUPERVISOR)).status_code == 403


def test_a_customer_is_changed_by_whoever_read_it_last(world: World) -> None:
    path = f"{CUSTOMERS}/{world.customer}"
    etag = world.client.get(path, headers=world.agent).headers["etag"]
    headers = {**world.agent, "If-Match": etag}
    changed = world.client.patch(path, json={"name": "陈女士", "phone": None}, headers=headers)
    assert changed.status_code == 200 and changed.json()["name"] == "陈女士"
    assert world.client.patch(path, json={"name": "王先生"}, headers=headers).status_code == 412
    assert world.client.patch(path, json={"name": None}, headers=headers).status_code == 422
    assert world.client.patch(path, json={"external_id": "other"}, headers=headers).status_code == 422
    tags = world.client.post(f"{path}/tags", json={"add": ["vip", " 老客 "]}, headers=world.agent).json()["tags"]
    assert tags == ["vip", "老客"]
    found = world.client.get(f"{CUSTOMERS}?tag=vip&q=陈", headers=world.agent).json()["items"]
    assert [row["id"] for row in found] == [world.customer] and found[0]["tags"] == tags


def test_customers_and_orders_of_another_shop_are_out_of_reach(world: World) -> None:
    with world.db.unit_of_work() as session:
        stranger = make_customer(session).id
    an_order(world)
    foreign = an_order(world, world.other)
    limited = world.signed_in(Role.SUPERVISOR, world.shop)
    assert world.client.get(f"{CUSTOMERS}/{stranger}", headers=limited).status_code == 404
    assert {row["id"] for row in world.client.get(CUSTOMERS, headers=limited).json()["items"]} == {world.customer}
    assert world.client.get(f"{ORDERS}/{foreign}", headers=limited).status_code == 404
    assert {row["shop_id"] for row in world.client.get(ORDERS, headers=limited).json()["items"]} == {world.shop}
    whole = world.client.get(f"{CUSTOMERS}/{world.customer}/orders", headers=limited).json()
    assert {row["shop_id"] for row in whole} == {world.shop}
    body = {"order_id": foreign, "kind": "refund"}
    assert world.client.post(ACTIONS, json=body, headers=limited).status_code == 404


def test_orders_are_found_and_paged_and_money_is_exact(world: World) -> None:
    made = [an_order(world, status="shipped" if n % 2 else "paid", total="1299.5") for n in range(5)]
    page = world.client.get(f"{ORDERS}?limit=2", headers=world.agent).json()
    ids = [row["id"] for row in page["items"]]
    while page["next"]:
        page = world.client.get(ORDERS, params={"limit": 2, "cursor": page["next"]}, headers=world.agent).json()
        ids += [row["id"] for row in page["items"]]
    assert sorted(ids) == made
    row = page["items"][0]
    assert (row["total"], row["items"][0]["unit_price"], row["currency"]) == ("1299.50", "1299.00", "CNY")
    assert row["shipments"][0]["events"][0]["location"] == "南京市鼓楼区"
    paid = world.client.get(f"{ORDERS}?status=paid", headers=world.agent).json()["items"]
    assert len(paid) == 3
    found = world.client.get(ORDERS, params={"q": row["order_no"]}, headers=world.agent).json()["items"]
    assert [one["id"] for one in found] == [row["id"]]
    assert world.client.get(f"{ORDERS}?placed_from=2026-01-01T00:00:00", headers=world.agent).status_code == 422


def test_an_action_is_asked_for_approved_and_executed(world: World) -> None:
    order, supervisor = an_order(world, status="delivered"), world.signed_in(Role.SUPERVISOR)
    body = {"order_id": order, "kind": "refund", "params": {"amount": "12.50"}, "ticket_id": world.ticket}
    headers = {**world.agent, "Idempotency-Key": "a1"}
    asked = world.client.post(ACTIONS, json=body, headers=headers)
    assert asked.status_code == 201 and asked.json()["state"] == "requested"
    assert world.client.post(ACTIONS, json=body, headers=headers).json() == asked.json()
    assert world.client.post(ACTIONS, json=body, headers=world.agent).status_code == 409
    path, etag = asked.headers["location"], asked.headers["etag"]
    assert world.client.post(f"{path}/approve", headers={**world.agent, "If-Match": etag}).status_code == 403
    assert world.client.post(f"{path}/approve", headers=supervisor).status_code == 428
    approved = world.client.post(f"{path}/approve", headers={**supervisor, "If-Match": etag})
    assert approved.json()["state"] == "approved" and approved.headers["etag"] != etag
    assert (
        world.client.post(f"{path}/reject", json={"reason": "x"}, headers={**supervisor, "If-Match": etag}).status_code
        == 412
    )
    failed = world.client.post(f"{path}/failed", json={"note": "超时"}, headers=supervisor)
    assert failed.json()["state"] == "failed"
    again = world.client.post(f"{path}/approve", headers={**supervisor, "If-Match": failed.headers["etag"]})
    done = world.client.post(f"{path}/executed", json={"note": "R-1"}, headers=supervisor)
    assert (again.status_code, done.json()["state"]) == (200, "executed")
    with world.db.reading() as session:
        assert session.get_one(Order, order).status == "delivered"  # the mirror is not ours to edit
    listed = world.client.get(f"{ACTIONS}?state=executed&order_id={order}", headers=world.agent).json()["items"]
    assert [row["id"] for row in listed] == [done.json()["id"]]
    too_much = {**body, "params": {"amount": "99999"}}
    assert world.client.post(ACTIONS, json=too_much, headers=world.agent).status_code == 422


def _csv(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_an_import_takes_good_rows_and_reports_bad_ones(world: World) -> None:
    good = {"sku": "A1", "name": "电热水器", "price": "1299.00", "currency": "CNY"}
    file = _csv(good, {**good, "sku": "A2", "price": "很贵"}, {**good, "sku": "A3"})
    supervisor = world.signed_in(Role.SUPERVISOR)

    def send(dry_run: bool = False):
        form = {"kind": "products", "shop": world.shop_code, "dry_run": str(dry_run).lower()}
        upload = {"file": ("../../products.csv", file, "text/csv")}
        return world.client.post(IMPORTS, data=form, files=upload, headers=supervisor)

    tried = send(dry_run=True)
    assert tried.status_code == 200, tried.text
    assert (tried.json()["created"], tried.json()["failed"], tried.json()["run_id"]) == (2, 1, None)
    assert world.client.get("/api/v1/products", headers=world.agent).json()["items"] == []
    report = send().json()
    assert (report["created"], report["failed"]) == (2, 1)
    assert report["errors"][0]["row"] == 3 and report["errors"][0]["field"] == "price"
    products = world.client.get("/api/v1/products?q=电热", headers=world.agent).json()["items"]
    assert [row["sku"] for row in products] == ["A1", "A3"] and products[0]["price"] == "1299.00"
    again = send().json()
    assert (again["created"], again["updated"], again["unchanged"]) == (0, 0, 2)
    runs = world.client.get(IMPORTS, headers=supervisor).json()["items"]
    assert [run["state"] for run in runs] == ["done", "done"] and runs[0]["file_name"] == "products.csv"
    errors = world.client.get(f"{IMPORTS}/{runs[0]['id']}/errors", headers=supervisor).json()["items"]
    assert [(row["row"], row["value"]) for row in errors] == [(3, "很贵")]
    limited = world.signed_in(Role.SUPERVISOR, world.other)
    assert world.client.get(f"{IMPORTS}/{runs[0]['id']}", headers=limited).status_code == 404
    form = {"kind": "products", "shop": world.shop_code}
    refused = world.client.post(IMPORTS, data=form, files={"file": ("p.csv", file)}, headers=limited)
    assert refused.status_code == 403


def test_a_file_that_is_none_is_told_so(sqlite_world: World) -> None:
    world = sqlite_world
    form = {"kind": "products", "shop": world.shop_code}
    for upload in (("x.exe", b"MZ"), ("products.csv", b"name\nx\n"), ("products.xlsx", b"not a zip")):
        answer = world.client.post(IMPORTS, data=form, files={"file": upload}, headers=world.admin)
        assert answer.status_code == 422, upload
        assert tempfile.gettempdir() not in answer.text and "copilot-import" not in answer.text
    unknown = world.client.post(
        IMPORTS, data={**form, "shop": "nope"}, files={"file": ("p.csv", b"sku,name\n1,x\n")}, headers=world.admin
    )
    assert unknown.status_code == 404


def test_articles_are_imported_by_editors(world: World) -> None:
    text = "# 退货政策\n\n签收后七天内可以退货，运费由买家承担。\n".encode()
    upload = {"file": ("returns.md", text, "text/markdown")}
    assert world.client.post(f"{IMPORTS}/articles", files=upload, headers=world.agent).status_code == 403
    report = world.client.post(f"{IMPORTS}/articles", files=upload, headers=world.signed_in(Role.EDITOR))
    assert report.status_code == 200 and report.json()["created"] == 1, report.text
    rows = world.client.get("/api/v1/articles", headers=world.agent).json()["items"]
    assert [row["current"]["title"] for row in rows] == ["退货政策"]


def test_shops_are_made_and_changed_by_administrators(world: World) -> None:
    body = {"code": "new", "name": "新店", "business_hours": {"mon": ["09:00", "18:00"]}}
    made = world.client.post("/api/v1/shops", json=body, headers=world.admin)
    assert made.status_code == 201
    assert world.client.post("/api/v1/shops", json=body, headers=world.admin).status_code == 409
    path, etag = made.headers["location"], made.headers["etag"]
    headers = {**world.admin, "If-Match": etag}
    assert world.client.patch(path, json={"timezone": "Mars/Base"}, headers=headers).status_code == 422
    changed = world.client.patch(path, json={"name": "旧店"}, headers=headers)
    assert changed.status_code == 200 and changed.json()["business_hours"] == body["business_hours"]
    assert world.client.patch(path, json={"name": "别的"}, headers=headers).status_code == 412
    assert world.client.get(path, headers=world.admin).headers["etag"] == changed.headers["etag"]
    limited = world.signed_in(Role.AGENT, world.shop)
    assert [row["id"] for row in world.client.get("/api/v1/shops", headers=limited).json()] == [world.shop]
    assert world.client.get(path, headers=limited).status_code == 404


def test_a_channel_account_shows_its_secret_once(world: World) -> None:
    path = f"/api/v1/shops/{world.shop}/channel-accounts"
    body = {"name": "main", "url": "http://127.0.0.1:9/replies"}
    headers = {**world.admin, "Idempotency-Key": "c1"}
    made = world.client.post(path, json=body, headers=headers)
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert secret.startswith("whsec_")
    assert world.client.post(path, json=body, headers=headers).json() == {**made.json(), "secret": None}
    with world.db.reading() as session:
        assert secret not in str(session.scalars(select(IdempotencyRecord.body)).all())
    assert world.client.post(path, json=body, headers=world.admin).status_code == 409
    assert secret not in world.client.get(path, headers=world.admin).text
    account = made.headers["location"]
    etag = world.client.get(account, headers=world.admin).headers["etag"]
    turned = world.client.patch(account, json={"new_secret": True}, headers={**world.admin, "If-Match": etag})
    assert turned.json()["secret"] not in (None, secret)
    etag = turned.headers["etag"]
    off = world.client.patch(account, json={"url": None, "active": False}, headers={**world.admin, "If-Match": etag})
    assert (off.json()["url"], off.json()["active"], off.json()["secret"]) == (None, False, None)
    assert (
        world.client.patch(account, json={"active": True}, headers={**world.admin, "If-Match": etag}).status_code == 412
    )


@pytest.mark.parametrize("url", ["ftp://a.example/x", "not a url", "http://", "http://127.0.0.1/x", "http://[::1]/x"])
def test_replies_are_not_sent_into_the_private_network_of_a_public_installation(sqlite_world: World, url: str) -> None:
    secret = "s" * 40
    sqlite_world.runtime.settings = Settings(_env_file=None, host="0.0.0.0", secret_key=secret)
    path = f"/api/v1/shops/{sqlite_world.shop}/channel-accounts"
    answer = sqlite_world.client.post(path, json={"name": "x", "url": url}, headers=sqlite_world.admin)
    assert answer.status_code == 422 and answer.json()["field"] == "url"

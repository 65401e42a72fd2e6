"""Customers over HTTP: the whole customer at a glance, lists, writing one down, exports."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
from sqlalchemy import select

from records.people.models import AccessAudit, Customer, CustomerTag
from records.principals import Role
from records.shops.models import Shop
from records.tickets.models import Ticket
from tests.api.world import World
from tests.factories import make_account, make_customer, make_identity, make_order, make_shipment, make_shop

CUSTOMERS, ORDERS = "/api/v1/customers", "/api/v1/orders"
TODAY = datetime.now(UTC)


def an_order(world: World, customer: int = 0, *, days: int = 1, shop: int = 0, **values: object) -> int:
    with world.db.unit_of_work() as session:
        who = session.get_one(Customer, customer or world.customer)
        placed = TODAY - timedelta(days=days)
        order = make_order(session, session.get_one(Shop, shop or world.shop), who, placed_at=placed, **values)
        make_shipment(session, order)
        return order.id


def noted(world: World) -> list[str]:
    with world.db.reading() as session:
        return list(session.scalars(select(AccessAudit.action).order_by(AccessAudit.id)))


def test_the_whole_customer_in_one_answer(world: World) -> None:
    with world.db.unit_of_work() as session:
        session.get_one(Ticket, world.ticket).satisfaction = 4
        account = make_account(session, session.get_one(Shop, world.shop))
        make_identity(session, account, session.get_one(Customer, world.customer))
    paid = an_order(world, status="paid", total="200")
    an_order(world, status="delivered", total="99.50", days=40)
    an_order(world, status="refunded", total="1000", days=50)
    an_order(world, status="cancelled", days=60)
    asked = world.client.post("/api/v1/actions", json={"order_id": paid, "kind": "cancel"}, headers=world.agent)
    seen = world.client.get(f"{CUSTOMERS}/{world.customer}/overview", headers=world.agent).json()
    assert seen["customer"]["identities"][0]["verified_by"] == "signed_webhook"
    assert seen["figures"]["spent"] == {"CNY": "299.50"}
    told = {name: seen["figures"][name] for name in ("orders", "tickets", "open_tickets", "lifecycle")}
    assert told == {"orders": 3, "tickets": 1, "open_tickets": 1, "lifecycle": "active"}
    assert (seen["figures"]["satisfaction"], seen["figures"]["ratings"]) == (4.0, 1)
    assert [(ticket["id"], ticket["satisfaction"]) for ticket in seen["tickets"]] == [(world.ticket, 4)]
    newest = seen["orders"][0]
    assert newest["id"] == paid and newest["shipments"][0]["reached"] == "in_transit"
    possible = {one["kind"]: (one["why_not"], one["action_id"]) for one in newest["possible"]}
    assert possible["cancel"] == ("open", asked.json()["id"]) and possible["refund"] == ("", None)
    assert possible["return"] == ("state", None) and possible["reship"] == ("state", None)
    assert [one["state"] for one in newest["requests"]] == ["requested"]
    world.client.get(f"{CUSTOMERS}/{world.customer}/overview", headers=world.agent)
    assert noted(world) == ["customer.read", "customer.orders"]  # an open screen that asks again is one look
    world.client.get(f"{CUSTOMERS}/{world.customer}/overview", headers=world.admin)
    assert len(noted(world)) == 4


def test_the_overview_keeps_to_the_shops_of_the_reader(world: World) -> None:
    an_order(world, status="paid", total="200")
    foreign = an_order(world, status="paid", total="500", shop=world.other)
    limited = world.signed_in(Role.AGENT, world.shop)
    seen = world.client.get(f"{CUSTOMERS}/{world.customer}/overview", headers=limited).json()
    assert foreign not in [order["id"] for order in seen["orders"]]
    assert (seen["figures"]["orders"], seen["figures"]["spent"]) == (1, {"CNY": "200.00"})
    with world.db.unit_of_work() as session:
        third = make_shop(session).id
    stranger = world.client.get(f"{CUSTOMERS}/{world.customer}/overview", headers=world.signed_in(Role.AGENT, third))
    assert stranger.status_code == 404


@pytest.mark.parametrize(
    ("days", "stage"),
    [([], "prospect"), ([5], "new"), ([5, 9], "active"), ([60], "active"), ([120], "lapsing"), ([200], "lapsed")],
)
def test_the_filter_by_lifecycle_finds_what_the_figures_say(world: World, days: list[int], stage: str) -> None:
    with world.db.unit_of_work() as session:
        customer = make_customer(session).id
    for one in days:
        an_order(world, customer, days=one)
    an_order(world, customer, days=1, status="cancelled")
    for name in ("prospect", "new", "active", "lapsing", "lapsed"):
        found = world.client.get(f"{CUSTOMERS}?lifecycle={name}", headers=world.agent).json()["items"]
        hits = {row["id"]: row["figures"]["lifecycle"] for row in found}
        assert (customer in hits) == (name == stage)
        assert set(hits.values()) <= {name}


def test_customers_are_filtered_sorted_and_paged(world: World) -> None:
    with world.db.unit_of_work() as session:
        made = [make_customer(session, name=name, tier=tier) for name, tier in
                (("Béla", "gold"), ("安娜", None), ("Anna", "gold"), ("Béla", None))]  # fmt: skip
        session.add(CustomerTag(customer_id=made[0].id, tag="vip"))
        ids = [row.id for row in made]
    an_order(world, ids[1], days=3)
    an_order(world, ids[0], days=9)

    def listed(**params: object) -> list[int]:
        found: list[int] = []
        cursor: dict[str, object] = {}
        while True:
            page = world.client.get(CUSTOMERS, params={**params, **cursor, "limit": 2}, headers=world.agent).json()
            found += [row["id"] for row in page["items"]]
            if page["next"] is None:
                return found
            cursor = {"cursor": page["next"]}

    assert listed() == [*reversed(ids), world.customer]
    assert listed(sort="last_order") == [ids[1], ids[0], ids[3], ids[2], world.customer]
    by_name = listed(sort="name")
    assert sorted(by_name) == sorted([*ids, world.customer]) and by_name.index(ids[3]) + 1 == by_name.index(ids[0])
    assert len(listed(sort="changed")) == 5
    assert listed(tier="gold") == [ids[2], ids[0]] and listed(tag="vip") == [ids[0]]
    assert listed(open_tickets=True) == [world.customer]
    assert listed(created_from=(TODAY + timedelta(days=1)).isoformat()) == []
    assert len(listed(created_to=(TODAY + timedelta(days=1)).isoformat())) == 5
    facets = world.client.get(f"{CUSTOMERS}/facets", headers=world.agent).json()
    assert facets == {"tags": [{"value": "vip", "customers": 1}], "tiers": [{"value": "gold", "customers": 2}]}
    page = world.client.get(CUSTOMERS, params={"limit": 2, "sort": "name"}, headers=world.agent).json()
    other = world.client.get(CUSTOMERS, params={"sort": "last_order", "cursor": page["next"]}, headers=world.agent)
    assert other.status_code == 422


def test_a_customer_is_written_down_once(world: World) -> None:
    limited = world.signed_in(Role.AGENT, world.shop)
    body = {"shop_id": world.shop, "name": "电话客户", "phone": "13900000000", "tags": ["vip", " 老客 "]}
    headers = {**limited, "Idempotency-Key": "n1"}
    made = world.client.post(CUSTOMERS, json=body, headers=headers)
    assert made.status_code == 201, made.text
    customer = made.json()
    assert world.client.post(CUSTOMERS, json=body, headers=headers).json() == customer
    assert (customer["tags"], customer["identities"][0]["verified_at"]) == (["vip", "老客"], None)
    assert customer["external_id"].startswith("manual-") and made.headers["etag"] == '"1"'
    assert world.client.get(f"{CUSTOMERS}/{customer['id']}", headers=limited).status_code == 200
    again = world.client.post(CUSTOMERS, json={**body, "name": "别人"}, headers=limited)
    assert (again.status_code, again.json()["customer_id"], again.json()["field"]) == (409, customer["id"], "phone")
    twin = world.client.post(CUSTOMERS, json={**body, "allow_duplicate": True}, headers=limited)
    assert twin.status_code == 201
    taken = {"shop_id": world.shop, "external_id": customer["external_id"]}
    assert world.client.post(CUSTOMERS, json=taken, headers=limited).status_code == 409
    # What is known in a shop out of reach is not told.
    foreign = world.signed_in(Role.AGENT, world.other)
    elsewhere = world.client.post(CUSTOMERS, json={**body, "shop_id": world.other}, headers=foreign)
    assert elsewhere.status_code == 201
    assert world.client.post(CUSTOMERS, json=body, headers=foreign).status_code == 404
    assert "customer.create" in noted(world)


def test_an_export_is_noted_limited_and_never_a_formula(world: World) -> None:
    evil = '=HYPERLINK("http://example.com","x")'
    with world.db.unit_of_work() as session:
        row = session.get_one(Customer, world.customer)
        row.name, row.phone = evil, "+8613800000000"
        make_customer(session, name="out of reach")
    supervisor = world.signed_in(Role.SUPERVISOR, world.shop)
    assert world.client.get(f"{CUSTOMERS}/export", headers=world.agent).status_code == 403
    text = world.client.get(f"{CUSTOMERS}/export", headers=supervisor)
    assert text.headers["content-disposition"] == 'attachment; filename="customers.csv"'
    assert text.content.startswith("\ufeff".encode())
    (only,) = csv.DictReader(io.StringIO(text.content.decode("utf-8-sig")))
    assert (only["name"], only["phone"]) == (f"'{evil}", "'+8613800000000")
    book = openpyxl.load_workbook(
        io.BytesIO(world.client.get(f"{CUSTOMERS}/export?format=xlsx", headers=supervisor).content)
    )
    cells = {cell.value: cell.data_type for cell in book.worksheets[0][2]}
    assert cells[evil] == "s" and "+8613800000000" in cells
    assert noted(world) == ["customers.export", "customers.export"]
    # What went out comes back in unchanged.
    upload = {"file": ("customers.csv", text.content)}
    form = {"kind": "customers", "shop": world.shop_code}
    report = world.client.post("/api/v1/imports", data=form, files=upload, headers=supervisor).json()
    assert (report["created"], report["updated"], report["unchanged"], report["failed"]) == (0, 0, 1, 0), report


def test_orders_are_exported_with_filters(world: World) -> None:
    an_order(world, status="paid", total="1299.5")
    an_order(world, status="shipped")
    supervisor = world.signed_in(Role.SUPERVISOR)
    text = world.client.get(f"{ORDERS}/export?status=paid", headers=supervisor).content.decode("utf-8-sig")
    (only,) = csv.DictReader(io.StringIO(text))
    assert (only["total"], only["status"], only["customer_name"]) == (
        "1299.5",
        "paid",
        "顾客" + only["customer_name"][2:],
    )
    assert only["placed_at"].endswith("+08:00") and "电热水器 × 1" in only["items"]
    assert world.client.get(f"{ORDERS}/export", headers=world.agent).status_code == 403
    assert noted(world) == ["orders.export"]


def test_orders_are_sorted_and_found_by_what_is_open(world: World) -> None:
    small = an_order(world, total="10", days=3)
    large = an_order(world, total="900", days=9, status="paid")
    with world.db.unit_of_work() as session:
        quiet = make_customer(session).id
    other = an_order(world, quiet, total="50", days=1)

    def ids(**params: object) -> list[int]:
        first = world.client.get(ORDERS, params={**params, "limit": 2}, headers=world.agent).json()
        rows = first["items"]
        if first["next"]:
            more = {**params, "limit": 2, "cursor": first["next"]}
            rows += world.client.get(ORDERS, params=more, headers=world.agent).json()["items"]
        return [row["id"] for row in rows]

    assert ids() == [other, small, large]
    assert ids(sort="oldest") == [large, small, other]
    assert ids(sort="largest") == [large, other, small]
    assert ids(open_tickets=True) == [small, large]
    assert ids(parcel="delivered") == [] and len(ids(parcel="in_transit")) == 3
    assert ids(open_requests=True) == []
    world.client.post("/api/v1/actions", json={"order_id": large, "kind": "expedite"}, headers=world.agent)
    assert ids(open_requests=True) == [large]
    detail = world.client.get(f"{ORDERS}/{large}", headers=world.agent).json()
    assert detail["requests"][0]["kind"] == "expedite" and detail["customer_name"]

"""The widget's file and the demo shop's page, as a browser gets them."""

from __future__ import annotations

import gzip
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import jwt
import pytest

from api.site import widget
from core.events import SYSTEM, emit
from demo.chat import find_or_create_chat
from demo.seeding import DemoSeeded
from records.commerce.models import Product
from records.shops.models import ChannelAccount
from tests.api.world import World
from tests.factories import make_customer, make_order, make_shop


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> bytes:
    script = b"(function(){" + b"/* widget */" * 500 + b"})()"
    path = tmp_path / "widget.js"
    path.write_bytes(script)
    monkeypatch.setattr(widget, "BUILT", path)
    return script


def test_any_page_may_load_the_widget_and_keeps_it(sqlite_world: World, built: bytes) -> None:
    client = sqlite_world.client
    got = client.get("/widget.js", headers={"Accept-Encoding": "gzip"})
    assert got.content == built
    assert (got.headers["content-encoding"], got.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(got.headers["content-length"]) == len(gzip.compress(built, 9))
    assert got.headers["content-type"].startswith("text/javascript")
    assert got.headers["access-control-allow-origin"] == "*"
    assert got.headers["cross-origin-resource-policy"] == "cross-origin"
    assert "max-age=3600" in got.headers["cache-control"]
    again = client.get("/widget.js", headers={"Accept-Encoding": "gzip", "If-None-Match": got.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    plain = client.get("/widget.js", headers={"Accept-Encoding": "identity"})
    assert plain.content == built and plain.headers["etag"] != got.headers["etag"]
    forever = client.get(f"/widget.js?v={widget.script().digest}")
    assert "immutable" in forever.headers["cache-control"]
    assert "immutable" not in client.get("/widget.js?v=older").headers["cache-control"]


def test_a_widget_that_is_not_built_says_what_to_do(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(widget, "BUILT", tmp_path / "nothing.js")
    answer = sqlite_world.client.get("/widget.js")
    assert answer.status_code == 404 and "make web" in answer.json()["detail"]


def furnish(world: World) -> ChannelAccount:
    with world.db.unit_of_work() as session:
        shop = make_shop(session, code="lehuo", name="<乐活>")
        account = find_or_create_chat(session, shop)
        customer = make_customer(session, external_id="LH-1", name='陈"静')
        make_order(session, shop, customer, status="shipped")
        session.add(Product(shop_id=shop.id, sku="A", name="乐活 空气炸锅", price=Decimal(299), currency="CNY"))
        emit(session, DemoSeeded, actor=SYSTEM)
        return account


def test_the_demo_shop_signs_its_made_up_customers_in(sqlite_world: World, built: bytes) -> None:
    account = furnish(sqlite_world)
    guest = sqlite_world.client.get("/demo-shop?lang=zh")
    assert guest.status_code == 200
    assert f'data-account="{account.public_key}"' in guest.text and "data-identity" not in guest.text
    assert "&lt;乐活&gt;" in guest.text and "空气炸锅" in guest.text
    policy = guest.headers["content-security-policy"]
    assert "script-src 'self'" in policy and "unsafe" not in policy
    assert not re.search(r"<style|style=|<script(?! src)| on\w+=", guest.text), "what the policy would stop"
    signed = sqlite_world.client.get("/demo-shop?lang=zh&customer=LH-1")
    token = re.search(r'data-identity="([^"]+)"', signed.text)
    assert token is not None
    claims = jwt.decode(token[1], account.secret or "", algorithms=["HS256"])
    assert (claims["sub"], claims["name"]) == ("LH-1", '陈"静')
    assert datetime.fromtimestamp(claims["exp"], UTC) < datetime.now(UTC) + timedelta(hours=3)
    assert (account.secret or "") not in signed.text
    opened = sqlite_world.client.post(f"/api/v1/chat/{account.public_key}/sessions", json={"identity": token[1]})
    assert opened.json()["verified"] is True


def test_the_demo_shop_signs_nobody_else_in(sqlite_world: World, built: bytes) -> None:
    furnish(sqlite_world)
    with sqlite_world.db.unit_of_work() as session:
        make_customer(session, external_id="somebody")
    for who in ("somebody", "nobody", ""):
        assert sqlite_world.client.get(f"/demo-shop?lang=zh&customer={who}").status_code == 404


def test_there_is_no_demo_shop_without_the_demo(sqlite_world: World, built: bytes) -> None:
    with sqlite_world.db.unit_of_work() as session:
        find_or_create_chat(session, make_shop(session, code="lehuo"))
    assert sqlite_world.client.get("/demo-shop?lang=zh").status_code == 404


def test_the_demo_shop_follows_the_browsers_language(sqlite_world: World) -> None:
    for told, language in (("zh-CN,zh;q=0.9", "zh"), ("en-GB,en", "en"), ("fr", "en")):
        answer = sqlite_world.client.get("/demo-shop", headers={"Accept-Language": told}, follow_redirects=False)
        assert answer.headers["location"] == f"/demo-shop?lang={language}"

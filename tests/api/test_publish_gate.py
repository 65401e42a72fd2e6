"""Publishing behind the preview: what was previewed is what is published, and a fall may stop it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from evals.cases.actions import create_case
from evals.gate.models import GatePreview
from records.people.models import AccessAudit
from records.principals import SYSTEM_PRINCIPAL, Role
from tests.api.world import World
from tests.evals.test_preview import WordEncoder

ARTICLES = "/api/v1/articles"
GOOD, HARMFUL = "会员积分每年清零。", "怎么开发票：发票怎么开，开发票。"


def _article(world: World, headers: dict[str, str], title: str, body: str, publish: bool = False) -> tuple[str, str]:
    made = world.client.post(
        ARTICLES, json={"title": title, "body": body, "scope": {"shop_ids": [world.shop]}}, headers=headers
    )
    assert made.status_code == 201, made.text
    where, etag = made.headers["location"], made.headers["etag"]
    if publish:
        done = world.client.post(f"{where}/versions/1/publish", headers={**headers, "If-Match": etag})
        assert done.status_code == 200, done.text
    return where, etag


def _plant(world: World, editor: dict[str, str]) -> None:
    """An article that ten past questions were answered from."""
    world.runtime.__dict__["encoder"] = WordEncoder()
    where, _ = _article(world, editor, "票据", "电子发票在签收后开具，发送到邮箱。", publish=True)
    source = f"article:{where.rsplit('/', 1)[1]}"
    with world.db.unit_of_work() as session:
        for at in range(10):
            question = (
                f"{'怎么开发票' if at % 2 else '发票怎么开'}{'啊呢吗嘛呀哦哈呵嘿哎'[at] * 3}，第{at}{at * 37}次问"
            )
            create_case(session, SYSTEM_PRINCIPAL, question=question, sources=[source], shop_id=world.shop)


def _gate(world: World, gate: str) -> None:
    admin = world.signed_in(Role.ADMIN)
    where = f"/api/v1/shops/{world.shop}"
    tag = {**admin, "If-Match": world.client.get(where, headers=admin).headers["etag"]}
    changed = world.client.patch(where, json={"publish_gate": gate}, headers=tag)
    assert changed.status_code == 200 and changed.json()["publish_gate"] == gate, changed.text


def _preview(world: World, where: str, headers: dict[str, str]) -> dict[str, Any]:
    made = world.client.post(f"{where}/versions/1/preview?answers=false", headers=headers)
    assert made.status_code == 200, made.text
    kept = world.client.get(made.headers["location"], headers=headers)
    assert kept.json() == made.json()
    return dict(made.json())


def test_what_was_previewed_is_published_and_nothing_else(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    _plant(world, editor)
    where, etag = _article(world, editor, "积分", GOOD)
    assert world.client.post(f"{where}/versions/1/preview", headers=world.agent).status_code == 403
    told = _preview(world, where, editor)
    assert told["gate"] == "warn" and told["result"]["cases"] == 10 and not told["result"]["falls"]
    changed = world.client.put(
        f"{where}/versions/1", json={"title": "积分", "body": HARMFUL}, headers={**editor, "If-Match": etag}
    )
    tag = {**editor, "If-Match": changed.headers["etag"]}
    publish = f"{where}/versions/1/publish"
    refused = world.client.post(publish, json={"preview_id": told["id"]}, headers=tag)
    assert refused.status_code == 409 and refused.json()["reason"] == "preview_outdated", refused.text
    scope = {"shop_ids": [world.shop], "audience": "public", "category": "会员"}
    told = _preview(world, where, editor)
    moved = world.client.put(f"{where}/scope", json=scope, headers=tag)
    tag = {**editor, "If-Match": moved.headers["etag"]}
    assert world.client.post(publish, json={"preview_id": told["id"]}, headers=tag).status_code == 409
    told = _preview(world, where, editor)
    assert told["result"]["falls"] and told["result"]["worse"] >= 5
    done = world.client.post(publish, json={"preview_id": told["id"]}, headers=tag)  # the gate only warns
    assert done.status_code == 200, done.text
    with world.db.reading() as session:
        row = session.get_one(GatePreview, told["id"])
        assert row.published_at is not None and row.override == ""


def test_where_the_gate_blocks_a_preview_is_needed_and_a_fall_takes_a_supervisor(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    _plant(world, editor)
    _gate(world, "block")
    fine, etag = _article(world, editor, "积分", GOOD)
    tag = {**editor, "If-Match": etag}
    refused = world.client.post(f"{fine}/versions/1/publish", headers=tag)
    assert refused.status_code == 409 and refused.json()["reason"] == "preview_required"
    body = {"preview_id": _preview(world, fine, editor)["id"]}
    assert world.client.post(f"{fine}/versions/1/publish", json=body, headers=tag).status_code == 200

    where, etag = _article(world, editor, "发票", HARMFUL)
    told = _preview(world, where, editor)
    assert told["gate"] == "block" and told["result"]["falls"]
    gain = told["result"]["gain"]
    assert gain["low"] <= gain["mean"] <= gain["high"] < 0
    publish, body = f"{where}/versions/1/publish", {"preview_id": told["id"]}
    tag = {**editor, "If-Match": etag}
    refused = world.client.post(publish, json=body, headers=tag)
    assert refused.status_code == 409 and refused.json()["reason"] == "significant_fall"
    assert world.client.post(publish, json={**body, "override": "必须上线"}, headers=tag).status_code == 403
    chief = {**world.signed_in(Role.SUPERVISOR), "If-Match": etag}
    assert world.client.post(publish, json=body, headers=chief).status_code == 409
    done = world.client.post(publish, json={**body, "override": "旧文章明天下线"}, headers=chief)
    assert done.status_code == 200, done.text
    with world.db.reading() as session:
        row = session.get_one(GatePreview, told["id"])
        assert row.override == "旧文章明天下线" and row.overridden_by is not None
        noted = session.scalars(select(AccessAudit.action).order_by(AccessAudit.id)).all()
        assert "article.publish_override" in noted
    outsider = world.signed_in(Role.EDITOR, world.other)
    assert world.client.get(f"{where}/previews/{told['id']}", headers=outsider).status_code == 404


def test_the_gate_can_be_off(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    _gate(world, "off")
    _article(world, editor, "积分", GOOD, publish=True)

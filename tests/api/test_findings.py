"""Findings over HTTP: computed by a job, decided by an editor, and a gap becomes a draft."""

from __future__ import annotations

from evals.cases.actions import create_case
from evals.cases.models import EvalCaseSource
from records.principals import SYSTEM_PRINCIPAL, Role
from tests.api.world import World
from tests.evals.test_preview import WordEncoder
from worker.runner import Runner

FINDINGS = "/api/v1/knowledge/findings"
QUESTIONS = ("可以帮忙包装成礼物吗", "能不能包装成礼物送人", "礼物包装可以吗", "冰箱夜里嗡嗡响正常么", "冰箱嗡嗡响")


def _plant(world: World) -> None:
    world.runtime.__dict__["encoder"] = WordEncoder()
    with world.db.unit_of_work() as session:
        for question in QUESTIONS:
            text = {"question": question, "good_answer": "下单时勾选礼品包装即可。", "language": "zh"}
            case = create_case(session, SYSTEM_PRINCIPAL, shop_id=world.shop, **text)  # type: ignore[arg-type]
            session.add(EvalCaseSource(key=f"thumbs_down:{case.id}", case_id=case.id, event_id=0, weight=1.0))


def test_an_editor_has_findings_computed_and_makes_an_article_of_a_gap(world: World) -> None:
    _plant(world)
    editor, outsider = world.signed_in(Role.EDITOR), world.signed_in(Role.EDITOR, world.other)
    assert world.client.get(FINDINGS, headers=world.agent).status_code == 403
    assert world.client.get(f"{FINDINGS}/counts", headers=editor).json()["computed_at"] is None
    assert world.client.post(f"{FINDINGS}/compute", headers=editor).status_code == 202
    Runner(world.runtime).drain(20)
    counts = world.client.get(f"{FINDINGS}/counts", headers=editor).json()
    assert counts["gap"] == 2 and counts["computed_at"]
    assert world.client.get(f"{FINDINGS}/counts", headers=outsider).json()["gap"] == 0
    page = world.client.get(FINDINGS, params={"kind": "gap", "limit": 1}, headers=editor).json()
    (first,) = page["items"]
    rest = world.client.get(FINDINGS, params={"kind": "gap", "limit": 1, "cursor": page["next"]}, headers=editor).json()
    assert first["volume"] == 3 and rest["items"][0]["volume"] == 2 and rest["next"] is None

    where = f"{FINDINGS}/{first['id']}"
    assert world.client.get(where, headers=outsider).status_code == 404
    tag = {**editor, "If-Match": world.client.get(where, headers=editor).headers["etag"]}
    made = world.client.post(f"{where}/article", headers=tag)
    assert made.status_code == 201, made.text
    article = world.client.get(made.headers["location"], headers=editor).json()
    assert article["shop_ids"] == [world.shop] and article["versions"][0]["status"] == "draft"
    assert world.client.post(f"{where}/article", headers=tag).status_code == 412
    taken = world.client.get(FINDINGS, params={"state": "taken"}, headers=editor).json()["items"]
    assert [(one["id"], one["draft_id"]) for one in taken] == [(first["id"], article["id"])]

    other = f"{FINDINGS}/{rest['items'][0]['id']}"
    mine = {**editor, "If-Match": world.client.get(other, headers=editor).headers["etag"]}
    assert world.client.patch(other, json={"state": "dismissed"}, headers=mine).status_code == 422
    dismissed = world.client.patch(other, json={"state": "dismissed", "note": "设备问题"}, headers=mine)
    assert dismissed.status_code == 200 and dismissed.json()["state"] == "dismissed"
    world.client.post(f"{FINDINGS}/compute", headers=editor)
    Runner(world.runtime).drain(20)
    assert world.client.get(FINDINGS, headers=editor).json()["items"] == []
    assert world.client.get(f"{FINDINGS}/counts", headers=editor).json()["gap"] == 0

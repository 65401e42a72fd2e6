"""Knowledge tasks over HTTP: an edit with its kind, the task of it, and its end."""

from __future__ import annotations

from typing import Any

from copilot.filing import file_edit
from copilot.models import Suggestion
from copilot.serialize import answer_to_json
from core.db import Database
from records.principals import Role
from retrieval.types import DraftSentence, Verdict
from tests.api.world import World
from tests.copilot.world import an_answer, an_article

RULE = "签收次日起 7 天内可以无理由退货。"


def _quoting(db: Database, world: World, **scope: Any) -> int:
    _, cited = an_article(db, **scope)
    answer = an_answer(DraftSentence(RULE, (1,), Verdict.SUPPORTED), citations=(cited,), kind="extractive")
    with db.unit_of_work() as session:
        row = Suggestion(
            ticket_id=world.ticket, message_id=world.message, state="pending", kind="extractive", language="zh",
            text=RULE, confidence=0.9, answer=answer_to_json(answer), versions={},
        )  # fmt: skip
        session.add(row)
        session.flush()
        return row.id


def test_an_edit_is_tagged_becomes_a_task_and_is_closed(world: World) -> None:
    suggestion = _quoting(world.db, world)
    path = f"/api/v1/suggestions/{suggestion}"
    etag = world.client.get(path, headers=world.agent).headers["etag"]
    sent = world.client.post(
        f"{path}/approve",
        json={"text": "签收次日起 15 天内可以无理由退货。", "confirm_unverified": True},
        headers={**world.agent, "If-Match": etag},
    )
    assert sent.status_code == 200, sent.text
    review = sent.json()["suggestion"]["review"]
    assert review["kinds"] == [] and review["proposed_kinds"] == ["fact"]
    world.client.put(f"{path}/review/kinds", json={"kinds": ["fact"]}, headers=world.agent)
    with world.db.unit_of_work() as session:
        file_edit(session, suggestion)
    editor = world.signed_in(Role.EDITOR)
    assert world.client.get("/api/v1/knowledge/tasks", headers=world.agent).status_code == 403
    (task,) = world.client.get("/api/v1/knowledge/tasks?state=open", headers=editor).json()["items"]
    assert task["cause"] == "fact" and task["article_title"] == "退货规则" and task["newer_version"] is None
    assert [one["before"] for one in task["evidence"]] == [RULE]
    where = f"/api/v1/knowledge/tasks/{task['id']}"
    mine = {**editor, "If-Match": world.client.get(where, headers=editor).headers["etag"]}
    assert world.client.patch(where, json={"state": "dismissed"}, headers=mine).status_code == 422
    closed = world.client.patch(where, json={"state": "done", "resolution": "改了"}, headers=mine)
    assert closed.status_code == 200 and closed.json()["state"] == "done"
    assert world.client.patch(where, json={"state": "open"}, headers=mine).status_code == 412
    assert world.client.get("/api/v1/knowledge/tasks?state=open", headers=editor).json()["items"] == []


def test_a_task_of_an_article_of_another_shop_is_not_there(world: World) -> None:
    suggestion = _quoting(world.db, world, shop_ids=(world.shop,))
    headers = world.agent
    etag = world.client.get(f"/api/v1/suggestions/{suggestion}", headers=headers).headers["etag"]
    world.client.post(
        f"/api/v1/suggestions/{suggestion}/approve",
        json={"text": "签收次日起 15 天内可以无理由退货。", "confirm_unverified": True},
        headers={**headers, "If-Match": etag},
    )
    world.client.put(f"/api/v1/suggestions/{suggestion}/review/kinds", json={"kinds": ["fact"]}, headers=headers)
    with world.db.unit_of_work() as session:
        file_edit(session, suggestion)
    own, stranger = world.signed_in(Role.EDITOR, world.shop), world.signed_in(Role.EDITOR, world.other)
    (task,) = world.client.get("/api/v1/knowledge/tasks", headers=own).json()["items"]
    where = f"/api/v1/knowledge/tasks/{task['id']}"
    assert world.client.get("/api/v1/knowledge/tasks", headers=stranger).json()["items"] == []
    assert world.client.get(where, headers=stranger).status_code == 404
    closing = {**stranger, "If-Match": f'"{task["version"]}"'}
    assert world.client.patch(where, json={"state": "done"}, headers=closing).status_code == 404

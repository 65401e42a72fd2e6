"""What an agent may send, by which steps, and how it is taken back: over HTTP."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from copilot.models import Review
from knowledge.articles.actions import ArticleScope, create_article, publish_version
from knowledge.models import ArticleVersion, Passage
from records.people.models import AccessAudit
from records.principals import SYSTEM_PRINCIPAL, Role
from retrieval.types import DraftSentence, Verdict
from tests.api.world import World

STATED = DraftSentence("您好，您的包裹正在派送。", (1,), Verdict.SUPPORTED)
UNSURE = DraftSentence("三天退款。", (1,), Verdict.UNSUPPORTED, ("number 3 is not in the source",))


def _article(world: World, body: str = "签收次日起 7 天内可以无理由退货。", audience: str = "public") -> int:
    """The id of its passage."""
    with world.db.unit_of_work() as session:
        article = create_article(
            session, SYSTEM_PRINCIPAL, title="退货规则", body=body, scope=ArticleScope(audience=audience), language="zh"
        )
        version = session.scalars(select(ArticleVersion).where(ArticleVersion.article_id == article.id)).one()
        publish_version(session, SYSTEM_PRINCIPAL, version.id)
        return session.scalars(select(Passage.id).where(Passage.article_version_id == version.id)).one()


def _approve(world: World, suggestion: int, headers: dict[str, str] | None = None, **body: Any) -> Any:
    path = f"/api/v1/suggestions/{suggestion}"
    who = headers or world.agent
    etag = world.client.get(path, headers=who).headers["etag"]
    return world.client.post(f"{path}/approve", json=body, headers={**who, "If-Match": etag})


def _check(world: World, text: str, **body: Any) -> list[dict[str, Any]]:
    path = f"/api/v1/tickets/{world.ticket}/check"
    answer = world.client.post(path, json={"text": text, **body}, headers=world.agent)
    assert answer.status_code == 200, answer.text
    return answer.json()["sentences"]


def _audit(world: World) -> list[str]:
    with world.db.reading() as session:
        return list(session.scalars(select(AccessAudit.action).where(AccessAudit.action.contains("confirmed"))))


def test_an_edit_keeps_the_doubt_about_a_sentence_of_the_draft(world: World) -> None:
    suggestion = world.suggestion(STATED, UNSURE)
    text = f"{STATED.text}{UNSURE.text}谢谢您的耐心。"
    refused = _approve(world, suggestion, text=text)
    assert refused.status_code == 422 and refused.json()["field"] == "confirm_unverified"
    assert [one["text"] for one in refused.json()["unverified"]] == [UNSURE.text]
    assert _approve(world, suggestion, text=text, confirm_unverified=True).status_code == 200
    assert _audit(world) == ["suggestion.confirmed_unverified"]
    with world.db.reading() as session:
        kept = session.scalars(select(Review)).one()
    assert kept.confirmed_unverified and not kept.confirmed_internal


def test_a_number_of_the_agents_own_needs_a_source_or_a_deliberate_step(world: World) -> None:
    suggestion = world.suggestion(STATED)
    text = f"{STATED.text}签收次日起 7 天内可以无理由退货。"
    assert _approve(world, suggestion, text=text).status_code == 422
    wrong = _article(world, "签收次日起 15 天内可以无理由退货。")
    assert _approve(world, suggestion, text=text, sources=[wrong]).status_code == 422
    sent = _approve(world, suggestion, text=text, sources=[_article(world)])
    assert sent.status_code == 200 and _audit(world) == []
    messages = world.client.get(f"/api/v1/tickets/{world.ticket}/messages", headers=world.agent).json()["items"]
    assert [one["title"] for one in messages[-1]["citations"]] == ["订单 3130", "退货规则"]


def test_an_agents_own_words_without_numbers_are_sent(world: World) -> None:
    text = f"{STATED.text}给您添麻烦了，我会一直盯着。"
    suggestion = world.suggestion(STATED)
    checked = _check(world, text, suggestion_id=suggestion)
    assert [one["own"] for one in checked] == [False, True] and not any(one["confirm"] for one in checked)
    assert _approve(world, suggestion, text=text).status_code == 200


def test_the_opposite_of_a_source_takes_a_deliberate_step(world: World) -> None:
    passage = _article(world, "定制商品不支持退货。")
    (denied,) = _check(world, "定制商品支持退货。", sources=[passage])
    assert denied["verdict"] == "unsupported" and denied["confirm"]
    (stated,) = _check(world, "定制商品不支持退货。", sources=[passage])
    assert stated["verdict"] == "supported" and stated["citations"] == [1] and not stated["confirm"]


def test_an_internal_source_takes_a_deliberate_step_and_is_not_shown_to_the_customer(world: World) -> None:
    internal = _article(world, "破损可以先行补发，成本 50 元以内无需审批。", audience="internal")
    suggestion = world.suggestion(STATED)
    refused = _approve(world, suggestion, sources=[internal])
    assert refused.status_code == 422 and refused.json()["field"] == "confirm_internal"
    assert refused.json()["internal"] == ["退货规则"]
    assert _approve(world, suggestion, sources=[internal], confirm_internal=True).status_code == 200
    messages = world.client.get(f"/api/v1/tickets/{world.ticket}/messages", headers=world.agent).json()["items"]
    assert [one["title"] for one in messages[-1]["citations"]] == ["订单 3130"]
    assert _audit(world) == ["suggestion.confirmed_internal"]


def test_a_source_that_is_not_there_for_this_reader_is_refused(world: World) -> None:
    path = f"/api/v1/tickets/{world.ticket}/check"
    for passage in (999_999, _article(world, audience="role:supervisor")):
        answer = world.client.post(path, json={"text": "好", "sources": [passage]}, headers=world.agent)
        assert answer.status_code == 422 and answer.json()["field"] == "sources"


def test_an_agents_own_reply_with_sources_is_held_against_them(world: World) -> None:
    path = f"/api/v1/tickets/{world.ticket}/messages"
    passage = _article(world)
    wrong = {"kind": "reply", "text": "签收次日起 9 天内可以无理由退货。", "sources": [passage]}
    refused = world.client.post(path, json=wrong, headers=world.agent)
    assert refused.status_code == 422 and refused.json()["field"] == "confirm_unverified"
    right = {**wrong, "text": "签收次日起 7 天内可以无理由退货。"}
    sent = world.client.post(path, json=right, headers=world.agent)
    assert sent.status_code == 201 and [one["title"] for one in sent.json()["citations"]] == ["退货规则"]


def test_a_reply_that_is_taken_back_gives_its_draft_back(world: World) -> None:
    world.runtime.settings.undo_send_seconds = 30
    suggestion = world.suggestion(STATED)
    first = _approve(world, suggestion)
    message = first.json()["message_id"]
    shown = world.client.get(f"/api/v1/tickets/{world.ticket}/messages", headers=world.agent).json()["items"][-1]
    assert shown["send_after"] is not None
    taken_back = world.client.post(f"/api/v1/tickets/{world.ticket}/messages/{message}/cancel", headers=world.agent)
    assert taken_back.status_code == 204
    again = world.client.get(f"/api/v1/suggestions/{suggestion}", headers=world.agent).json()
    assert again["state"] == "pending" and again["review"] is None
    second = _approve(world, suggestion)
    assert second.status_code == 200 and second.json()["message_id"] != message
    with world.db.reading() as session:
        assert session.scalars(select(Review)).one().message_id == second.json()["message_id"]


def test_a_draft_that_is_taken_back_too_late_stays_behind(world: World) -> None:
    suggestion = world.suggestion(STATED)
    message = _approve(world, suggestion).json()["message_id"]
    path = f"/api/v1/tickets/{world.ticket}/messages"
    world.client.post(path, json={"kind": "customer", "text": "算了"}, headers=world.agent)
    assert world.client.post(f"{path}/{message}/cancel", headers=world.agent).status_code == 204
    shown = world.client.get(f"/api/v1/suggestions/{suggestion}", headers=world.agent).json()
    assert shown["state"] == "superseded"


def test_what_kind_of_change_it_was(world: World) -> None:
    suggestion = world.suggestion(STATED)
    path = f"/api/v1/suggestions/{suggestion}/review/kinds"
    kinds = {"kinds": ["tone", "fact"]}
    assert world.client.put(path, json=kinds, headers=world.agent).status_code == 404  # not reviewed yet
    _approve(world, suggestion, text="您好，包裹在路上。")
    tagged = world.client.put(path, json=kinds, headers=world.agent)
    assert tagged.status_code == 200 and tagged.json()["review"]["kinds"] == ["fact", "tone"]
    assert world.client.put(path, json={"kinds": ["fun"]}, headers=world.agent).status_code == 422
    stranger = world.signed_in(Role.AGENT, world.shop)
    assert world.client.put(path, json=kinds, headers=stranger).status_code == 403
    supervisor = world.signed_in(Role.SUPERVISOR)
    assert world.client.put(path, json={"kinds": []}, headers=supervisor).json()["review"]["kinds"] == []


def test_who_answers_first_has_the_ticket(world: World) -> None:
    path = f"/api/v1/tickets/{world.ticket}"
    first = world.client.get("/api/v1/auth/me", headers=world.agent).json()["id"]
    for headers, kind in (
        (world.admin, "note"),
        (world.agent, "reply"),
        (world.signed_in(Role.SUPERVISOR), "reply"),
    ):
        world.client.post(f"{path}/messages", json={"kind": kind, "text": "好的，我来处理。"}, headers=headers)
    assert world.client.get(path, headers=world.agent).json()["assignee_id"] == first

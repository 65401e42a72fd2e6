"""What an editor works with: the tree, filters, feedback, what an article answers, cases to merge, the playground."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from copilot.models import Review, Suggestion, SuggestionState
from copilot.sources import record_sources
from core.events import Event
from knowledge.models import Case
from knowledge.similarity import store_bands
from records.principals import Role
from records.tickets.models import Ticket
from retrieval.types import INTERNAL, PUBLIC, Citation
from tests.api.test_knowledge import ARTICLES, make_article, make_case
from tests.api.world import World
from tests.factories import make_customer


def publish(world: World, article: dict) -> dict:
    path = f"{ARTICLES}/{article['id']}/versions/{article['versions'][0]['number']}/publish"
    headers = {**world.signed_in(Role.EDITOR), "If-Match": f'"{article["version"]}"'}
    answer = world.client.post(path, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_tree_counts_by_status(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    first, second = make_article(world, title="退货"), make_article(world, title="换货")
    make_article(world, title="秘密", audience="role:supervisor")
    published = publish(world, first)
    body = {"title": "退货", "body": "新的文字"}
    headers = {**editor, "If-Match": f'"{published["version"]}"'}
    assert world.client.post(f"{ARTICLES}/{first['id']}/versions", json=body, headers=headers).status_code == 201
    archive = {**editor, "If-Match": f'"{second["version"]}"'}
    assert world.client.post(f"{ARTICLES}/{second['id']}/archive", headers=archive).status_code == 200
    (node,) = world.client.get(f"{ARTICLES}/categories", headers=editor).json()
    assert node == {"name": "退换/退货", "articles": 2, "published": 1, "draft": 2, "review": 0, "archived": 1}
    (seen,) = world.client.get(f"{ARTICLES}/categories", headers=world.agent).json()
    assert (seen["articles"], seen["draft"]) == (1, 1)  # not the supervisors' article


def test_the_list_finds_words_of_the_text_and_where_an_article_stands_in_its_time(world: World) -> None:
    editor, now = world.signed_in(Role.EDITOR), datetime.now(UTC)
    spans = {
        "expired": (None, now - timedelta(days=1)),
        "expiring": (None, now + timedelta(days=3)),
        "scheduled": (now + timedelta(days=3), None),
        "current": (now - timedelta(days=3), now + timedelta(days=300)),
    }
    made = {}
    for name, (start, end) in spans.items():
        scope = {"valid_from": start and start.isoformat(), "valid_to": end and end.isoformat()}
        body = {"title": name, "body": f"只有{name}里有的话", "scope": scope}
        made[name] = world.client.post(ARTICLES, json=body, headers=editor).json()["id"]

    def ids(**params: object) -> set[int]:
        answer = world.client.get(ARTICLES, params=params, headers=editor)
        assert answer.status_code == 200, answer.text
        return {row["id"] for row in answer.json()["items"]}

    assert ids(validity="current") == {made["current"], made["expiring"]}
    for name in ("expired", "expiring", "scheduled"):
        assert ids(validity=name) == {made[name]}, name
    assert ids(q="SCHEDULED里有") == {made["scheduled"]}
    assert ids(q="没有这句") == set()


def test_the_list_says_what_is_open_and_pages(sqlite_world: World) -> None:
    world, editor = sqlite_world, sqlite_world.signed_in(Role.EDITOR)
    first = publish(world, make_article(world, title="一"))
    make_article(world, title="二")
    headers = {**editor, "If-Match": f'"{first["version"]}"'}
    world.client.post(f"{ARTICLES}/{first['id']}/versions", json={"title": "一", "body": "改"}, headers=headers)
    page = world.client.get(ARTICLES, params={"limit": 1}, headers=editor).json()
    assert [row["current"]["title"] for row in page["items"]] == ["二"]
    rest = world.client.get(ARTICLES, params={"limit": 1, "cursor": page["next"]}, headers=editor).json()
    (row,) = rest["items"]
    assert (row["current"]["number"], row["opened"]["number"], row["opened"]["status"]) == (1, 2, "draft")


def test_feedback_waits_until_an_editor_has_seen_to_it(world: World) -> None:
    client, agent, editor = world.client, world.agent, world.signed_in(Role.EDITOR)
    article = make_article(world)
    secret = make_article(world, audience="role:supervisor", title="赔付上限")
    path = f"{ARTICLES}/{article['id']}/feedback"
    client.post(path, json={"helpful": False, "comment": "运费写错了"}, headers=agent)
    client.post(path, json={"helpful": True}, headers=agent)
    client.post(f"{ARTICLES}/{secret['id']}/feedback", json={"helpful": False}, headers=editor)

    def listed(headers: dict[str, str], **params: object) -> list[dict]:
        return client.get(f"{ARTICLES}/feedback", params=params, headers=headers).json()["items"]

    (word,) = listed(editor, helpful=False, article_id=article["id"])
    assert (word["article_title"], word["comment"], word["handled_at"]) == ("退货政策", "运费写错了", None)
    assert len(listed(editor)) == 3 and len(listed(agent)) == 2
    assert [row["id"] for row in listed(editor, commented=True)] == [word["id"]]
    assert listed(editor, author="shopper") == []
    assert {row["unread_feedback"] for row in client.get(ARTICLES, headers=agent).json()["items"]} == {2}

    handle = f"{ARTICLES}/feedback/{word['id']}"
    body = {"handled": True, "handling": "改成 12 元"}
    assert client.patch(handle, json=body, headers=agent).status_code == 403
    handled = client.patch(handle, json=body, headers=editor)
    assert handled.status_code == 200 and handled.json()["handling"] == "改成 12 元"
    assert handled.json()["handled_at"] is not None and handled.json()["handled_by"] is not None
    assert client.patch(handle, json=body, headers=editor).status_code == 409
    assert word["id"] not in {row["id"] for row in listed(editor, handled=False)}
    back = client.patch(handle, json={"handled": False}, headers=editor).json()
    assert (back["handled_at"], back["handling"]) == (None, "")
    rows = client.get(ARTICLES, params={"unread_feedback": True}, headers=editor).json()["items"]
    assert {row["id"] for row in rows} == {article["id"], secret["id"]}
    hidden = listed(editor, article_id=secret["id"])[0]["id"]
    limited = world.signed_in(Role.EDITOR, world.other)
    with world.db.unit_of_work() as session:
        names = list(session.scalars(select(Event.name).where(Event.name == "FeedbackHandled")))
    assert len(names) == 2
    assert client.patch(f"{ARTICLES}/feedback/{hidden}", json=body, headers=limited).status_code == 200  # all shops'


def test_feedback_on_another_shop_s_article_is_out_of_reach(sqlite_world: World) -> None:
    world = sqlite_world
    article = make_article(world, shops=(world.shop,))
    given = world.client.post(f"{ARTICLES}/{article['id']}/feedback", json={"helpful": False}, headers=world.admin)
    limited = world.signed_in(Role.EDITOR, world.other)
    handle = f"{ARTICLES}/feedback/{given.json()['id']}"
    assert world.client.patch(handle, json={"handled": True}, headers=limited).status_code == 404
    assert world.client.get(f"{ARTICLES}/feedback", headers=limited).json()["items"] == []


def cite(world: World, article_id: int, state: str, ticket: int, message: int, ordinal: int) -> None:
    citation = Citation(1, "article", f"article:{article_id}", "退货政策", "七天内", 1, 3, (0, 3))
    record = Citation(2, "record", "order:1", "订单", "已发货")
    with world.db.unit_of_work() as session:
        row = Suggestion(ticket_id=ticket, message_id=message, ordinal=ordinal, state=state, text="七天内可以退。")
        session.add(row)
        session.flush()
        record_sources(session, row.id, (citation, citation, record))
        if state in ("edited", "rejected"):
            staff = session.scalars(select(Event.actor_id).where(Event.actor_kind == "staff")).first()
            sent = "七天内都可以退。" if state == "edited" else ""
            session.add(Review(suggestion_id=row.id, staff_id=staff, verdict=state, sent_text=sent, reason="语气"))


def test_an_article_knows_the_tickets_that_it_answers(world: World) -> None:
    article = make_article(world)
    states = [SuggestionState.EDITED, SuggestionState.REJECTED, SuggestionState.AUTO_SENT, SuggestionState.PENDING]
    for ordinal, state in enumerate(states, start=1):
        cite(world, article["id"], state, world.ticket, world.message, ordinal)
    path = f"{ARTICLES}/{article['id']}"
    usage = world.client.get(f"{path}/usage", headers=world.agent).json()
    told = {name: usage[name] for name in ("cited", "accepted", "edited", "rejected", "auto_sent", "waiting")}
    assert told == {"cited": 4, "accepted": 0, "edited": 1, "rejected": 1, "auto_sent": 1, "waiting": 1}
    assert usage["last_used_at"] is not None
    uses = world.client.get(f"{path}/uses", params={"limit": 3}, headers=world.agent).json()
    assert [use["state"] for use in uses["items"]] == ["pending", "auto_sent", "rejected"]
    rest = world.client.get(f"{path}/uses", params={"limit": 3, "cursor": uses["next"]}, headers=world.agent).json()
    (edited,) = rest["items"]
    assert (edited["question"], edited["sent_text"], edited["version"]) == ("快递到哪了", "七天内都可以退。", 3)
    assert rest["next"] is None
    only = world.client.get(f"{path}/uses", params={"state": ["edited", "rejected"]}, headers=world.agent).json()
    assert len(only["items"]) == 2
    elsewhere = world.signed_in(Role.AGENT, world.other)
    assert world.client.get(f"{path}/uses", headers=elsewhere).json()["items"] == []
    assert world.client.get(f"{path}/usage", headers=elsewhere).json()["cited"] == 0


def test_what_a_secret_article_answers_is_secret_too(sqlite_world: World) -> None:
    secret = make_article(sqlite_world, audience="role:supervisor", title="赔付上限")
    for word in ("usage", "uses"):
        answer = sqlite_world.client.get(f"{ARTICLES}/{secret['id']}/{word}", headers=sqlite_world.agent)
        assert answer.status_code == 404


def test_a_case_is_shown_beside_those_that_it_could_be_merged_into(world: World) -> None:
    first = make_case(world)
    with world.db.unit_of_work() as session:
        customer = make_customer(session)
        others = []
        for shop, question in ((world.shop, "怎么退货呀？"), (world.other, "怎么退货？"), (world.shop, "发票在哪开")):
            ticket = Ticket(shop_id=shop, customer_id=customer.id, channel="web")
            session.add(ticket)
            session.flush()
            case = Case(ticket_id=ticket.id, shop_id=shop, question=question, answer="七天内。", language="zh")
            session.add(case)
            session.flush()
            store_bands(session, f"case:{case.id}", question)
            others.append(case.id)
    path = f"/api/v1/cases/{first}/similar"
    (similar,) = world.client.get(path, headers=world.signed_in(Role.EDITOR)).json()
    assert similar["case"]["id"] == others[0] and 0.4 <= similar["similarity"] < 1
    counts = world.client.get("/api/v1/cases/counts", headers=world.agent).json()
    assert counts == {"proposed": 4, "published": 0, "discarded": 0, "retired": 0}
    limited = world.signed_in(Role.AGENT, world.other)
    assert world.client.get("/api/v1/cases/counts", headers=limited).json()["proposed"] == 1
    assert world.client.get(path, headers=limited).status_code == 404


@pytest.mark.parametrize("role", [Role.AGENT, Role.EDITOR])
def test_the_eyes_of_another_role_are_for_those_who_may_read_everything(sqlite_world: World, role: Role) -> None:
    world = sqlite_world
    scopes, headers = world.runtime.stub.scopes, world.signed_in(role)
    before = len(scopes)
    answer = world.client.post("/api/v1/search", json={"query": "x", "audience": "supervisor"}, headers=headers)
    asked = world.client.post("/api/v1/ask", json={"question": "x", "audience": "supervisor"}, headers=headers)
    if role == Role.AGENT:
        assert (answer.status_code, asked.status_code, len(scopes)) == (403, 403, before)
        return
    assert (answer.status_code, asked.status_code) == (200, 200)
    assert scopes[-1].audiences == {PUBLIC, INTERNAL, "role:supervisor"}
    assert world.runtime.stub.questions[-1].scope.audiences == {PUBLIC, INTERNAL, "role:supervisor"}


def test_the_playground_tells_every_rule_and_touches_nothing(sqlite_world: World) -> None:
    world = sqlite_world

    def events() -> int:
        with world.db.reading() as session:
            return len(list(session.scalars(select(Event.id)))) + len(list(session.scalars(select(Suggestion.id))))

    before = events()
    body = {"question": "快递到哪了", "shop": world.shop_code, "audience": "customer"}
    answer = world.client.post("/api/v1/ask", json=body, headers=world.signed_in(Role.EDITOR))
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["reply"] == "您好，您的包裹正在派送。"
    assert told["draft"]["sentences"][0]["verdict"] == "supported"
    assert told["classification"]["intent"] == "logistics_query"
    assert told["decision"]["outcome"] == "suggest"
    rules = {rule["rule"]: rule["passed"] for rule in told["decision"]["evidence"]}
    assert rules["granted"] is False and rules["supported"] is True and len(rules) >= 14
    assert world.runtime.stub.questions[-1].scope.audiences == {PUBLIC}
    assert events() == before

"""Articles and cases over HTTP: the way from draft to archive, and who sees what."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.events import Event
from knowledge.models import Case
from records.principals import Role
from retrieval.types import INTERNAL, PUBLIC
from tests.api.world import World

ARTICLES = "/api/v1/articles"


def make_article(world: World, audience: str = "public", shops: tuple[int, ...] = (), title: str = "退货政策") -> dict:
    scope = {"audience": audience, "shop_ids": list(shops), "category": "退换/退货"}
    text = f"{title}：签收后七天内可以退货，运费由买家承担，退款三天到账，商品须完好，附件齐全，不影响再次销售。"
    created = world.client.post(
        ARTICLES, json={"title": title, "body": text, "scope": scope}, headers=world.signed_in(Role.EDITOR)
    )
    assert created.status_code == 201, created.text
    return created.json()


def make_case(world: World, *, status: str = "proposed", audience: str = "public", shop: int = 0) -> int:
    with world.db.unit_of_work() as session:
        case = Case(
            ticket_id=world.ticket,
            shop_id=shop or world.shop,
            question="怎么退货？",
            answer="七天内可以退。",
            language="zh",
            audience=audience,
            status=status,
        )
        session.add(case)
        session.flush()
        return case.id


def test_an_article_goes_from_draft_to_archive_and_each_step_asks_for_the_etag(world: World) -> None:
    client, agent, editor = world.client, world.agent, world.signed_in(Role.EDITOR)
    created = client.post(ARTICLES, json={"title": "发票", "body": "电子发票在订单页下载。"}, headers=agent)
    assert created.status_code == 201
    path = created.headers["location"]
    etag = created.headers["etag"]
    version = f"{path}/versions/1"

    def step(method: str, address: str, headers: dict, **values: object) -> dict:
        nonlocal etag
        assert client.request(method, address, headers=headers, **values).status_code == 428
        stale = {**headers, "If-Match": '"99"'}
        assert client.request(method, address, headers=stale, **values).status_code == 412
        answer = client.request(method, address, headers={**headers, "If-Match": etag}, **values)
        assert answer.status_code in (200, 201), answer.text
        assert answer.headers["etag"] != etag
        etag = answer.headers["etag"]
        return answer.json()

    step("PUT", version, agent, json={"title": "发票", "body": "电子发票在订单页下载。\n纸质发票请联系客服。"})
    assert step("POST", f"{version}/submit", agent)["current"]["status"] == "review"
    assert client.post(f"{version}/publish", headers={**agent, "If-Match": etag}).status_code == 403
    assert step("POST", f"{version}/publish", editor)["current"]["status"] == "published"
    step("POST", f"{path}/versions", agent, json={"title": "发票", "body": "电子发票在订单页下载。"})
    step("POST", f"{path}/versions/2/publish", editor)
    diff = client.get(f"{path}/diff?old=1&new=2", headers=agent).json()
    assert [line["kind"] for line in diff] == ["equal", "delete"]
    assert step("POST", f"{path}/rollback", editor, json={"number": 1})["current"]["number"] == 3
    step("PUT", f"{path}/scope", editor, json={"audience": "internal", "category": "财务"})
    feedback = client.post(f"{path}/feedback", json={"helpful": True}, headers=agent)
    assert feedback.status_code == 201
    read = client.get(path, headers=agent).json()
    assert (read["audience"], read["helpful"], len(read["versions"])) == ("internal", 1, 3)
    tree = client.get(f"{ARTICLES}/categories", headers=agent).json()
    assert [(node["name"], node["articles"]) for node in tree] == [("财务", 1)]
    assert step("POST", f"{path}/archive", editor)["archived_at"] is not None
    assert client.get(ARTICLES, headers=agent).json()["items"] == []
    assert len(client.get(f"{ARTICLES}?status=archived", headers=agent).json()["items"]) == 1
    with world.db.reading() as session:
        names = list(session.scalars(select(Event.name).order_by(Event.id)))
    assert names.count("KnowledgePublished") == 3 and names[-1] == "KnowledgeRetired"


def test_an_edit_of_a_stranger_s_draft_is_for_editors(sqlite_world: World) -> None:
    draft = make_article(sqlite_world)
    headers = {**sqlite_world.agent, "If-Match": f'"{draft["version"]}"'}
    body = {"title": "x", "body": "y"}
    answer = sqlite_world.client.put(f"{ARTICLES}/{draft['id']}/versions/1", json=body, headers=headers)
    assert answer.status_code == 403


@pytest.mark.parametrize("audience", ["role:supervisor", "role:admin"])
def test_knowledge_for_other_roles_is_nowhere_to_be_seen(world: World, audience: str) -> None:
    client = world.client
    secret = make_article(world, audience, title="赔付上限")
    path = f"{ARTICLES}/{secret['id']}"
    editor = {**world.signed_in(Role.EDITOR), "If-Match": f'"{secret["version"]}"'}
    published = client.post(f"{path}/versions/1/publish", headers=editor)
    assert published.status_code == 200
    agent, etag = world.agent, {"If-Match": published.headers["etag"]}
    assert client.get(ARTICLES, headers=agent).json()["items"] == []
    assert client.get(f"{ARTICLES}/categories", headers=agent).json() == []
    assert client.get(f"{ARTICLES}/expiring?days=366", headers=agent).json() == []
    text = {"text": secret["current"]["body"]}
    assert client.post(f"{ARTICLES}/near-duplicates", json=text, headers=agent).json() == []
    assert client.post(f"{ARTICLES}/near-duplicates", json=text, headers=world.admin).json() != []
    asked = [
        ("GET", path, None),
        ("GET", f"{path}/versions/1", None),
        ("GET", f"{path}/diff?old=1&new=1", None),
        ("POST", f"{path}/feedback", {"helpful": True}),
        ("POST", f"{path}/versions", {"title": "x", "body": "y"}),
        ("PUT", f"{path}/versions/1", {"title": "x", "body": "y"}),
        ("POST", f"{path}/versions/1/submit", None),
    ]
    for method, address, body in asked:
        answer = client.request(method, address, json=body, headers={**agent, **etag})
        assert answer.status_code == 404, (method, address, answer.text)
        assert "赔付" not in answer.text
    case = make_case(world, audience=audience)
    assert client.get("/api/v1/cases", headers=agent).json()["items"] == []
    assert client.get(f"/api/v1/cases/{case}", headers=agent).status_code == 404
    assert client.get(f"/api/v1/cases/{case}", headers=world.admin).status_code == 200


def test_a_search_asks_only_for_what_its_asker_may_see(sqlite_world: World) -> None:
    world = sqlite_world
    scopes = world.runtime.stub.scopes
    for role in Role:
        assert (
            world.client.post("/api/v1/search", json={"query": "退货"}, headers=world.signed_in(role)).status_code
            == 200
        )
        assert scopes[-1].audiences == {PUBLIC, INTERNAL, f"role:{role}"}
    as_shopper = {"query": "退货", "audience": "customer"}
    world.client.post("/api/v1/search", json=as_shopper, headers=world.admin)
    assert scopes[-1].audiences == {PUBLIC}


def test_a_search_of_limited_staff_stays_in_their_shops(sqlite_world: World) -> None:
    world = sqlite_world
    limited = world.signed_in(Role.AGENT, world.shop)
    before = len(world.runtime.stub.scopes)
    for path, body in (("search", {"query": "x"}), ("ask", {"question": "x"})):
        assert world.client.post(f"/api/v1/{path}", json=body, headers=limited).status_code == 422
    other = {"query": "x", "shop_id": world.other}
    assert world.client.post("/api/v1/search", json=other, headers=limited).status_code == 403
    assert len(world.runtime.stub.scopes) == before and not world.runtime.stub.questions
    own = {"query": "x", "shop_id": world.shop}
    assert world.client.post("/api/v1/search", json=own, headers=limited).status_code == 200
    assert world.runtime.stub.scopes[-1].shop == world.shop


def test_articles_of_another_shop_are_out_of_reach(world: World) -> None:
    own, foreign = make_article(world, shops=(world.shop,)), make_article(world, shops=(world.other,))
    for_all = make_article(world)
    limited = world.signed_in(Role.SUPERVISOR, world.shop)
    seen = {row["id"] for row in world.client.get(ARTICLES, headers=limited).json()["items"]}
    assert seen == {own["id"], for_all["id"]}
    assert world.client.get(f"{ARTICLES}/{foreign['id']}", headers=limited).status_code == 404
    headers = {**limited, "If-Match": f'"{for_all["version"]}"'}
    published = world.client.post(f"{ARTICLES}/{for_all['id']}/versions/1/publish", headers=headers)
    assert published.status_code == 403  # it concerns every shop


def test_cases_are_decided_once(world: World) -> None:
    client, editor = world.client, world.signed_in(Role.EDITOR)
    case = make_case(world)
    path = f"/api/v1/cases/{case}"
    etag = client.get(path, headers=editor).headers["etag"]
    edited = client.put(path, json={"question": "怎么退？", "answer": "七天内。"}, headers={**editor, "If-Match": etag})
    assert edited.status_code == 200 and edited.json()["question"] == "怎么退？"
    assert client.post(f"{path}/publish", headers={**editor, "If-Match": etag}).status_code == 412
    etag = edited.headers["etag"]
    assert client.post(f"{path}/publish", headers={**world.agent, "If-Match": etag}).status_code == 403
    published = client.post(f"{path}/publish", headers={**editor, "If-Match": etag})
    assert published.json()["status"] == "published"
    etag = published.headers["etag"]
    assert client.post(f"{path}/publish", headers={**editor, "If-Match": etag}).status_code == 409
    merged = client.post(f"{path}/merge", json={"into_id": case}, headers={**editor, "If-Match": etag})
    assert merged.status_code == 422
    assert client.post(f"{path}/retire", headers={**editor, "If-Match": etag}).json()["status"] == "retired"


def test_training_and_rebuilding_are_asked_of_jobs(sqlite_world: World) -> None:
    for path in ("/api/v1/intents/training", "/api/v1/index/rebuild"):
        assert sqlite_world.client.post(path, headers=sqlite_world.admin).status_code == 202
    with sqlite_world.db.reading() as session:
        names = set(session.scalars(select(Event.name)))
    assert {"IntentTrainingRequested", "ReindexRequested"} <= names
    intents = sqlite_world.client.get("/api/v1/intents", headers=sqlite_world.agent).json()
    assert len({intent["id"] for intent in intents}) == len(intents) > 10
    assert all(intent["names"]["zh"] and intent["names"]["en"] for intent in intents)

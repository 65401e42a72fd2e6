from __future__ import annotations

import pytest

from core.security import hash_password
from records.people.sign_in import MAX_FAILURES
from records.principals import Role
from tests.api.world import World
from tests.factories import make_staff

HASH = hash_password("correct-horse-battery")
SIGN_IN, ME = "/api/v1/auth/sign-in", "/api/v1/auth/me"


@pytest.fixture
def lin(world: World) -> str:
    with world.db.unit_of_work() as session:
        make_staff(session, Role.AGENT, username="lin", password_hash=HASH)
    return "lin"


def sign_in(world: World, name: str = "lin", password: str = "correct-horse-battery"):
    return world.client.post(SIGN_IN, json={"username": name, "password": password})


def test_in_and_out_by_bearer_and_by_cookie(world: World, lin: str) -> None:
    answer = sign_in(world, " LIN ")
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert world.client.get(ME).json()["role"] == "agent"  # the client keeps the cookie
    bearer = {"Authorization": f"Bearer {answer.json()['token']}"}
    world.client.cookies.clear()
    assert world.client.get(ME).status_code == 401
    assert world.client.get(ME, headers=bearer).json()["kind"] == "staff"
    assert world.client.post("/api/v1/auth/sign-out", headers=bearer).status_code == 204
    assert world.client.get(ME, headers=bearer).status_code == 401


def test_a_wrong_password_and_an_unknown_name_are_the_same(world: World, lin: str) -> None:
    wrong, unknown = sign_in(world, password="wrong"), sign_in(world, name="nobody")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json()["detail"] == unknown.json()["detail"]


def test_guessing_is_slowed_down_even_for_the_right_password(
    world: World, lin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("records.people.sign_in.verify_password", lambda given, _: given == "correct-horse-battery")
    for _ in range(MAX_FAILURES):
        assert sign_in(world, password="wrong").status_code == 401
    refused = sign_in(world)
    assert refused.status_code == 429 and refused.json()["code"] == "too_many_requests"
    assert int(refused.headers["retry-after"]) == 900
    assert sign_in(world, name="somebody-else").status_code == 401


def test_a_write_from_another_site_s_page_is_refused(world: World, lin: str) -> None:
    answer = sign_in(world)
    body = {"shop_id": world.shop, "customer_id": world.customer, "text": "在吗"}
    for origin in ("https://evil.example", "null"):
        refused = world.client.post("/api/v1/tickets", json=body, headers={"Origin": origin})
        assert refused.status_code == 403, origin
    own = world.client.post("/api/v1/tickets", json=body, headers={"Origin": world.runtime.settings.base_url})
    assert own.status_code == 201
    assert world.client.get("/api/v1/tickets", headers={"Origin": "https://evil.example"}).status_code == 200
    world.client.cookies.clear()  # a token is no cookie: no browser sends it by itself
    bearer = {"Authorization": f"Bearer {answer.json()['token']}", "Origin": "https://evil.example"}
    assert world.client.post("/api/v1/tickets", json=body, headers=bearer).status_code == 201


def test_rights_are_those_of_now_and_not_of_the_sign_in(world: World, lin: str) -> None:
    bearer = {"Authorization": f"Bearer {sign_in(world).json()['token']}"}
    world.client.cookies.clear()
    who = world.client.get(ME, headers=bearer).json()["id"]
    path = f"/api/v1/staff/{who}"
    etag = world.client.get(path, headers=world.admin).headers["etag"]
    changed = world.client.patch(path, json={"active": False}, headers={**world.admin, "If-Match": etag})
    assert changed.status_code == 200 and changed.headers["etag"] != etag
    assert world.client.get(ME, headers=bearer).status_code == 401
    again = world.client.patch(path, json={"active": True}, headers={**world.admin, "If-Match": etag})
    assert again.status_code == 412


def test_one_s_own_password_takes_the_current_one(world: World, lin: str) -> None:
    bearer = {"Authorization": f"Bearer {sign_in(world).json()['token']}"}
    world.client.cookies.clear()
    path = f"/api/v1/staff/{world.client.get(ME, headers=bearer).json()['id']}/password"
    new = {"password": "an-even-better-one"}
    assert world.client.put(path, json={**new, "current": "wrong"}, headers=bearer).status_code == 403
    right = {**new, "current": "correct-horse-battery"}
    assert world.client.put(path, json=right, headers=bearer).status_code == 204
    assert world.client.get(ME, headers=bearer).status_code == 401
    assert sign_in(world, password="an-even-better-one").status_code == 200


def test_a_token_is_shown_once_works_and_is_revoked(world: World) -> None:
    body = {"name": "erp", "role": "agent", "shop_ids": [world.shop], "days": 30}
    headers = {**world.admin, "Idempotency-Key": "t1"}
    made = world.client.post("/api/v1/tokens", json=body, headers=headers)
    assert made.status_code == 201
    token = made.json()["token"]
    again = world.client.post("/api/v1/tokens", json=body, headers=headers)
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == {**made.json(), "token": None}
    listed = world.client.get("/api/v1/tokens", headers=world.admin)
    assert token not in listed.text and len(listed.json()) == 1
    bearer = {"Authorization": f"Bearer {token}"}
    me = world.client.get(ME, headers=bearer).json()
    assert (me["kind"], me["shops"]) == ("api", [world.shop])
    assert world.client.delete(f"/api/v1/tokens/{made.json()['id']}", headers=world.admin).status_code == 204
    assert world.client.get(ME, headers=bearer).status_code == 401


def test_a_new_member_of_staff_signs_in(world: World) -> None:
    body = {"username": "wang", "role": "editor", "password": "long-enough-one", "shop_ids": [world.shop]}
    made = world.client.post("/api/v1/staff", json=body, headers=world.admin)
    assert made.status_code == 201 and "password" not in made.text
    assert sign_in(world, "wang", "long-enough-one").json()["role"] == "editor"
    assert world.client.post("/api/v1/staff", json=body, headers=world.admin).status_code == 409
    listed = world.client.get("/api/v1/staff", headers=world.agent).json()
    assert all(row["email"] is None for row in listed)

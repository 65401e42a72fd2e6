from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from core.db import Database
from core.errors import Forbidden, NotAuthenticated, NotFound, TooManyRequests
from records.people import actions, sign_in
from records.people.models import ApiToken, AuthSession, SignInAttempt
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from tests.factories import make_shop

PASSWORD = "correct horse battery"


def staff(db: Database, role: str = "agent", username: str = "Mei", shop_ids: tuple[int, ...] = ()) -> int:
    with db.unit_of_work() as session:
        row = actions.create_staff(
            session, SYSTEM_PRINCIPAL, username=username, display_name="小梅", role=role, password=PASSWORD,
            shop_ids=shop_ids,
        )  # fmt: skip
        return row.id


def principal(db: Database, token: str) -> Principal:
    return sign_in.principal_of_session(db.look_up, token)


def test_signs_in_with_any_case_and_width_and_out(db: Database) -> None:
    staff_id = staff(db)
    signed_in = sign_in.sign_in(db, " ＭEI ", PASSWORD, "Firefox")
    assert principal(db, signed_in.token) == Principal("staff", staff_id, "小梅", Role.AGENT)
    with db.unit_of_work() as session:
        assert session.scalar(select(AuthSession.token_digest)) != signed_in.token
        sign_in.sign_out(session, signed_in.token)
    with pytest.raises(NotAuthenticated):
        principal(db, signed_in.token)


def test_failures_are_remembered_and_stop_even_the_right_password(db: Database) -> None:
    staff(db)
    for _ in range(sign_in.MAX_FAILURES):
        with pytest.raises(NotAuthenticated):
            sign_in.sign_in(db, "mei", "wrong password")
    with pytest.raises(TooManyRequests):
        sign_in.sign_in(db, "mei", PASSWORD)
    with db.unit_of_work() as session:
        long_ago = datetime.now(UTC) - timedelta(seconds=sign_in.WINDOW_SECONDS + 5)
        session.execute(update(SignInAttempt).values(at=long_ago))
    assert sign_in.sign_in(db, "mei", PASSWORD).token


def test_success_forgets_the_failures_before_it(db: Database) -> None:
    staff(db)
    with pytest.raises(NotAuthenticated):
        sign_in.sign_in(db, "mei", "wrong password")
    sign_in.sign_in(db, "mei", PASSWORD)
    with db.reading() as session:
        assert session.scalar(select(func.count(SignInAttempt.id))) == 0


def test_an_unknown_name_is_throttled_and_answered_alike(sqlite_db: Database) -> None:
    staff(sqlite_db)
    answers = set()
    for name in ("mei", "nobody"):
        with pytest.raises(NotAuthenticated) as raised:
            sign_in.sign_in(sqlite_db, name, "wrong password")
        answers.add(raised.value.message)
    assert len(answers) == 1
    with sqlite_db.reading() as session:
        assert session.scalar(select(func.count(SignInAttempt.id))) == 2


def test_a_session_expires_and_ends_with_the_rights(db: Database) -> None:
    staff_id = staff(db)
    short = sign_in.sign_in(db, "mei", PASSWORD, hours=-0.001)
    with pytest.raises(NotAuthenticated):
        principal(db, short.token)
    token = sign_in.sign_in(db, "mei", PASSWORD).token
    staff(db, "admin", "boss")
    with db.unit_of_work() as session:
        actions.update_staff(session, SYSTEM_PRINCIPAL, staff_id, role="supervisor")
    with pytest.raises(NotAuthenticated):
        principal(db, token)
    with db.unit_of_work() as session:
        actions.update_staff(session, SYSTEM_PRINCIPAL, staff_id, active=False)
    with pytest.raises(NotAuthenticated):
        sign_in.sign_in(db, "mei", PASSWORD)


def test_shops_of_a_member_of_staff_limit_the_principal(db: Database) -> None:
    with db.unit_of_work() as session:
        shop_id = make_shop(session).id
    staff(db, shop_ids=(shop_id,))
    assert principal(db, sign_in.sign_in(db, "mei", PASSWORD).token).shops == {shop_id}


def test_api_token_is_shown_once_has_its_own_rights_and_is_revoked(db: Database) -> None:
    admin = Principal("staff", staff(db, "admin"), "小梅", Role.ADMIN)
    with db.unit_of_work() as session:
        row, token = sign_in.create_api_token(session, admin, name="erp", role="agent", shop_ids=[3, 1])
    assert token.startswith("cpk_") and row.token_digest != token
    found = sign_in.principal_of_api_token(db.look_up, token)
    assert (found.kind, found.id, found.role, found.shops) == ("api", row.id, Role.AGENT, {1, 3})
    with db.unit_of_work() as session:
        sign_in.revoke_api_token(session, admin, row.id)
    with pytest.raises(NotAuthenticated):
        sign_in.principal_of_api_token(db.look_up, token)
    with db.unit_of_work() as session, pytest.raises(NotFound):
        sign_in.revoke_api_token(session, admin, row.id)


def test_api_token_expires(db: Database) -> None:
    admin = Principal("staff", staff(db, "admin"), "小梅", Role.ADMIN)
    with db.unit_of_work() as session:
        _, token = sign_in.create_api_token(session, admin, name="erp", role="agent", days=1)
    assert sign_in.principal_of_api_token(db.look_up, token).shops is None
    with db.unit_of_work() as session:
        session.execute(update(ApiToken).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    with pytest.raises(NotAuthenticated):
        sign_in.principal_of_api_token(db.look_up, token)


def test_nobody_gives_more_than_they_have(sqlite_db: Database) -> None:
    supervisor = Principal("staff", staff(sqlite_db, "supervisor"), "小梅", Role.SUPERVISOR, frozenset({1}))
    with sqlite_db.unit_of_work() as session:
        for role, shops in (("admin", [1]), ("agent", [1, 2]), ("agent", None)):
            with pytest.raises(Forbidden):
                sign_in.create_api_token(session, supervisor, name="x", role=role, shop_ids=shops)
        sign_in.create_api_token(session, supervisor, name="x", role="agent", shop_ids=[1])

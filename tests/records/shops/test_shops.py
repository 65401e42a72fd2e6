import pytest

from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.shops import actions, queries


def test_shops_are_made_listed_and_changed(db: Database) -> None:
    with db.unit_of_work() as session:
        shop = actions.create_shop(
            session, SYSTEM_PRINCIPAL, code="jd-main", name="京东旗舰店", platform="jd",
            business_hours={"mon": ["09:00", "21:00"]},
        )  # fmt: skip
        actions.create_shop(session, SYSTEM_PRINCIPAL, code="us", name="US", currency="USD", timezone="America/Chicago")
        with pytest.raises(Conflict):
            actions.create_shop(session, SYSTEM_PRINCIPAL, code="us", name="US again")
        actions.update_shop(session, SYSTEM_PRINCIPAL, shop.id, name="旗舰店")
        assert [s.name for s in queries.list_shops(session, SYSTEM_PRINCIPAL)] == ["旗舰店", "US"]
        limited = Principal("staff", 1, role=Role.AGENT, shops=frozenset({shop.id}))
        assert [s.code for s in queries.list_shops(session, limited)] == ["jd-main"]
        with pytest.raises(NotFound, match="jd-main, us"):
            queries.shop_by_code(session, "jd")
        with pytest.raises(Forbidden):
            actions.update_shop(session, limited, shop.id, name="x")


@pytest.mark.parametrize(
    "values",
    [
        {"timezone": "Beijing"},
        {"currency": "RMB¥"},
        {"language": "fr"},
        {"business_hours": {"mon": ["21:00", "09:00"]}},
        {"business_hours": {"monday": ["09:00", "21:00"]}},
        {"code": "Has Space"},
        {"name": " "},
        {"colour": "red"},
    ],
)
def test_a_wrong_shop_is_refused(sqlite_db: Database, values: dict[str, object]) -> None:
    with sqlite_db.unit_of_work() as session, pytest.raises(InvalidInput):
        actions.create_shop(session, SYSTEM_PRINCIPAL, **{"code": "a", "name": "A", **values})


def test_accounts_are_found_again(db: Database) -> None:
    with db.unit_of_work() as session:
        shop = actions.create_shop(session, SYSTEM_PRINCIPAL, code="a", name="A")
        values = {"kind": "webhook", "name": "main"}
        first = actions.find_or_create_account(session, SYSTEM_PRINCIPAL, shop.id, secret="whsec_1", **values)
        again = actions.find_or_create_account(session, SYSTEM_PRINCIPAL, shop.id, secret="whsec_2", **values)
        assert first.id == again.id and again.secret == "whsec_1"
        actions.update_account(session, SYSTEM_PRINCIPAL, first.id, config={"url": "https://example.com"}, active=False)
        (listed,) = queries.list_accounts(session, shop.id)
        assert (listed.active, listed.config) == (False, {"url": "https://example.com"})

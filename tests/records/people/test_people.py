import pytest
from sqlalchemy import select

from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from core.events import Event
from records.people import actions, queries
from records.people.listing import CustomerFilter, list_customers
from records.people.models import AccessAudit, ChannelIdentity, StaffShop
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from tests.factories import make_account, make_customer, make_identity, make_order, make_shop, make_staff


def test_staff_names_are_unique_and_only_administrators_make_them(db: Database) -> None:
    with db.unit_of_work() as session:
        values = {"display_name": "A", "role": "agent"}
        actions.create_staff(session, SYSTEM_PRINCIPAL, username="Anna", **values)
        with pytest.raises(Conflict):
            actions.create_staff(session, SYSTEM_PRINCIPAL, username="ANNA ", **values)
        with pytest.raises(Forbidden):
            actions.create_staff(session, Principal("staff", 1, role=Role.SUPERVISOR), username="bob", **values)
        with pytest.raises(InvalidInput, match="characters"):
            actions.create_staff(session, SYSTEM_PRINCIPAL, username="bob", password="short", **values)
        with pytest.raises(InvalidInput, match="no shop 99"):
            actions.create_staff(session, SYSTEM_PRINCIPAL, username="bob", shop_ids=[99], **values)
        with pytest.raises(InvalidInput, match="not one of"):
            actions.create_staff(session, SYSTEM_PRINCIPAL, username="bob", display_name="B", role="king")


def test_the_last_administrator_stays(db: Database) -> None:
    with db.unit_of_work() as session:
        admin = make_staff(session, Role.ADMIN)
        for change in ({"active": False}, {"role": "agent"}):
            with pytest.raises(Conflict, match="last active administrator"), session.begin_nested():
                actions.update_staff(session, SYSTEM_PRINCIPAL, admin.id, **change)
        make_staff(session, Role.ADMIN)
        assert not actions.update_staff(session, SYSTEM_PRINCIPAL, admin.id, active=False).active


def test_staff_shops_are_replaced_and_versions_checked(db: Database) -> None:
    with db.unit_of_work() as session:
        make_staff(session, Role.ADMIN)
        staff, one, two = make_staff(session), make_shop(session), make_shop(session)
        actions.update_staff(session, SYSTEM_PRINCIPAL, staff.id, shop_ids=[one.id])
        actions.update_staff(session, SYSTEM_PRINCIPAL, staff.id, shop_ids=[two.id, two.id])
        assert list(session.scalars(select(StaffShop.shop_id))) == [two.id]
        with pytest.raises(PreconditionFailed):
            actions.update_staff(session, SYSTEM_PRINCIPAL, staff.id, expected_version=99, display_name="x")
        assert session.scalars(select(AccessAudit.action)).first() == "staff.update"


def test_customer_is_found_again_and_not_overwritten(db: Database) -> None:
    with db.unit_of_work() as session:
        first = actions.find_or_create_customer(session, "jd", " u1 ", name="王芳")
        again = actions.find_or_create_customer(session, "jd", "u1", name="别人")
        other = actions.find_or_create_customer(session, "taobao", "u1")
        assert first.id == again.id != other.id
        assert again.name == "王芳"
        with pytest.raises(InvalidInput, match="no field shoe_size"):
            actions.find_or_create_customer(session, "jd", "u2", shoe_size="42")


def test_a_changed_customer_emits_one_event_without_text(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session, name="王芳")
        actions.update_customer(session, SYSTEM_PRINCIPAL, customer.id, name="王芳", phone="13800000000")
        actions.update_customer(session, SYSTEM_PRINCIPAL, customer.id, phone="13800000000")
        events = list(session.scalars(select(Event)))
        assert [(e.name, e.customer_id, e.data) for e in events] == [("CustomerChanged", customer.id, {})]
        with pytest.raises(PreconditionFailed):
            actions.update_customer(session, SYSTEM_PRINCIPAL, customer.id, expected_version=1, name="x")


def test_tags_are_added_and_removed(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        assert actions.change_tags(session, SYSTEM_PRINCIPAL, customer.id, add=["vip", " 老客户 ", ""]) == [
            "vip",
            "老客户",
        ]
        assert actions.change_tags(session, SYSTEM_PRINCIPAL, customer.id, add=["vip"], remove=["老客户"]) == ["vip"]


def test_verification_belongs_to_the_identity_and_is_kept(db: Database) -> None:
    with db.unit_of_work() as session:
        account, customer = make_account(session, make_shop(session)), make_customer(session)
        identity = actions.find_or_create_identity(session, account.id, "wx_1", customer.id)
        assert identity.verified_at is None
        with pytest.raises(InvalidInput):
            actions.verify_identity(session, SYSTEM_PRINCIPAL, identity, "said so")
        actions.verify_identity(session, SYSTEM_PRINCIPAL, identity, "jwt")
        actions.verify_identity(session, SYSTEM_PRINCIPAL, identity, "staff")
        other = make_customer(session)
        again = actions.find_or_create_identity(session, account.id, "wx_1", other.id)
        assert (again.customer_id, again.verified_by) == (customer.id, "jwt")
        assert session.scalars(select(Event.name)).all() == ["IdentityVerified"]


def test_search_and_pages(db: Database) -> None:
    with db.unit_of_work() as session:
        rows = [make_customer(session, name=f"李{n}", phone=f"1380000{n:04d}") for n in range(5)]
        special = make_customer(session, name="100%_Cotton", email="c@example.com")
        actions.change_tags(session, SYSTEM_PRINCIPAL, special.id, add=["vip"])
    with db.reading() as session:

        def found(after: int | None = None, limit: int = 50, **wanted: object) -> list[int]:
            at = None if after is None else [after]
            rows = list_customers(session, SYSTEM_PRINCIPAL, CustomerFilter(**wanted), after=at, limit=limit)
            return [c.id for c, _ in rows]

        assert found(text="李", limit=2) == [rows[4].id, rows[3].id]
        assert found(text="李", limit=9, after=rows[3].id) == [rows[2].id, rows[1].id, rows[0].id]
        assert found(text="13800000003") == [rows[3].id]
        assert found(text="C@EXAMPLE") == found(tag="vip") == found(text="0%_c") == [special.id]
        assert found(text="%") == [special.id]


def test_staff_of_one_shop_see_its_customers_only(db: Database) -> None:
    with db.unit_of_work() as session:
        mine, other = make_shop(session), make_shop(session)
        by_order, by_identity, foreign, unknown = (make_customer(session) for _ in range(4))
        make_order(session, mine, by_order)
        make_identity(session, make_account(session, mine), by_identity)
        make_order(session, other, foreign)
        agent = Principal("staff", 1, role=Role.AGENT, shops=frozenset({mine.id}))
        seen = {c.id for c, _ in list_customers(session, agent, CustomerFilter())}
        assert seen == {by_order.id, by_identity.id}
        assert queries.get_customer(session, agent, by_identity.id).identities[0].account.shop_id == mine.id
        for hidden in (foreign, unknown):
            with pytest.raises(NotFound):
                queries.get_customer(session, agent, hidden.id)
            with pytest.raises(NotFound):
                actions.update_customer(session, agent, hidden.id, name="x")
            with pytest.raises(NotFound):
                actions.change_tags(session, agent, hidden.id, add=["x"])
        self_only = Principal("customer", 9, customer_id=foreign.id)
        assert [c.id for c, _ in list_customers(session, self_only, CustomerFilter())] == [foreign.id]


def test_access_is_recorded(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        agent = Principal("staff", 7, role=Role.AGENT)
        actions.record_access(session, agent, "customer.read", "customer", customer.id, customer_id=customer.id)
        (row,) = queries.list_access(session, customer_id=customer.id)
        assert (row.actor_kind, row.actor_id, row.action) == ("staff", 7, "customer.read")
        assert session.scalars(select(ChannelIdentity)).all() == []

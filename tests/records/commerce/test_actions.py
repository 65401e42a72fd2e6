from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select

from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from core.events import Event
from records.commerce import actions, queries
from records.commerce.models import AfterSale
from records.commerce.queries import OrderFilter
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.tickets.models import Ticket
from tests.factories import make_customer, make_order, make_shipment, make_shop, make_staff, staff_principal

ARRIVED, UNSHIPPED = ["delivered", "completed"], ["pending", "paid", "processing"]
STATUSES = [*UNSHIPPED, "shipped", *ARRIVED, "cancelled", "returned", "refunded", "unknown"]


@pytest.mark.parametrize(
    ("kind", "params", "allowed"),
    [
        ("expedite", {}, ["paid", "processing", "shipped"]),
        ("reship", {}, ["shipped", *ARRIVED]),
        ("cancel", {}, UNSHIPPED),
        ("change_address", {"address": "新地址1号"}, UNSHIPPED),
        ("return", {}, ARRIVED),
        ("exchange", {}, ARRIVED),
        ("repair", {}, ARRIVED),
        ("refund", {}, ["paid", "processing", "shipped", *ARRIVED, "returned"]),
    ],
)
def test_an_action_must_fit_the_order(
    sqlite_db: Database, kind: str, params: dict[str, str], allowed: list[str]
) -> None:
    with sqlite_db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        accepted = []
        for status in STATUSES:
            order = make_order(session, shop, customer, status=status)
            try:
                actions.request_action(session, SYSTEM_PRINCIPAL, order.id, kind, params=params)
                accepted.append(status)
            except Conflict as error:
                assert order.order_no in error.message
        assert accepted == allowed


def test_request_is_decided_once_with_events(db: Database) -> None:
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        agent = staff_principal(make_staff(session))
        order = make_order(session, shop, customer, status="paid")
        request = actions.request_action(session, agent, order.id, "cancel", note=" 不想要了 ")
        assert (request.state, request.requested_by, request.note) == ("requested", f"staff:{agent.id}", "不想要了")
        with pytest.raises(Conflict, match="is open"):
            actions.request_action(session, agent, order.id, "cancel")
        with pytest.raises(PreconditionFailed):
            actions.approve(session, agent, request.id, expected_version=9)
        actions.approve(session, agent, request.id, expected_version=1)
        with pytest.raises(Conflict, match="cannot become rejected"):
            actions.reject(session, agent, request.id, "too late")
        actions.mark_failed(session, agent, request.id, "仓库已打包")
        actions.approve(session, agent, request.id)
        actions.mark_executed(session, agent, request.id, "ERP-1")
        assert (request.state, request.decided_by, request.note) == ("executed", agent.id, "ERP-1")
        events = list(session.scalars(select(Event).order_by(Event.id)))
        assert [(e.name, e.data.get("state")) for e in events] == [
            ("ActionRequested", None),
            ("ActionDecided", "approved"),
            ("ActionDecided", "failed"),
            ("ActionDecided", "approved"),
            ("ActionDecided", "executed"),
        ]
        assert {(e.shop_id, e.customer_id) for e in events} == {(shop.id, customer.id)}
        assert order.status == "paid"  # the mirror is not ours to edit


def test_approval_looks_at_the_order_again(db: Database) -> None:
    with db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session), status="paid")
        request = actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "cancel")
        order.status = "shipped"
        session.flush()
        with pytest.raises(Conflict, match="not been shipped"):
            actions.approve(session, SYSTEM_PRINCIPAL, request.id)
        with pytest.raises(InvalidInput, match="why"):
            actions.reject(session, SYSTEM_PRINCIPAL, request.id, " ")
        assert actions.reject(session, SYSTEM_PRINCIPAL, request.id, "已发货").state == "rejected"


@pytest.mark.parametrize("amount", ["0", "-1", "1299.01", "abc", "NaN"])
def test_a_wrong_refund_amount_is_refused(sqlite_db: Database, amount: str) -> None:
    with sqlite_db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session))
        with pytest.raises(InvalidInput):
            actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "refund", params={"amount": amount})
        with pytest.raises(InvalidInput):
            actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "explode")
        made = actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "refund", params={"amount": "1299"})
        assert made.params == {"amount": "1299"}


def test_orders_and_actions_stay_within_reach(db: Database) -> None:
    with db.unit_of_work() as session:
        mine, other = make_shop(session), make_shop(session)
        customer, stranger = make_customer(session), make_customer(session)
        order = make_order(session, other, customer, status="paid")
        request = actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "cancel")
        limited = Principal("staff", 1, role=Role.AGENT, shops=frozenset({mine.id}))
        for who in (
            limited,
            Principal("customer", 1, customer_id=stranger.id, verified=True),
            Principal("customer", 1, customer_id=customer.id, verified=False),
            Principal("customer", 1, customer_id=None, verified=True),
        ):
            for attempt in (
                lambda who=who: queries.get_order(session, who, order.id),
                lambda who=who: queries.get_action(session, who, request.id),
                lambda who=who: actions.request_action(session, who, order.id, "refund"),
                lambda who=who: actions.approve(session, who, request.id),
            ):
                with pytest.raises((NotFound, Forbidden)):
                    attempt()
            assert queries.list_orders(session, who, OrderFilter()) == []
            assert queries.find_orders(session, who, order.order_no) == []
            assert queries.orders_of_customer(session, who, customer.id) == []
            assert queries.list_actions(session, who) == []
        own = Principal("customer", 1, customer_id=customer.id, verified=True)
        assert queries.get_order(session, own, order.id).order_no == order.order_no
        ticket = Ticket(shop_id=other.id, customer_id=stranger.id, channel="web")
        session.add(ticket)
        session.flush()
        with pytest.raises(InvalidInput, match="not of the customer"):
            actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "refund", ticket_id=ticket.id)


def test_orders_are_found_by_numbers_and_paged(db: Database) -> None:
    with db.unit_of_work() as session:
        shop, customer = make_shop(session), make_customer(session)
        hashed = make_order(session, shop, customer, order_no="#W1", placed_at=None)
        old, new = (
            make_order(session, shop, customer, placed_at=datetime(2025, month, 1, tzinfo=UTC)) for month in (1, 2)
        )
        shipment = make_shipment(session, old)
        make_shipment(session, new, tracking_no=shipment.tracking_no)
        session.add(
            AfterSale(shop_id=shop.id, external_id="r1", order_id=old.id, kind="return", status="requested",
                      amount=Decimal("5.5"), currency="CNY")
        )  # fmt: skip
    with db.reading() as session:

        def ids(rows: list[object]) -> list[int]:
            return [row.id for row in rows]  # type: ignore[attr-defined]

        for number in ("W1", "#W1", " #W1 "):
            assert ids(queries.find_orders(session, SYSTEM_PRINCIPAL, number)) == [hashed.id]
        assert ids(queries.find_orders(session, SYSTEM_PRINCIPAL, shipment.tracking_no)) == [new.id, old.id]
        assert queries.find_orders(session, SYSTEM_PRINCIPAL, old.order_no, shop_ids=[shop.id + 1]) == []
        page = queries.list_orders(session, SYSTEM_PRINCIPAL, OrderFilter(), limit=2)
        assert ids(page) == [hashed.id, new.id]
        rest = queries.list_orders(
            session, SYSTEM_PRINCIPAL, OrderFilter(), limit=2, after=(queries.age_of(page[-1]), page[-1].id)
        )
        assert ids(rest) == [old.id]
        assert rest[0].items[0].name and rest[0].shipments[0].events[0].location
        assert rest[0].after_sales[0].amount == Decimal("5.5")
        window = OrderFilter(placed_from=datetime(2025, 1, 1, tzinfo=UTC), placed_to=datetime(2025, 2, 1, tzinfo=UTC))
        assert ids(queries.list_orders(session, SYSTEM_PRINCIPAL, window)) == [old.id]
        assert len(queries.list_orders(session, SYSTEM_PRINCIPAL, OrderFilter(text="热水器"))) == 3
        assert queries.list_orders(session, SYSTEM_PRINCIPAL, OrderFilter(statuses=["paid"])) == []
        assert len(queries.list_after_sales(session, SYSTEM_PRINCIPAL, statuses=["requested"])) == 1

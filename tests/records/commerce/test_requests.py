"""What a request for an order may say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput
from records.commerce import actions
from records.principals import SYSTEM_PRINCIPAL
from tests.factories import make_customer, make_order, make_shop, make_staff, staff_principal


@pytest.mark.parametrize(
    ("kind", "status", "params", "field"),
    [
        ("return", "delivered", {"items": [{"sku": "A1", "quantity": 2}]}, "params.items"),
        ("return", "delivered", {"items": [{"sku": "B2"}]}, "params.items"),
        ("return", "delivered", {"items": [{"sku": "A1"}, {"sku": "A1"}]}, "params.items"),
        ("return", "delivered", {"items": []}, "params.items"),
        ("return", "delivered", {"items": [{"sku": "A1", "quantity": True}]}, "params.items"),
        ("return", "delivered", {"amount": "5"}, "params.amount"),
        ("cancel", "paid", {"reason": "x" * 501}, "params.reason"),
        ("change_address", "paid", {"address": "  "}, "params.address"),
        ("expedite", "shipped", {"items": [{"sku": "A1"}]}, "params.items"),
    ],
)
def test_what_makes_no_sense_is_refused(
    sqlite_db: Database, kind: str, status: str, params: dict[str, Any], field: str
) -> None:
    with sqlite_db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session), status=status)
        with pytest.raises(InvalidInput) as refused:
            actions.request_action(session, SYSTEM_PRINCIPAL, order.id, kind, params=params)
        assert refused.value.details["field"] == field


def test_what_is_told_is_kept(sqlite_db: Database) -> None:
    with sqlite_db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session), status="delivered")
        params = {"items": [{"sku": "A1", "quantity": 1}], "wanted": " 白色 ", "reason": ""}
        made = actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "exchange", params=params)
        assert made.params == {"items": [{"sku": "A1", "quantity": 1}], "wanted": "白色"}


def test_refunds_together_never_exceed_the_order(db: Database) -> None:
    with db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session), status="delivered", total=Decimal(100))

        def refund(amount: str | None) -> Any:
            params = {} if amount is None else {"amount": amount}
            made = actions.request_action(session, SYSTEM_PRINCIPAL, order.id, "refund", params=params)
            actions.approve(session, SYSTEM_PRINCIPAL, made.id)
            return made

        actions.mark_executed(session, SYSTEM_PRINCIPAL, refund("60").id)
        with pytest.raises(InvalidInput, match="at most 40"):
            refund("41")
        rest = refund(None)
        assert rest.params == {"amount": "40"}
        actions.mark_failed(session, SYSTEM_PRINCIPAL, rest.id, "no")
        actions.reject(session, SYSTEM_PRINCIPAL, rest.id, "no")
        whole = refund("40")
        actions.mark_executed(session, SYSTEM_PRINCIPAL, whole.id)
        with pytest.raises(Conflict, match="refunded already"):
            refund(None)


def test_every_step_is_kept_with_who_and_why(db: Database) -> None:
    with db.unit_of_work() as session:
        order = make_order(session, make_shop(session), make_customer(session), status="paid")
        agent, other = (staff_principal(make_staff(session)) for _ in range(2))
        made = actions.request_action(session, agent, order.id, "cancel", note="顾客不要了")
        with pytest.raises(Forbidden):
            actions.withdraw(session, other, made.id)
        actions.reject(session, other, made.id, "已经打包")
        told = [(step["state"], step["by"], step["note"]) for step in made.history]
        assert told == [
            ("requested", f"staff:{agent.id}", "顾客不要了"),
            ("rejected", f"staff:{other.id}", "已经打包"),
        ]
        second = actions.request_action(session, agent, order.id, "cancel")
        assert actions.withdraw(session, agent, second.id).state == "withdrawn"
        with pytest.raises(Conflict):
            actions.approve(session, other, second.id)
        actions.request_action(session, agent, order.id, "cancel")

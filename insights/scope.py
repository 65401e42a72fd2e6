"""Whose tickets a figure is about: the shops that the reader works for, and an agent's own only."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, true
from sqlalchemy.orm import Session

from copilot.policies import Permission, allows
from core.errors import Forbidden
from insights.periods import common_zone
from records.principals import Principal
from records.shops import queries as shops
from records.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Scope:
    """`shops` None: all; `staff_id`: only tickets assigned to this member of staff."""

    timezone: str
    shops: frozenset[int] | None = None
    staff_id: int | None = None

    def tickets(self) -> ColumnElement[bool]:
        """A condition on `Ticket`."""
        wanted: ColumnElement[bool] = true()
        if self.shops is not None:
            wanted = wanted & Ticket.shop_id.in_(sorted(self.shops))
        if self.staff_id is not None:
            wanted = wanted & (Ticket.assignee_id == self.staff_id)
        return wanted


def scope_for(
    session: Session, principal: Principal, shop_id: int | None = None, *, timezone: str | None = None
) -> Scope:
    """What the principal may see figures of; its clock is the shop's.

    Of several shops it is `timezone` (the reader's) if one of them has it, else the one that most of them share.

    Raises NotFound for a shop out of reach, Forbidden for a token with an agent's role: nothing is assigned to it.
    """
    staff_id = None
    if not allows(principal, Permission.READ_ALL_INSIGHTS):
        if principal.kind != "staff" or principal.id is None:
            raise Forbidden("Figures of all tickets need the role supervisor or admin.")
        staff_id = principal.id
    if shop_id is not None:
        shop = shops.get_shop(session, principal, shop_id)
        return Scope(shop.timezone, frozenset({shop_id}), staff_id)
    oldest_first = sorted(shops.list_shops(session, principal, active_only=True), key=lambda shop: shop.id)
    zone = common_zone([shop.timezone for shop in oldest_first], timezone)
    return Scope(zone, principal.shops, staff_id)

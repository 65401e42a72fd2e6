"""Reads of macros, and the values that a ticket gives their variables."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from core.errors import NotFound
from records.commerce.models import Order
from records.commerce.queries import orders_of_customer
from records.macros.models import Macro
from records.principals import Principal
from records.tickets.models import Direction, Message, Ticket

_NEWEST_MESSAGES = 5
_ORDERS = 10


def list_macros(session: Session, principal: Principal, *, shop_id: int | None = None) -> list[Macro]:
    """Those of all shops and of the shops that the principal sees, by id; with `shop_id`, those usable there."""
    query = select(Macro).order_by(Macro.id)
    if principal.shops is not None:
        query = query.where(or_(Macro.shop_id.is_(None), Macro.shop_id.in_(principal.shops)))
    if shop_id is not None:
        query = query.where(or_(Macro.shop_id.is_(None), Macro.shop_id == shop_id))
    return list(session.scalars(query))


def get_macro(session: Session, principal: Principal, macro_id: int) -> Macro:
    """Raises NotFound, also for shops out of reach."""
    macro = session.get(Macro, macro_id)
    if macro is None or (macro.shop_id is not None and not principal.may_see_shop(macro.shop_id)):
        raise NotFound(f"There is no macro {macro_id} that you may see.")
    return macro


def values_for(session: Session, principal: Principal, ticket: Ticket) -> dict[str, str]:
    """By variable, of a ticket with customer, identity and shop loaded; what is not known is left out.

    The order is the one that the customer's last messages name, else the newest in this shop. A sender whom nobody
    has verified gets none: a claim must not be answered with somebody's order.
    """
    values = {
        "customer.name": ticket.customer.name,
        "shop.name": ticket.shop.name,
        "agent.name": principal.name,
        "ticket.id": str(ticket.id),
    }
    if ticket.identity is not None and ticket.identity.verified_at is not None:
        order = _order(session, principal, ticket)
        if order is not None:
            values["order.external_id"] = order.order_no
            if order.shipments:
                values["order.tracking_no"] = order.shipments[-1].tracking_no or ""
                values["order.carrier"] = order.shipments[-1].carrier or ""
    return {name: value for name, value in values.items() if value}


def _order(session: Session, principal: Principal, ticket: Ticket) -> Order | None:
    orders = orders_of_customer(session, principal, ticket.customer_id, shop_ids=[ticket.shop_id], limit=_ORDERS)
    said = session.scalars(
        select(Message.text)
        .where(Message.ticket_id == ticket.id, Message.direction == Direction.IN)
        .order_by(Message.seq.desc())
        .limit(_NEWEST_MESSAGES)
    )
    text = "\n".join(said)
    return next((order for order in orders if order.order_no in text), orders[0] if orders else None)

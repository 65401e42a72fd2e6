"""What we ask of the shop's system about an order. The mirror itself is never edited here."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import emit
from records import events
from records.commerce.models import ActionKind, ActionRequest, ActionState, Order, OrderStatus
from records.commerce.queries import visible
from records.principals import Principal
from records.tickets.models import Ticket

_UNSHIPPED = frozenset({OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.PROCESSING})
_ARRIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_PAID = frozenset({OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.RETURNED}) | _ARRIVED

# In which states of an order an action makes sense, and what to say otherwise.
ALLOWED: Mapping[ActionKind, tuple[frozenset[OrderStatus], str]] = {
    ActionKind.CANCEL: (_UNSHIPPED, "Only an order that has not been shipped can be cancelled; ask for a return."),
    ActionKind.CHANGE_ADDRESS: (_UNSHIPPED, "The address can only be changed before the order is shipped."),
    ActionKind.RETURN: (_ARRIVED, "Only an order that has arrived can be returned."),
    ActionKind.EXCHANGE: (_ARRIVED, "Only an order that has arrived can be exchanged."),
    ActionKind.REPAIR: (_ARRIVED, "Only an order that has arrived can be sent for repair."),
    ActionKind.REFUND: (_PAID, "Only an order that has been paid, and not refunded yet, can be refunded."),
}
_NEXT = {
    ActionState.REQUESTED: frozenset({ActionState.APPROVED, ActionState.REJECTED}),
    ActionState.APPROVED: frozenset({ActionState.EXECUTED, ActionState.FAILED}),
    ActionState.FAILED: frozenset({ActionState.APPROVED, ActionState.REJECTED}),  # to try again, or to give up
}
_OPEN = (ActionState.REQUESTED, ActionState.APPROVED)


def request_action(
    session: Session,
    principal: Principal,
    order_id: int,
    kind: str,
    *,
    params: dict[str, Any] | None = None,
    ticket_id: int | None = None,
    note: str = "",
) -> ActionRequest:
    """Ask for `kind`; `params`: change_address takes {"address": …}, refund an optional {"amount": "12.50"}.

    Raises NotFound, InvalidInput (kind, params, a ticket of someone else) and Conflict (the order's state forbids it,
    or the same request is open already).
    """
    order = session.scalar(visible(principal).where(Order.id == order_id).with_for_update())
    if order is None:
        raise NotFound(f"There is no order {order_id} that you may see.")
    try:
        wanted = ActionKind(kind)
    except ValueError:
        raise InvalidInput(f"Action {kind!r} is not one of {', '.join(ActionKind)}.", field="kind") from None
    states, why_not = ALLOWED[wanted]
    if order.status not in states:
        raise Conflict(f"{why_not} Order {order.order_no} is {order.status}.", order_status=order.status)
    repeated = select(ActionRequest.id).where(ActionRequest.order_id == order_id, ActionRequest.kind == wanted)
    open_id = session.scalar(repeated.where(ActionRequest.state.in_(_OPEN)))
    if open_id is not None:
        raise Conflict(f"The same request ({open_id}) is open for order {order.order_no}.", action_id=open_id)
    ticket = None if ticket_id is None else session.get(Ticket, ticket_id)
    if ticket_id is not None and (ticket is None or ticket.customer_id != order.customer_id):
        raise InvalidInput(f"Ticket {ticket_id} is not of the customer of order {order.order_no}.", field="ticket_id")
    action = ActionRequest(
        order_id=order_id,
        ticket_id=ticket_id,
        kind=wanted,
        params=_checked(wanted, params or {}, order),
        requested_by=f"{principal.kind}:{principal.id}" if principal.id is not None else principal.kind,
        note=note.strip(),
    )
    session.add(action)
    session.flush()
    _emit(session, principal, events.ActionRequested, action, order, action_id=action.id)
    return action


def approve(
    session: Session, principal: Principal, action_id: int, *, expected_version: int | None = None
) -> ActionRequest:
    """Let it be executed. The order is looked at again: it may have been shipped since. Raises Conflict then."""
    action, order = _locked(session, principal, action_id, expected_version)
    states, why_not = ALLOWED[ActionKind(action.kind)]
    if order.status not in states:
        raise Conflict(f"{why_not} Order {order.order_no} is {order.status}.", order_status=order.status)
    return _move(session, principal, action, order, ActionState.APPROVED, decided=True)


def reject(
    session: Session, principal: Principal, action_id: int, reason: str, *, expected_version: int | None = None
) -> ActionRequest:
    """Decline it, or give up after a failure. The reason is kept."""
    if not reason.strip():
        raise InvalidInput("Say why the request is rejected.", field="reason")
    action, order = _locked(session, principal, action_id, expected_version)
    return _move(session, principal, action, order, ActionState.REJECTED, note=reason, decided=True)


def mark_executed(session: Session, principal: Principal, action_id: int, note: str = "") -> ActionRequest:
    """The shop's system has done it; `note` may hold its reference."""
    action, order = _locked(session, principal, action_id, None)
    return _move(session, principal, action, order, ActionState.EXECUTED, note=note)


def mark_failed(session: Session, principal: Principal, action_id: int, note: str) -> ActionRequest:
    """The shop's system refused or did not answer; a person approves it again or rejects it."""
    action, order = _locked(session, principal, action_id, None)
    return _move(session, principal, action, order, ActionState.FAILED, note=note)


def _locked(
    session: Session, principal: Principal, action_id: int, expected_version: int | None
) -> tuple[ActionRequest, Order]:
    action = session.get(ActionRequest, action_id, with_for_update=True, populate_existing=True)
    order = session.scalar(visible(principal).where(Order.id == action.order_id)) if action else None
    if action is None or order is None:
        raise NotFound(f"There is no action request {action_id} that you may see.")
    if expected_version is not None and action.version != expected_version:
        raise PreconditionFailed(
            "The request has changed since you read it. Read it again.", current_version=action.version
        )
    return action, order


def _move(
    session: Session,
    principal: Principal,
    action: ActionRequest,
    order: Order,
    state: ActionState,
    *,
    note: str = "",
    decided: bool = False,
) -> ActionRequest:
    if state not in _NEXT.get(ActionState(action.state), frozenset()):
        raise Conflict(f"Request {action.id} is {action.state} and cannot become {state}.", state=action.state)
    action.state = state
    if decided:
        action.decided_by = principal.id if principal.kind == "staff" else None
    if note.strip():
        action.note = note.strip()
    action.updated_at = session.scalar(select(db_now())) or action.updated_at
    session.flush()
    _emit(session, principal, events.ActionDecided, action, order, action_id=action.id, state=str(state))
    return action


def _checked(kind: ActionKind, params: dict[str, Any], order: Order) -> dict[str, Any]:
    if kind is ActionKind.CHANGE_ADDRESS and not str(params.get("address") or "").strip():
        raise InvalidInput('Give the new address: {"address": "…"}.', field="params.address")
    if kind is ActionKind.REFUND and params.get("amount") is not None:
        try:
            amount = Decimal(str(params["amount"]))
            if not amount.is_finite():
                raise InvalidOperation
        except InvalidOperation:
            raise InvalidInput(f"Amount {params['amount']!r} is not a number.", field="params.amount") from None
        if not 0 < amount <= order.total:
            raise InvalidInput(f"Refund more than 0 and at most the order's {order.total}.", field="params.amount")
        return {**params, "amount": str(amount)}
    return params


def _emit(
    session: Session, principal: Principal, kind: Any, action: ActionRequest, order: Order, **data: int | str
) -> None:
    emit(
        session,
        kind,
        actor=principal.actor,
        shop_id=order.shop_id,
        ticket_id=action.ticket_id,
        customer_id=order.customer_id,
        **data,
    )

"""What we ask of the shop's system about an order. The mirror itself is never edited here."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from core.db import db_now
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from core.events import emit
from records import events
from records.commerce.models import ActionKind, ActionRequest, ActionState, Order
from records.commerce.queries import visible
from records.commerce.requests import OPEN, check_state, checked_params
from records.principals import Principal
from records.tickets.models import Ticket

_NEXT = {
    ActionState.REQUESTED: frozenset({ActionState.APPROVED, ActionState.REJECTED, ActionState.WITHDRAWN}),
    ActionState.APPROVED: frozenset({ActionState.EXECUTED, ActionState.FAILED}),
    ActionState.FAILED: frozenset({ActionState.APPROVED, ActionState.REJECTED}),  # to try again, or to give up
}


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
    """Ask for `kind`. `params`, all but the address optional: {"reason": "…"}; "items" [{"sku", "quantity"}] of return,
    exchange, repair, reship and refund; "address", "recipient" and "phone" of change_address; "address" of reship;
    "wanted" of exchange; "amount" ("12.50") of refund.

    Raises NotFound, InvalidInput (kind, params, a ticket of someone else) and Conflict (the order's state forbids it,
    or the same request is open already).
    """
    query = (
        visible(principal).where(Order.id == order_id).options(selectinload(Order.items), selectinload(Order.customer))
    )
    order = session.scalar(query.with_for_update())
    if order is None:
        raise NotFound(f"There is no order {order_id} that you may see.")
    try:
        wanted = ActionKind(kind)
    except ValueError:
        raise InvalidInput(f"Action {kind!r} is not one of {', '.join(ActionKind)}.", field="kind") from None
    check_state(wanted, order)
    repeated = select(ActionRequest.id).where(ActionRequest.order_id == order_id, ActionRequest.kind == wanted)
    open_id = session.scalar(repeated.where(ActionRequest.state.in_(OPEN)))
    if open_id is not None:
        raise Conflict(f"The same request ({open_id}) is open for order {order.order_no}.", action_id=open_id)
    ticket = None if ticket_id is None else session.get(Ticket, ticket_id)
    if ticket_id is not None and (ticket is None or ticket.customer_id != order.customer_id):
        raise InvalidInput(f"Ticket {ticket_id} is not of the customer of order {order.order_no}.", field="ticket_id")
    standing = (*OPEN, ActionState.EXECUTED)
    refunds = select(ActionRequest).where(
        ActionRequest.order_id == order_id,
        ActionRequest.kind == ActionKind.REFUND,
        ActionRequest.state.in_(standing),
    )
    action = ActionRequest(
        order_id=order_id,
        order=order,
        ticket_id=ticket_id,
        kind=wanted,
        params=checked_params(wanted, params or {}, order, session.scalars(refunds).all()),
        requested_by=_name(principal),
        note=note.strip(),
        history=[_step(session, principal, ActionState.REQUESTED, note)],
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
    check_state(ActionKind(action.kind), order)
    return _move(session, principal, action, order, ActionState.APPROVED, decided=True)


def reject(
    session: Session, principal: Principal, action_id: int, reason: str, *, expected_version: int | None = None
) -> ActionRequest:
    """Decline it, or give up after a failure. The reason is kept."""
    if not reason.strip():
        raise InvalidInput("Say why the request is rejected.", field="reason")
    action, order = _locked(session, principal, action_id, expected_version)
    return _move(session, principal, action, order, ActionState.REJECTED, note=reason, decided=True)


def withdraw(
    session: Session, principal: Principal, action_id: int, *, expected_version: int | None = None
) -> ActionRequest:
    """Take back one's own request before anybody has decided. Raises Forbidden for another's."""
    action, order = _locked(session, principal, action_id, expected_version)
    if action.requested_by != _name(principal):
        raise Forbidden("Only whoever asked for this can take it back. A supervisor can reject it.")
    return _move(session, principal, action, order, ActionState.WITHDRAWN)


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
    query = visible(principal).options(joinedload(Order.customer))
    order = session.scalar(query.where(Order.id == action.order_id)) if action else None
    if action is None or order is None:
        raise NotFound(f"There is no action request {action_id} that you may see.")
    if expected_version is not None and action.version != expected_version:
        raise PreconditionFailed(
            "The request has changed since you read it. Read it again.", current_version=action.version
        )
    set_committed_value(action, "order", order)
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
    action.history = [*action.history, _step(session, principal, state, note)]
    action.updated_at = session.scalar(select(db_now())) or action.updated_at
    session.flush()
    _emit(session, principal, events.ActionDecided, action, order, action_id=action.id, state=str(state))
    return action


def _name(principal: Principal) -> str:
    return principal.kind if principal.id is None else f"{principal.kind}:{principal.id}"


def _step(session: Session, principal: Principal, state: ActionState, note: str) -> dict[str, Any]:
    at = session.scalar(select(db_now()))
    assert at is not None
    return {"state": str(state), "at": at.isoformat(), "by": _name(principal), "note": note.strip()}


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

"""What may be asked for an order: which kinds fit its state, and what each of them may say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from core.errors import Conflict, InvalidInput
from records.commerce.models import ActionKind, ActionRequest, ActionState, Order, OrderStatus

MAX_REASON = 500
_UNSHIPPED = frozenset({OrderStatus.PENDING, OrderStatus.PAID, OrderStatus.PROCESSING})
_ARRIVED = frozenset({OrderStatus.DELIVERED, OrderStatus.COMPLETED})
_PAID = frozenset({OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.SHIPPED, OrderStatus.RETURNED}) | _ARRIVED
_UNDER_WAY = frozenset({OrderStatus.PAID, OrderStatus.PROCESSING, OrderStatus.SHIPPED})
_SENT = frozenset({OrderStatus.SHIPPED}) | _ARRIVED

# In which states of an order an action makes sense, and what to say otherwise.
ALLOWED: Mapping[ActionKind, tuple[frozenset[OrderStatus], str]] = {
    ActionKind.EXPEDITE: (_UNDER_WAY, "Only an order that has been paid and has not arrived can be hurried."),
    ActionKind.CANCEL: (_UNSHIPPED, "Only an order that has not been shipped can be cancelled; ask for a return."),
    ActionKind.CHANGE_ADDRESS: (_UNSHIPPED, "The address can only be changed before the order is shipped."),
    ActionKind.RESHIP: (_SENT, "Only an order that has been shipped can be sent once more."),
    ActionKind.RETURN: (_ARRIVED, "Only an order that has arrived can be returned."),
    ActionKind.EXCHANGE: (_ARRIVED, "Only an order that has arrived can be exchanged."),
    ActionKind.REPAIR: (_ARRIVED, "Only an order that has arrived can be sent for repair."),
    ActionKind.REFUND: (_PAID, "Only an order that has been paid, and not refunded yet, can be refunded."),
}
OPEN = (ActionState.REQUESTED, ActionState.APPROVED)
_ITEMS = frozenset({ActionKind.RETURN, ActionKind.EXCHANGE, ActionKind.REPAIR, ActionKind.RESHIP, ActionKind.REFUND})
_TEXTS: Mapping[ActionKind, Mapping[str, int]] = {  # field → its longest text
    ActionKind.CHANGE_ADDRESS: {"address": 1_000, "recipient": 128, "phone": 32},
    ActionKind.RESHIP: {"address": 1_000},
    ActionKind.EXCHANGE: {"wanted": MAX_REASON},
}


@dataclass(frozen=True, slots=True)
class Possible:
    """Whether a kind can be asked for now. `why_not` is "state" or "open" (`action_id` is that request), or ""."""

    kind: ActionKind
    why_not: str = ""
    action_id: int | None = None

    @property
    def allowed(self) -> bool:
        return not self.why_not


def possible_requests(order: Order, known: Iterable[ActionRequest]) -> list[Possible]:
    """Every kind; `known` are the order's requests."""
    opened = {request.kind: request.id for request in known if request.state in OPEN}
    found = []
    for kind, (states, _) in ALLOWED.items():
        if order.status not in states:
            found.append(Possible(kind, "state"))
        elif kind in opened:
            found.append(Possible(kind, "open", opened[kind]))
        else:
            found.append(Possible(kind))
    return found


def check_state(kind: ActionKind, order: Order) -> None:
    """Raises Conflict when the order's state forbids it."""
    states, why_not = ALLOWED[kind]
    if order.status not in states:
        raise Conflict(f"{why_not} Order {order.order_no} is {order.status}.", order_status=order.status)


def checked_params(
    kind: ActionKind, params: Mapping[str, Any], order: Order, refunds: Iterable[ActionRequest]
) -> dict[str, Any]:
    """The params, if they make sense for `order` (with items loaded); `refunds` are its other refunds that stand.

    Raises InvalidInput naming the field, Conflict when nothing is left to refund.
    """
    texts = {"reason": MAX_REASON, **_TEXTS.get(kind, {})}
    known = {*texts, *(("items",) if kind in _ITEMS else ()), *(("amount",) if kind is ActionKind.REFUND else ())}
    if unknown := sorted(set(params) - known):
        raise InvalidInput(
            f"{kind} takes no {', '.join(unknown)}; known: {', '.join(sorted(known))}.", field=f"params.{unknown[0]}"
        )
    checked: dict[str, Any] = {}
    for name, longest in texts.items():
        text = str(params.get(name) or "").strip()
        if len(text) > longest:
            raise InvalidInput(f"{name} has {len(text)} characters; at most {longest}.", field=f"params.{name}")
        if text:
            checked[name] = text
    if kind is ActionKind.CHANGE_ADDRESS and "address" not in checked:
        raise InvalidInput('Give the new address: {"address": "…"}.', field="params.address")
    if params.get("items") is not None:
        checked["items"] = _items(params["items"], order)
    if kind is ActionKind.REFUND:
        _check_refund(params.get("amount"), order, refunds, checked)
    return checked


def _items(given: Any, order: Order) -> list[dict[str, Any]]:
    """Which lines, and how many of each: no more than were ordered."""
    ordered: dict[str, int] = {}
    for item in order.items:
        ordered[item.sku] = ordered.get(item.sku, 0) + item.quantity
    if not isinstance(given, list) or not given:
        raise InvalidInput('Choose items: [{"sku": "…", "quantity": 1}].', field="params.items")
    chosen: dict[str, int] = {}
    for one in given:
        sku = str(one.get("sku", "")) if isinstance(one, dict) else ""
        quantity = one.get("quantity", 1) if isinstance(one, dict) else 0
        if sku not in ordered or sku in chosen:
            raise InvalidInput(
                f"Item {sku!r} is not in order {order.order_no}, or is named twice.", field="params.items"
            )
        if not isinstance(quantity, int) or isinstance(quantity, bool) or not 1 <= quantity <= ordered[sku]:
            raise InvalidInput(f"Choose 1 to {ordered[sku]} of {sku!r}: that many were ordered.", field="params.items")
        chosen[sku] = quantity
    return [{"sku": sku, "quantity": quantity} for sku, quantity in chosen.items()]


def _check_refund(given: Any, order: Order, refunds: Iterable[ActionRequest], checked: dict[str, Any]) -> None:
    """Never more than what is left of the order's total after its other refunds."""
    left = order.total - sum((Decimal(str(r.params.get("amount") or order.total)) for r in refunds), Decimal(0))
    if left <= 0:
        raise Conflict(f"All of order {order.order_no} ({order.total} {order.currency}) is refunded already.")
    if given is None or given == "":
        if left < order.total:
            checked["amount"] = str(left.normalize() + Decimal(0))
        return
    try:
        amount = Decimal(str(given))
        if not amount.is_finite():
            raise InvalidOperation
    except InvalidOperation:
        raise InvalidInput(f"Amount {given!r} is not a number.", field="params.amount") from None
    if not 0 < amount <= left:
        raise InvalidInput(f"Refund more than 0 and at most {left}, which is left of it.", field="params.amount")
    checked["amount"] = str(amount)

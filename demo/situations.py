"""When a dialogue script fits an order: the time windows of each state that a ticket can be about."""

from __future__ import annotations

from datetime import datetime, timedelta

from demo.orders import PlannedOrder
from demo.resources import Script, fits
from demo.shipments import STALLED_AFTER

Window = tuple[datetime, datetime]
_KIND_OF = {"return_open": "return", "exchange_open": "exchange", "repair_open": "repair"}
_REPORTED_SOON = frozenset({"wrong_or_missing_item", "lost_parcel"})  # within 48 hours: lh-damaged-item and others
_PREFERRED = {"return_request": "return", "exchange": "exchange", "repair_warranty": "repair"}


def _case_window(script: Script, order: PlannedOrder) -> Window | None:
    case = order.case
    if case is None or case.kind != _KIND_OF[script.when] or case.stages[-1][0] == "rejected":
        return None
    states = script.states or ("requested", "approved", "shipped_back", "received")
    inside = [i for i, (state, _) in enumerate(case.stages[:-1]) if state in states]
    return (case.stages[inside[0]][1] + timedelta(hours=1), case.stages[inside[-1] + 1][1]) if inside else None


def _delivered_window(script: Script, order: PlannedOrder, language: str) -> Window | None:
    trace = order.trace
    if trace is None or trace.delivered_at is None or order.scenario == "repair":
        return None
    low, high = script.days or (0.05, 1.9 if script.intent in _REPORTED_SOON else 6.0)
    if script.intent == "delivery_delay" and trace.delivered_at <= trace.estimated_at:
        return None
    start, end = trace.delivered_at + timedelta(days=low), trace.delivered_at + timedelta(days=high)
    if order.case is not None and script.then == order.case.kind:
        return max(start, order.case.opened_at - timedelta(days=1)), order.case.opened_at
    if order.case is not None:
        if _PREFERRED.get(script.intent) != order.case.kind:
            return None
        end = min(end, order.case.opened_at)
    if script.intent == "price_protection" and not script.categories:
        limit = timedelta(days=15 if language == "zh" else 14)
        end = min(end, order.placed_at + limit)
    return start, end


def window(script: Script, order: PlannedOrder, language: str) -> Window | None:
    """When a ticket with this script could have been opened about this order; None: never."""
    trace, day = order.trace, timedelta(days=1)
    if not fits(script, order.lines[0].product) or (script.several and len(order.lines) < 2):
        return None
    if script.then and order.scenario != script.then:
        return None
    if script.tags and not set(script.tags) & {order.customer.tier, *order.customer.tags}:
        return None
    if script.payment and order.payment != script.payment:
        return None
    if script.remote and not order.customer.place.remote:
        return None
    found: Window | None = None
    match script.when:
        case "unshipped" if script.then == "cancelled" and order.cancelled_at is not None:
            found = order.placed_at + timedelta(minutes=15), order.cancelled_at
        case "transit" if script.then == "refused" and trace is not None:
            found = trace.shipped_at + timedelta(hours=4), trace.events[-2].at - timedelta(hours=2)
        case "unshipped" if trace is not None:
            wait = 2 * day if script.intent == "delivery_delay" else timedelta(minutes=15)
            found = order.placed_at + wait, trace.shipped_at - timedelta(minutes=10)
        case "transit" if trace is not None and trace.delivered_at is not None and trace.silent is None:
            found = trace.shipped_at + timedelta(hours=4), trace.delivered_at - timedelta(hours=5)
            if script.intent == "delivery_delay" and not script.remote:
                found = max(found[0], trace.estimated_at), found[1]
            else:
                found = found[0], min(found[1], trace.estimated_at)
        case "stalled" if trace is not None and trace.silent is not None and order.scenario == "stalled":
            found = trace.silent[0] + STALLED_AFTER[language], trace.silent[1]
        case "lost" if trace is not None and trace.silent is not None and order.scenario == "lost":
            found = trace.silent[1], trace.closed_at or trace.silent[1] + day
        case "delivered":
            found = _delivered_window(script, order, language)
        case "used" if (
            trace is not None
            and trace.delivered_at is not None
            and order.scenario in ("normal", "slow", "late", "repair")
        ):
            end = trace.delivered_at + 320 * day
            if order.case is not None:
                end = min(end, order.case.opened_at)
            start = trace.delivered_at + 62 * day
            found = (max(start, end - day) if script.then else start), end
        case "return_open" | "exchange_open" | "repair_open":
            found = _case_window(script, order)
        case "refunded" if order.case is not None and order.refunded_at is not None:
            found = order.refunded_at + timedelta(hours=8), order.refunded_at + 3 * day
        case "cancelled" if order.scenario == "cancelled" and order.refunded_at is not None:
            found = order.refunded_at + timedelta(minutes=30), order.refunded_at + 3 * day
        case _:
            found = None
    return found if found is not None and found[0] < found[1] else None

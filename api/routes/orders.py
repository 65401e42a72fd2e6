"""Mirrors of the shop's records, and what we ask of the shop's system about them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response, status

from api.deps import IfMatch, Once, Reading, RuntimeDep, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.commerce import (
    ActionIn,
    ActionOut,
    AfterSaleOut,
    ExecutedIn,
    FailedIn,
    OrderOut,
    OrderViewOut,
    ProductOut,
    ReasonIn,
)
from api.schemas.common import Time
from api.tables import DOWNLOAD, Format, download
from api.versioned import versioned
from copilot.policies import Permission
from records.commerce import actions, queries
from records.commerce.models import ActionRequest, ActionState, AfterSaleStatus, OrderStatus, ShipmentStatus
from records.commerce.queries import OrderFilter, OrderSort
from records.people.actions import record_access
from records.people.exporting import ORDER_COLUMNS, order_rows
from records.principals import Principal

router = versioned("/orders", tags=["orders"])
after_sales = versioned("/after-sales", tags=["orders"])
products = versioned("/products", tags=["orders"])
requests = versioned("/actions", tags=["actions"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_CUSTOMERS))]
Exporter = Annotated[Principal, Depends(allowed(Permission.EXPORT_CUSTOMERS))]
Requester = Annotated[Principal, Depends(allowed(Permission.REQUEST_ACTIONS))]
Approver = Annotated[Principal, Depends(allowed(Permission.APPROVE_ACTIONS))]


def wanted_orders(
    status_in: Annotated[list[OrderStatus] | None, Query(alias="status")] = None,
    shop_id: int | None = None,
    customer_id: int | None = None,
    placed_from: Time | None = None,
    placed_to: Time | None = None,
    parcel: Annotated[list[ShipmentStatus] | None, Query(description="states of a parcel")] = None,
    open_tickets: Annotated[bool, Query(description="whose customer has an open ticket in the same shop")] = False,
    open_requests: Annotated[bool, Query(description="with an action request that is not finished")] = False,
    q: Annotated[str, Query(max_length=200, description="order or tracking number, person, product")] = "",
) -> OrderFilter:
    return OrderFilter(
        statuses=status_in or (),
        shop_id=shop_id,
        customer_id=customer_id,
        text=q,
        placed_from=placed_from,
        placed_to=placed_to,
        parcels=parcel or (),
        open_tickets=open_tickets,
        open_requests=open_requests,
    )


Wanted = Annotated[OrderFilter, Depends(wanted_orders)]


@router.get("")
def list_orders(
    session: Reading, principal: Reader, paging: Paged, wanted: Wanted, sort: OrderSort = OrderSort.NEWEST
) -> Page[OrderOut]:
    """Whole, newest first unless told otherwise."""
    rows = queries.list_orders(session, principal, wanted, sort=sort, after=paging.place(sort), limit=paging.rows)
    return paging.page_of([(row, queries.place_of(row, sort)) for row in rows], OrderOut.of, sort)


@router.get("/export", response_class=Response, responses=DOWNLOAD)
def export_orders(
    runtime: RuntimeDep, session: Writing, principal: Exporter, wanted: Wanted, format: Format = "csv"
) -> Response:
    """All that the filters find, as a table; who exported is noted."""
    record_access(session, principal, "orders.export", "order")
    return download("orders", ORDER_COLUMNS, order_rows(runtime.db, principal, wanted), format)


@router.get("/{order_id}")
def read_order(order_id: int, session: Writing, principal: Reader) -> OrderViewOut:
    """With items, shipments and their traces, after-sales cases and requests. The access is noted."""
    order = queries.get_order(session, principal, order_id)
    record_access(session, principal, "order.read", "order", order_id, customer_id=order.customer_id)
    return OrderViewOut.seen(order, queries.list_actions(session, principal, order_id=order_id))


@after_sales.get("")
def list_after_sales(
    session: Reading,
    principal: Reader,
    paging: Paged,
    status_in: Annotated[list[AfterSaleStatus] | None, Query(alias="status")] = None,
) -> Page[AfterSaleOut]:
    """Newest first."""
    rows = queries.list_after_sales(
        session, principal, statuses=status_in or (), after=paging.after_id, limit=paging.rows
    )
    return paging.page(rows, AfterSaleOut.model_validate, lambda row: [row.id])


@products.get("")
def list_products(
    session: Reading,
    principal: Annotated[Principal, Depends(allowed(Permission.READ_SHOPS))],
    paging: Paged,
    shop_id: int | None = None,
    q: Annotated[str, Query(max_length=200, description="sku or a part of the name")] = "",
) -> Page[ProductOut]:
    """By id."""
    rows = queries.list_products(
        session, principal, shop_id=shop_id, text=q, after=paging.after_id or 0, limit=paging.rows
    )
    return paging.page(rows, ProductOut.model_validate, lambda row: [row.id])


@requests.get("")
def list_actions(
    session: Reading,
    principal: Reader,
    paging: Paged,
    state: Annotated[list[ActionState] | None, Query()] = None,
    order_id: int | None = None,
    ticket_id: int | None = None,
    customer_id: int | None = None,
) -> Page[ActionOut]:
    """Newest first."""
    rows = queries.list_actions(
        session,
        principal,
        states=state or (),
        order_id=order_id,
        ticket_id=ticket_id,
        customer_id=customer_id,
        after=paging.after_id,
        limit=paging.rows,
    )
    return paging.page(rows, ActionOut.of, lambda row: [row.id])


@requests.post("", status_code=status.HTTP_201_CREATED, response_model=ActionOut)
def create_action(
    body: ActionIn, session: Writing, principal: Requester, once: Once, response: Response
) -> ActionOut | Response:
    """Ask for a return, refund, cancellation … A person approves it."""
    if (known := once.known(session)) is not None:
        return known
    action = actions.request_action(
        session,
        principal,
        body.order_id,
        body.kind,
        params=body.params,
        ticket_id=body.ticket_id,
        note=body.note,
    )
    shown = _shown(session, action, response)
    response.headers["Location"] = f"/api/v1/actions/{action.id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@requests.get("/{action_id}")
def read_action(action_id: int, session: Reading, principal: Reader, response: Response) -> ActionOut:
    return _shown(session, queries.get_action(session, principal, action_id), response)


@requests.post("/{action_id}/approve")
def approve_action(
    action_id: int, session: Writing, principal: Approver, version: IfMatch, response: Response
) -> ActionOut:
    """Let it be executed. 409 when the order's state forbids it by now."""
    action = actions.approve(session, principal, action_id, expected_version=version)
    return _shown(session, action, response)


@requests.post("/{action_id}/reject")
def reject_action(
    action_id: int, body: ReasonIn, session: Writing, principal: Approver, version: IfMatch, response: Response
) -> ActionOut:
    """Decline it, or give up after a failure."""
    action = actions.reject(session, principal, action_id, body.reason, expected_version=version)
    return _shown(session, action, response)


@requests.post("/{action_id}/withdraw")
def withdraw_action(
    action_id: int, session: Writing, principal: Requester, version: IfMatch, response: Response
) -> ActionOut:
    """Take back one's own request before anybody has decided."""
    return _shown(session, actions.withdraw(session, principal, action_id, expected_version=version), response)


@requests.post("/{action_id}/executed")
def mark_executed(
    action_id: int, body: ExecutedIn, session: Writing, principal: Approver, response: Response
) -> ActionOut:
    """The shop's system has done it."""
    return _shown(session, actions.mark_executed(session, principal, action_id, body.note), response)


@requests.post("/{action_id}/failed")
def mark_failed(action_id: int, body: FailedIn, session: Writing, principal: Approver, response: Response) -> ActionOut:
    """The shop's system refused or did not answer: approve it again, or reject it."""
    return _shown(session, actions.mark_failed(session, principal, action_id, body.note), response)


def _shown(session: Reading, action: ActionRequest, response: Response) -> ActionOut:
    session.flush()
    set_etag(response, action.version)
    return ActionOut.of(action)

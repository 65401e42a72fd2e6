"""Customers: personal data. Whoever looks at one is noted (`record_access`), hence writes in reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.deps import IfMatch, Reading, Writing, allowed, set_etag
from api.pages import Limit, Page, Paged
from api.schemas.commerce import OrderOut
from api.schemas.people import CustomerChanges, CustomerDetailOut, CustomerOut, TagChanges, TagsOut
from copilot.policies import Permission
from records.commerce import queries as commerce
from records.people import actions, queries
from records.principals import Principal

router = APIRouter(prefix="/customers", tags=["customers"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_CUSTOMERS))]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_CUSTOMERS))]


@router.get("")
def list_customers(
    session: Reading,
    principal: Reader,
    paging: Paged,
    shop_id: int | None = None,
    tag: Annotated[str | None, Query(max_length=64)] = None,
    q: Annotated[str, Query(max_length=200, description="name, phone, e-mail or the platform's id")] = "",
) -> Page[CustomerOut]:
    """Newest first."""
    wanted = queries.CustomerFilter(text=q, tag=tag, shop_id=shop_id)
    rows = queries.list_customers(session, principal, wanted, after=paging.after_id, limit=paging.rows)
    return paging.page(rows, CustomerOut.of, lambda row: [row.id])


@router.get("/{customer_id}")
def read_customer(customer_id: int, session: Writing, principal: Reader, response: Response) -> CustomerDetailOut:
    """With tags and identities. The access is noted."""
    customer = queries.get_customer(session, principal, customer_id)
    actions.record_access(session, principal, "customer.read", "customer", customer_id, customer_id=customer_id)
    set_etag(response, customer.version)
    return CustomerDetailOut.of(customer)


@router.patch("/{customer_id}")
def change_customer(
    customer_id: int, body: CustomerChanges, session: Writing, principal: Writer, version: IfMatch, response: Response
) -> CustomerDetailOut:
    """Change what is given. 412 when somebody was first."""
    given = body.model_dump(exclude_unset=True)
    actions.update_customer(session, principal, customer_id, expected_version=version, **given)
    customer = queries.get_customer(session, principal, customer_id)
    set_etag(response, customer.version)
    return CustomerDetailOut.of(customer)


@router.post("/{customer_id}/tags")
def change_customer_tags(customer_id: int, body: TagChanges, session: Writing, principal: Writer) -> TagsOut:
    """Add and remove; the order in which two people do so does not matter, so no If-Match is asked for."""
    return TagsOut(tags=actions.change_tags(session, principal, customer_id, add=body.add, remove=body.remove))


@router.get("/{customer_id}/orders")
def list_customer_orders(customer_id: int, session: Writing, principal: Reader, limit: Limit = 20) -> list[OrderOut]:
    """The newest orders, whole. The access is noted."""
    queries.get_customer(session, principal, customer_id)
    actions.record_access(session, principal, "customer.orders", "customer", customer_id, customer_id=customer_id)
    rows = commerce.orders_of_customer(session, principal, customer_id, limit=limit)
    return [OrderOut.model_validate(row) for row in rows]

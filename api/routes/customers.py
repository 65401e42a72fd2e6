"""Customers: personal data. Whoever looks at one is noted (`record_access`), hence writes in reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Response, status

from api.deps import IfMatch, Once, Reading, RuntimeDep, Writing, allowed, set_etag
from api.pages import Limit, Page, Paged
from api.schemas.commerce import OrderOut, OrderViewOut
from api.schemas.common import Time
from api.schemas.overview import OverviewOut, TicketBriefOut
from api.schemas.people import (
    CustomerChanges,
    CustomerDetailOut,
    CustomerIn,
    CustomerRowOut,
    FacetOut,
    FacetsOut,
    FiguresOut,
    TagChanges,
    TagsOut,
)
from api.tables import DOWNLOAD, Format, download
from api.versioned import versioned
from copilot.policies import Permission
from records.commerce import queries as commerce
from records.people import actions, creating, listing, queries
from records.people.exporting import CUSTOMER_COLUMNS, customer_rows
from records.people.figures import Lifecycle, figures_of
from records.people.listing import CustomerFilter, CustomerSort
from records.principals import Principal
from records.tickets.filters import TicketFilter
from records.tickets.queries import list_tickets

router = versioned("/customers", tags=["customers"])
Reader = Annotated[Principal, Depends(allowed(Permission.READ_CUSTOMERS))]
Exporter = Annotated[Principal, Depends(allowed(Permission.EXPORT_CUSTOMERS))]
Newest = Annotated[int, Query(ge=1, le=50, description="how many tickets and orders")]
Writer = Annotated[Principal, Depends(allowed(Permission.WRITE_CUSTOMERS))]


def wanted_customers(
    shop_id: int | None = None,
    tag: Annotated[str | None, Query(max_length=64)] = None,
    tier: Annotated[str | None, Query(max_length=32)] = None,
    lifecycle: Lifecycle | None = None,
    created_from: Time | None = None,
    created_to: Time | None = None,
    open_tickets: Annotated[bool, Query(description="only those with an open ticket")] = False,
    q: Annotated[str, Query(max_length=200, description="name, phone, e-mail or the platform's id")] = "",
) -> CustomerFilter:
    return CustomerFilter(q, tag, tier, shop_id, lifecycle, created_from, created_to, open_tickets)


Wanted = Annotated[CustomerFilter, Depends(wanted_customers)]


@router.get("")
def list_customers(
    session: Reading, principal: Reader, paging: Paged, wanted: Wanted, sort: CustomerSort = CustomerSort.NEWEST
) -> Page[CustomerRowOut]:
    """Newest first unless told otherwise, each with what the records add up to."""
    rows = listing.list_customers(session, principal, wanted, sort=sort, after=paging.place(sort), limit=paging.rows)
    known = figures_of(session, principal, [row.id for row, _ in rows])
    return paging.page_of(rows, lambda row: CustomerRowOut.seen(row, known[row.id]), sort)


@router.post("", status_code=status.HTTP_201_CREATED, response_model=CustomerDetailOut)
def create_customer(
    body: CustomerIn, session: Writing, principal: Writer, once: Once, response: Response
) -> CustomerDetailOut | Response:
    """Write down somebody who came by no channel. Nobody has vouched for them: the identity is unverified."""
    if (known := once.known(session)) is not None:
        return known
    made = creating.create_customer(session, principal, **body.model_dump())
    session.expire(made)
    customer = queries.get_customer(session, principal, made.id)
    set_etag(response, customer.version)
    response.headers["Location"] = f"/api/v1/customers/{customer.id}"
    shown = CustomerDetailOut.of(customer)
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown


@router.get("/facets")
def read_facets(session: Reading, principal: Reader) -> FacetsOut:
    """Tags and tiers in use, for filters and for typing ahead."""
    tags, tiers = listing.facets(session, principal)
    return FacetsOut(
        tags=[FacetOut.model_validate(one) for one in tags], tiers=[FacetOut.model_validate(one) for one in tiers]
    )


@router.get("/export", response_class=Response, responses=DOWNLOAD)
def export_customers(
    runtime: RuntimeDep, session: Writing, principal: Exporter, wanted: Wanted, format: Format = "csv"
) -> Response:
    """All that the filters find, as a table that can be imported again; who exported is noted."""
    actions.record_access(session, principal, "customers.export", "customer")
    return download("customers", CUSTOMER_COLUMNS, customer_rows(runtime.db, principal, wanted), format)


@router.get("/{customer_id}/overview")
def read_overview(customer_id: int, session: Writing, principal: Reader, limit: Newest = 10) -> OverviewOut:
    """The whole customer in one answer: who, what of, the newest tickets and orders. The access is noted, once in ten
    minutes."""
    customer = queries.get_customer(session, principal, customer_id)
    actions.note_reading(session, principal, customer_id, ("customer.read", "customer.orders"))
    filed = list_tickets(session, principal, TicketFilter(customer_id=customer_id), limit=limit)
    orders = commerce.orders_of_customer(session, principal, customer_id, limit=limit)
    asked = commerce.list_actions(session, principal, customer_id=customer_id, limit=200)
    return OverviewOut(
        customer=CustomerDetailOut.of(customer),
        figures=FiguresOut.model_validate(figures_of(session, principal, [customer_id])[customer_id]),
        tickets=[TicketBriefOut.of(ticket) for ticket in filed],
        orders=[OrderViewOut.seen(row, [one for one in asked if one.order_id == row.id]) for row in orders],
    )


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
    return [OrderOut.of(row) for row in rows]

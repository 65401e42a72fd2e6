"""Lists of customers: filtered, sorted and read page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session, selectinload

from core.db import Database
from records.people.figures import OPEN, Lifecycle, in_lifecycle, ordering
from records.people.models import Customer, CustomerTag
from records.people.queries import known_to, visible
from records.principals import Principal
from records.tickets.models import Ticket

_NEVER = datetime(1970, 1, 1, tzinfo=UTC)


class CustomerSort(StrEnum):
    NEWEST = "newest"
    NAME = "name"
    CHANGED = "changed"  # last changed first
    LAST_ORDER = "last_order"  # last ordered first, those who never did at the end


@dataclass(frozen=True, slots=True)
class CustomerFilter:
    """Empty fields do not filter. `text` looks in name, phone, e-mail and the platform's id."""

    text: str = ""
    tag: str | None = None
    tier: str | None = None
    shop_id: int | None = None
    lifecycle: Lifecycle | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    open_tickets: bool = False


@dataclass(frozen=True, slots=True)
class Facet:
    """A value that some customers have, and how many."""

    value: str
    customers: int


def list_customers(
    session: Session,
    principal: Principal,
    wanted: CustomerFilter,
    *,
    sort: CustomerSort = CustomerSort.NEWEST,
    after: Sequence[Any] | None = None,
    limit: int = 50,
) -> list[tuple[Customer, Sequence[Any]]]:
    """With tags, each with its place in the list; `after` is the place of the last row of the page before."""
    query, key = _sorted(_filtered(visible(principal), principal, wanted), principal, sort, after)
    rows = session.execute(query.options(selectinload(Customer.tags)).limit(limit)).all()
    return [(row[0], [row[0].id] if key is None else [row[1], row[0].id]) for row in rows]


def each_customer(db: Database, principal: Principal, wanted: CustomerFilter, *, page: int = 500) -> Iterator[Customer]:
    """All of them, newest first, a short read at a time: an export takes longer than a transaction should."""
    after: Sequence[Any] | None = None
    while True:
        with db.reading() as session:
            rows = list_customers(session, principal, wanted, after=after, limit=page)
        yield from (customer for customer, _ in rows)
        if len(rows) < page:
            return
        after = rows[-1][1]


def facets(session: Session, principal: Principal, limit: int = 200) -> tuple[list[Facet], list[Facet]]:
    """Tags and tiers in use, the most frequent first."""
    seen = visible(principal).with_only_columns(Customer.id)
    count = func.count()
    tags = (
        select(CustomerTag.tag, count)
        .where(CustomerTag.customer_id.in_(seen))
        .group_by(CustomerTag.tag)
        .order_by(count.desc(), CustomerTag.tag)
    )
    tiers = (
        visible(principal)
        .where(Customer.tier.is_not(None))
        .with_only_columns(Customer.tier, count)
        .group_by(Customer.tier)
        .order_by(count.desc(), Customer.tier)
    )
    return (
        [Facet(row[0], row[1]) for row in session.execute(tags.limit(limit))],
        [Facet(str(row[0]), row[1]) for row in session.execute(tiers.limit(limit))],
    )


def _filtered(query: Select[Customer], principal: Principal, wanted: CustomerFilter) -> Select[Customer]:
    if wanted.shop_id is not None:
        query = query.where(known_to([wanted.shop_id]))
    if wanted.tag is not None:
        query = query.where(Customer.id.in_(select(CustomerTag.customer_id).where(CustomerTag.tag == wanted.tag)))
    if wanted.tier is not None:
        query = query.where(Customer.tier == wanted.tier)
    if wanted.lifecycle is not None:
        query = query.where(in_lifecycle(wanted.lifecycle, principal))
    if wanted.created_from is not None:
        query = query.where(Customer.created_at >= wanted.created_from)
    if wanted.created_to is not None:
        query = query.where(Customer.created_at < wanted.created_to)
    if wanted.open_tickets:
        waiting = select(Ticket.customer_id).where(Ticket.status.in_(OPEN))
        if principal.shops is not None:
            waiting = waiting.where(Ticket.shop_id.in_(principal.shops))
        query = query.where(Customer.id.in_(waiting))
    words = wanted.text.strip()
    if words:
        columns = (Customer.name, Customer.phone, Customer.email, Customer.external_id)
        query = query.where(or_(*(column.icontains(words, autoescape=True) for column in columns)))
    return query


def _sorted(
    query: Select[Customer], principal: Principal, sort: CustomerSort, after: Sequence[Any] | None
) -> tuple[Select[Any], ColumnElement[Any] | None]:
    if sort is CustomerSort.NEWEST:
        query = query.where(Customer.id < after[0]) if after else query
        return query.order_by(Customer.id.desc()), None
    key: ColumnElement[Any]
    if sort is CustomerSort.NAME:
        key = Customer.name.expression
    elif sort is CustomerSort.CHANGED:
        key = Customer.updated_at.expression
    else:
        orders = ordering(principal)
        query = query.outerjoin(orders, orders.c.customer_id == Customer.id)
        key = func.coalesce(orders.c.last, _NEVER, type_=orders.c.last.type)
    if after:
        before, customer_id = after
        beyond = key > before if sort is CustomerSort.NAME else key < before
        query = query.where(or_(beyond, and_(key == before, Customer.id < customer_id)))
    return query.add_columns(key).order_by(key if sort is CustomerSort.NAME else key.desc(), Customer.id.desc()), key

"""The search playground and `ask`: what is found for a question, and what would be done with it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy import select

from api.deps import RuntimeDep, allowed
from api.schemas.suggestions import AskIn, HitOut, SearchIn
from copilot import asking
from copilot.policies import Permission, require
from core.errors import InvalidInput
from records.people.actions import record_access
from records.people.models import Customer
from records.principals import Principal
from retrieval.types import CUSTOMER_AUDIENCES, SearchScope

router = APIRouter(tags=["search"])
Searcher = Annotated[Principal, Depends(allowed(Permission.SEARCH))]


@router.post("/search")
def search(body: SearchIn, runtime: RuntimeDep, principal: Searcher) -> list[HitOut]:
    """Hits with dense, sparse and fused scores, of what this member of staff (or a customer) may see."""
    shop_id = _shop_within(principal, body.shop_id)
    audiences = CUSTOMER_AUDIENCES if body.audience == "customer" else principal.audiences
    hits = runtime.engine().search(body.query, SearchScope(audiences=audiences, shop=shop_id), body.limit)
    return [
        HitOut(
            passage_id=hit.passage.id,
            document_id=hit.passage.document_id,
            source_kind=hit.passage.source_kind,
            title=hit.passage.title,
            heading=hit.passage.heading,
            text=hit.passage.text,
            version=hit.passage.version,
            span=hit.passage.span,
            audience=hit.passage.audience,
            language=hit.passage.language,
            published_at=hit.passage.published_at,
            score=hit.score,
            dense_score=hit.dense_score,
            dense_rank=hit.dense_rank,
            sparse_score=hit.sparse_score,
            sparse_rank=hit.sparse_rank,
        )
        for hit in hits
    ]


@router.post("/ask")
def ask(body: AskIn, runtime: RuntimeDep, principal: Searcher) -> dict[str, Any]:
    """Draft, citations, confidence and decision for a question, as `copilot ask --json`; nothing is drafted for good.

    Naming a customer looks at that customer's orders: it takes the right to see customers, and is noted.
    """
    if body.shop is None:
        _shop_within(principal, None)
    if body.customer is not None:
        require(principal, Permission.READ_CUSTOMERS)
        with runtime.db.unit_of_work() as session:
            customer_id = session.scalar(select(Customer.id).where(Customer.external_id == body.customer).limit(1))
            record_access(session, principal, "customer.ask", "customer", customer_id, customer_id=customer_id)
    return asking.to_json(
        asking.ask(runtime, body.question, customer=body.customer, shop=body.shop, principal=principal)
    )


def _shop_within(principal: Principal, shop_id: int | None) -> int | None:
    """The shop to search in. Staff limited to some shops name one: without it, every shop's knowledge is searched."""
    if shop_id is not None:
        principal.require_shop(shop_id)
    elif principal.shops is not None:
        raise InvalidInput("Name the shop: you work for some shops only.", field="shop_id")
    return shop_id

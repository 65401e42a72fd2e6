"""The search playground and `ask`: what is found for a question, and what would be done with it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from sqlalchemy import select

from api.deps import RuntimeDep, allowed
from api.schemas.asking import AskedOut, AskIn, Audience, HitOut, SearchIn
from api.versioned import versioned
from copilot import asking
from copilot.policies import Permission, require
from core.errors import InvalidInput
from knowledge import policies
from records.people.actions import record_access
from records.people.models import Customer
from records.principals import Principal
from retrieval.types import CUSTOMER_AUDIENCES, INTERNAL, PUBLIC, SearchScope

router = versioned(tags=["search"])
Searcher = Annotated[Principal, Depends(allowed(Permission.SEARCH))]


@router.post("/search")
def search(body: SearchIn, runtime: RuntimeDep, principal: Searcher) -> list[HitOut]:
    """Hits with dense, sparse and fused scores, of what this member of staff (or a customer) may see."""
    shop_id = _shop_within(principal, body.shop_id)
    scope = SearchScope(audiences=_audiences(principal, body.audience), shop=shop_id)
    hits = runtime.engine().search(body.query, scope, body.limit)
    return [
        HitOut(
            passage_id=hit.passage.id,
            document_id=hit.passage.document_id,
            source_kind=hit.passage.source_kind,
            title=hit.passage.title,
            heading=hit.passage.heading,
            text=hit.passage.text,
            answer=hit.passage.answer,
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
def ask(body: AskIn, runtime: RuntimeDep, principal: Searcher) -> AskedOut:
    """What the bot would say and do: hits, classification, draft, and each rule of the decision, as `copilot ask
    --json`. No ticket is touched.

    Naming a customer looks at that customer's orders: it takes the right to see customers, and is noted.
    """
    if body.shop is None:
        _shop_within(principal, None)
    if body.customer is not None:
        require(principal, Permission.READ_CUSTOMERS)
        with runtime.db.unit_of_work() as session:
            customer_id = session.scalar(select(Customer.id).where(Customer.external_id == body.customer).limit(1))
            record_access(session, principal, "customer.ask", "customer", customer_id, customer_id=customer_id)
    wanted = asking.TICKET_AUDIENCES if body.audience is None else _audiences(principal, body.audience)
    asked = asking.ask(
        runtime, body.question, customer=body.customer, shop=body.shop, principal=principal, audiences=wanted
    )
    return AskedOut.model_validate(asking.to_json(asked))


def _audiences(principal: Principal, wanted: Audience) -> frozenset[str]:
    """Raises Forbidden for the eyes of another role, except to those who may read everything anyway."""
    if wanted == "customer":
        return CUSTOMER_AUDIENCES
    if wanted == "staff":
        return principal.audiences
    if wanted != principal.role:
        policies.require(principal, policies.Act.READ_ALL)
    return frozenset({PUBLIC, INTERNAL, f"role:{wanted}"})


def _shop_within(principal: Principal, shop_id: int | None) -> int | None:
    """The shop to search in. Staff limited to some shops name one: without it, every shop's knowledge is searched."""
    if shop_id is not None:
        principal.require_shop(shop_id)
    elif principal.shops is not None:
        raise InvalidInput("Name the shop: you work for some shops only.", field="shop_id")
    return shop_id

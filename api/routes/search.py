"""The search playground and `ask`: what is found for a question, and what would be done with it."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends

from api.deps import RuntimeDep, allowed
from api.schemas.suggestions import AskIn, HitOut, SearchIn
from copilot import asking
from copilot.policies import Permission
from records.principals import Principal
from retrieval.types import CUSTOMER_AUDIENCES, SearchScope

router = APIRouter(tags=["search"])
Searcher = Annotated[Principal, Depends(allowed(Permission.SEARCH))]


@router.post("/search")
def search(body: SearchIn, runtime: RuntimeDep, principal: Searcher) -> list[HitOut]:
    """Hits with dense, sparse and fused scores, of what this member of staff (or a customer) may see."""
    if body.shop_id is not None:
        principal.require_shop(body.shop_id)
    audiences = CUSTOMER_AUDIENCES if body.audience == "customer" else principal.audiences
    hits = runtime.engine().search(body.query, SearchScope(audiences=audiences, shop=body.shop_id), body.limit)
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
    """Draft, citations, confidence and decision for a question, as `copilot ask --json`; nothing is written."""
    return asking.to_json(
        asking.ask(runtime, body.question, customer=body.customer, shop=body.shop, principal=principal)
    )

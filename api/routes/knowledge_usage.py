"""Which tickets an article or a case answers: drafts that cite it, and what agents made of them."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query

from api.deps import Reading, allowed
from api.pages import Page, Paged
from api.schemas.usage import UsageOut, UseOut
from api.versioned import versioned
from copilot.policies import Permission
from copilot.sources import Usage, usage_of, uses_of
from knowledge.articles.queries import get_article
from knowledge.cases.queries import get_case
from records.principals import Principal

router = versioned(tags=["knowledge usage"])
# The questions of customers are shown: knowledge alone is not enough.
Reader = Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]
States = Annotated[
    list[Literal["pending", "accepted", "edited", "rejected", "auto_sent", "superseded"]] | None,
    Query(alias="state", description="only drafts in these states; several are allowed"),
]


@router.get("/articles/{article_id}/usage")
def read_article_usage(article_id: int, session: Reading, principal: Reader) -> UsageOut:
    """In the shops that the principal works for."""
    get_article(session, principal, article_id)
    key = f"article:{article_id}"
    return UsageOut.model_validate(usage_of(session, principal, [key]).get(key, Usage()))


@router.get("/articles/{article_id}/uses")
def list_article_uses(
    article_id: int, session: Reading, principal: Reader, paging: Paged, states: States = None
) -> Page[UseOut]:
    """Newest first, in the shops that the principal works for."""
    get_article(session, principal, article_id)
    rows = uses_of(
        session, principal, f"article:{article_id}", states=states or (), before=paging.after_id, limit=paging.rows
    )
    return paging.page(rows, UseOut.model_validate, lambda row: [row.suggestion_id])


@router.get("/cases/{case_id}/uses")
def list_case_uses(
    case_id: int, session: Reading, principal: Reader, paging: Paged, states: States = None
) -> Page[UseOut]:
    """Newest first, in the shops that the principal works for."""
    get_case(session, principal, case_id)
    rows = uses_of(
        session, principal, f"case:{case_id}", states=states or (), before=paging.after_id, limit=paging.rows
    )
    return paging.page(rows, UseOut.model_validate, lambda row: [row.suggestion_id])

"""What the knowledge lacks, contradicts or no longer needs; an editor takes it up or dismisses it."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Response, status

from api.deps import IfMatch, Once, Reading, Writing, allowed, set_etag
from api.pages import Page, Paged
from api.schemas.findings import FindingCountsOut, FindingIn, FindingKindWord, FindingOut, FindingStateWord
from api.schemas.knowledge import ArticleOut
from api.versioned import versioned
from copilot.policies import Permission
from evals.gaps import actions, queries
from evals.gaps.models import FindingState
from knowledge.articles.queries import get_article
from records.principals import Principal

router = versioned("/knowledge/findings", tags=["knowledge findings"])
Editor = Annotated[Principal, Depends(allowed(Permission.PUBLISH_KNOWLEDGE))]


@router.get("")
def list_findings(
    session: Reading,
    principal: Editor,
    paging: Paged,
    kind: FindingKindWord | None = None,
    state: FindingStateWord | None = "open",
    shop_id: int | None = None,
) -> Page[FindingOut]:
    """The dearest first; of open ones those that the last computation found."""
    place = paging.place("finding")
    after = None if place is None else queries.Place(float(place[0]), float(place[1]), int(place[2]))
    rows = queries.list_findings(
        session, principal, kind=kind, state=state, shop_id=shop_id, after=after, limit=paging.rows
    )
    marked = [(row, [row.effort, row.volume, row.id]) for row in rows]
    return paging.page_of(marked, FindingOut.model_validate, "finding")


@router.get("/counts")
def count_findings(session: Reading, principal: Editor) -> FindingCountsOut:
    counts = queries.count_open(session, principal)
    return FindingCountsOut(**counts, computed_at=queries.computed_at(session))


@router.post("/compute", status_code=status.HTTP_202_ACCEPTED)
def compute_findings(session: Writing, principal: Editor) -> None:
    """A job computes them anew, as it does once a day."""
    actions.request_findings(session, principal)


@router.get("/{finding_id}")
def read_finding(finding_id: int, session: Reading, principal: Editor, response: Response) -> FindingOut:
    row = queries.get_finding(session, principal, finding_id)
    set_etag(response, row.version)
    return FindingOut.model_validate(row)


@router.patch("/{finding_id}")
def decide_finding(
    finding_id: int, body: FindingIn, session: Writing, principal: Editor, version: IfMatch, response: Response
) -> FindingOut:
    """Take it up, dismiss it, or open it again; what is dismissed stays so when findings are computed anew."""
    row = actions.decide(
        session, principal, finding_id, FindingState(body.state), note=body.note, expected_version=version
    )
    set_etag(response, row.version)
    return FindingOut.model_validate(row)


@router.post("/{finding_id}/article", status_code=status.HTTP_201_CREATED, response_model=ArticleOut)
def draft_article(
    finding_id: int, session: Writing, principal: Editor, version: IfMatch, once: Once, response: Response
) -> ArticleOut | Response:
    """A draft article of what agents answered to a gap's questions, to be edited and published."""
    if (known := once.known(session)) is not None:
        return known
    article_id = actions.draft_from_gap(session, principal, finding_id, expected_version=version).id
    session.flush()
    session.expire_all()
    article = get_article(session, principal, article_id)
    shown = ArticleOut.of(article, (0, 0))
    set_etag(response, article.version)
    response.headers["Location"] = f"/api/v1/articles/{article_id}"
    once.keep(session, status.HTTP_201_CREATED, shown)
    return shown

"""An editor decides on a finding, or begins the article that is missing. Nothing here commits."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import db_now
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import emit
from evals.gaps import events
from evals.gaps.drafting import body_of
from evals.gaps.models import FindingKind, FindingState, KnowledgeFinding
from evals.gaps.queries import visible
from knowledge.articles.actions import ArticleScope, create_article
from knowledge.models import Article
from knowledge.policies import Act, require
from records.principals import Principal
from retrieval.types import PUBLIC


def request_findings(session: Session, principal: Principal) -> None:
    """Ask the worker to compute them anew."""
    require(principal, Act.EDIT)
    emit(session, events.FindingsRequested, actor=principal.actor)


def decide(
    session: Session,
    principal: Principal,
    finding_id: int,
    state: FindingState,
    *,
    note: str = "",
    expected_version: int,
) -> KnowledgeFinding:
    """Take it up, dismiss it with a word why, or open it again.

    Raises NotFound, Forbidden, PreconditionFailed when somebody was first, InvalidInput for a dismissal without a word.
    """
    row = _locked(session, principal, finding_id, expected_version)
    if state == FindingState.DISMISSED and not note.strip():
        raise InvalidInput("Say why nothing is to be done: it will not be shown again.", field="note")
    _decide(session, principal, row, state, note.strip())
    return row


def draft_from_gap(session: Session, principal: Principal, finding_id: int, *, expected_version: int) -> Article:
    """A draft article of what agents answered, for the gap's shop and intent; the gap is taken up.

    Its version's note names the tickets. Raises as `decide`, and Conflict when the gap has its draft already, or
    agents have said nothing that could stand in an article.
    """
    row = _locked(session, principal, finding_id, expected_version)
    if row.kind != FindingKind.GAP:
        raise Conflict("Only a gap becomes an article. Correct the articles that this finding names.")
    if row.draft_id is not None:
        raise Conflict("An article was begun for this gap already.", article_id=row.draft_id)
    draft = row.data.get("draft")
    if not draft:
        raise Conflict("No agent's reply can stand in an article: write it yourself.")
    replies = row.data["replies"]
    tickets = sorted({replies[n]["ticket_id"] for one in draft["sentences"] for n in one["replies"]} - {None})
    cited = ", ".join(f"#{ticket}" for ticket in tickets)
    zh = draft["language"] == "zh"
    note = f"来自知识缺口 {row.id}；依据工单 {cited}" if zh else f"From knowledge gap {row.id}; after tickets {cited}"
    shops = () if row.shop_id is None else (row.shop_id,)
    scope = ArticleScope(audience=PUBLIC, shop_ids=shops, intents=(row.intent,) if row.intent else ())
    article = create_article(
        session,
        principal,
        title=draft["title"],
        body=body_of(draft),
        scope=scope,
        language=draft["language"],
        note=note,
    )
    row.draft_id = article.id
    _decide(session, principal, row, FindingState.TAKEN, "")
    return article


def _locked(session: Session, principal: Principal, finding_id: int, expected_version: int) -> KnowledgeFinding:
    row = session.scalar(
        select(KnowledgeFinding)
        .where(KnowledgeFinding.id == finding_id, visible(principal))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None:
        raise NotFound(f"There is no finding {finding_id} that you may see.")
    require(principal, Act.EDIT, None if row.shop_id is None else [row.shop_id])
    if row.version != expected_version:
        raise PreconditionFailed("The finding has changed since you read it.", current_version=row.version)
    return row


def _decide(session: Session, principal: Principal, row: KnowledgeFinding, state: FindingState, note: str) -> None:
    row.state, row.note = state, note
    row.decided_at = None if state == FindingState.OPEN else db_now()
    row.decided_by = principal.id if state != FindingState.OPEN and principal.kind == "staff" else None
    session.flush()
    session.refresh(row)
    emit(session, events.FindingDecided, actor=principal.actor, shop_id=row.shop_id, finding_id=row.id, state=state)

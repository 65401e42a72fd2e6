"""Accepted citations as training pairs: the question, and the sources that an agent let stand in the reply.

An edit of tone or length says nothing against the sources; one of fact or policy does, and so does one that is not
typed yet: those teach nothing. A rejection names no right source.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.models import Review, Suggestion, SuggestionState
from copilot.review import Verdicts
from records.tickets.models import Message, Ticket
from retrieval.adapter.examples import Labelled
from retrieval.language import detect
from retrieval.types import CUSTOMER_AUDIENCES, SearchScope

WRONG = frozenset({"fact", "policy"})
SHORTEST = 8  # characters; a shorter message is searched together with the one before it


def accepted_citations(session: Session) -> list[Labelled]:
    """Questions with the articles and cases that the sent reply cites, oldest first; records are not retrieved."""
    rows = session.execute(
        select(Suggestion.answer, Review.verdict, Review.kinds, Message.citations, Ticket.shop_id)
        .join(Review, Review.suggestion_id == Suggestion.id)
        .join(Message, Message.id == Review.message_id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(Suggestion.state.in_([SuggestionState.ACCEPTED, SuggestionState.EDITED]))
        .order_by(Suggestion.id)
        .execution_options(yield_per=500)
    )
    found: list[Labelled] = []
    for answer, verdict, kinds, citations, shop_id in rows:
        question = str(answer.get("question", "")).strip()
        documents = _taught(question, verdict, kinds, citations)
        if not documents:
            continue
        cited = answer["draft"]["citations"]
        passages = {each["passage_id"] for each in cited if each["document_id"] in documents and each["passage_id"]}
        scope = SearchScope(CUSTOMER_AUDIENCES, shop_id)
        found.append(Labelled(question, documents, detect(question), scope, frozenset(passages)))
    return found


def count_accepted(session: Session) -> int:
    """How many questions `accepted_citations` would give, without reading the drafts."""
    rows = session.execute(
        select(Suggestion.answer["question"].as_string(), Review.verdict, Review.kinds, Message.citations)
        .join(Review, Review.suggestion_id == Suggestion.id)
        .join(Message, Message.id == Review.message_id)
        .where(Suggestion.state.in_([SuggestionState.ACCEPTED, SuggestionState.EDITED]))
        .execution_options(yield_per=500)
    )
    return sum(bool(_taught((question or "").strip(), *row)) for question, *row in rows)


def _taught(question: str, verdict: str, kinds: list[str], citations: list[dict[str, Any]]) -> frozenset[str]:
    """Documents that the reply lets stand; none when it teaches nothing."""
    if len(question) < SHORTEST or (verdict != Verdicts.ACCEPTED and (not kinds or WRONG & set(kinds))):
        return frozenset()
    return frozenset(each["document_id"] for each in citations if each["source_kind"] != "record")

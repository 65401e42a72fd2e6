"""What an agent says was wrong in a draft becomes evidence on the articles that the draft cited."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from copilot.edits import Change, changes
from copilot.models import Review, Suggestion
from copilot.serialize import answer_from_json
from knowledge.cases.proposing import personal_data, ticket_with_people
from knowledge.cases.redaction import Personal, redact
from knowledge.tasks.actions import Evidence, file_evidence
from knowledge.tasks.models import TaskCause
from retrieval.types import Answer, Citation

_MOST = 10  # pieces of evidence of one review


def file_edit(session: Session, suggestion_id: int) -> None:
    """Bring the knowledge tasks up to date with what the review of this suggestion says now.

    Only kinds that a person confirmed count (`Review.kinds`), and of these `fact` and `policy`. The evidence is the
    draft's changed sentence, what was sent instead and the cited passage, without personal data. A review that is gone
    or says otherwise takes its evidence back. Doing it again changes nothing.
    """
    suggestion = session.scalar(
        select(Suggestion).where(Suggestion.id == suggestion_id).options(joinedload(Suggestion.review))
    )
    if suggestion is None:
        return
    found: list[Evidence] = []
    review = suggestion.review
    causes = [cause for cause in TaskCause if review is not None and cause in review.kinds]
    if review is not None and causes and suggestion.answer:
        personal = personal_data(session, ticket_with_people(session, suggestion.ticket_id))
        found = _evidence(answer_from_json(suggestion.answer), review, causes, personal)
    file_evidence(session, f"suggestion:{suggestion_id}", found[:_MOST], ticket_id=suggestion.ticket_id)


def _evidence(answer: Answer, review: Review, causes: list[TaskCause], personal: Personal) -> list[Evidence]:
    """One an article, cause and changed sentence. When no sentence that cites an article was changed (the agent only
    added one, or rejected the draft as a whole), every cited article is asked about."""
    changed = changes(answer.draft, review.sent_text) if review.sent_text else []
    told = [change for change in changed if _articles(answer, change.documents)]
    if not told:
        cited = tuple(c.document_id for c in answer.draft.citations if c.source_kind == "article")
        added = "\n".join(change.after for change in changed)
        before = "" if review.sent_text else answer.draft.text
        told = [Change(before, added, (), tuple(dict.fromkeys(cited)))]
    return [
        Evidence(
            article_id=int(citation.document_id.partition(":")[2]),
            cause=cause,
            article_version=citation.version or 0,
            before=redact(change.before, personal).text,
            after=redact(change.after, personal).text,
            quote=citation.text,
            passage_id=citation.passage_id,
            note=redact(review.reason, personal).text,
        )
        for change in told
        for citation, cause in product(_articles(answer, change.documents).values(), _causes(change, causes, told))
    ]


def _causes(change: Change, causes: list[TaskCause], told: list[Change]) -> list[TaskCause]:
    """What the agent said, of this sentence: the rules tell which sentence is meant when they can."""
    meant = [cause for cause in causes if cause in change.kinds]
    elsewhere = {kind for other in told for kind in other.kinds}
    return meant or [cause for cause in causes if cause not in elsewhere]


def _articles(answer: Answer, documents: Iterable[str]) -> Mapping[str, Citation]:
    wanted = set(documents)
    return {c.document_id: c for c in answer.draft.citations if c.source_kind == "article" and c.document_id in wanted}

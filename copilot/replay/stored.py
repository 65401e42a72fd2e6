"""What is stored of a suggestion, read again: its question, its passages' rows and the parts that made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from copilot.conversation import conversation
from copilot.facts import cards_for
from copilot.models import Suggestion
from copilot.replay.report import Part, PartState, SourceNow, SourceState
from copilot.running import Running
from knowledge.models import Article, ArticleVersion, Case, CaseStatus, VersionStatus
from knowledge.passages import passage_docs, valid_docs
from records.tickets.models import Message, Ticket
from retrieval.types import INTERNAL, PUBLIC, Answer, Hit, PassageDoc, Question, SearchScope


@dataclass(frozen=True, slots=True)
class Stored:
    """`hits`: the answer's hits with their passages as the rows have them; `rows`: those that are still there."""

    ticket: Ticket
    question: Question
    answer: Answer
    hits: tuple[Hit, ...]
    rows: dict[int, PassageDoc]
    sources: tuple[SourceNow, ...]


def read_stored(session: Session, suggestion: Suggestion, answer: Answer) -> Stored:
    """`answer` is the suggestion's. The conversation is read up to the message that was answered."""
    ticket = session.scalars(
        select(Ticket)
        .where(Ticket.id == suggestion.ticket_id)
        .options(joinedload(Ticket.customer), joinedload(Ticket.identity), joinedload(Ticket.shop))
    ).one()
    message = session.get_one(Message, suggestion.message_id)
    verified = ticket.identity is not None and ticket.identity.verified_at is not None
    _, history = conversation(session, ticket.id, message.seq)
    question = Question(
        text=answer.question,  # as it was read then: later a reply may have been taken back
        scope=SearchScope(audiences=frozenset({PUBLIC, INTERNAL}), shop=ticket.shop_id),
        customer_name=ticket.customer.name if verified else "",
        verified=verified,
        history=history,
        records=cards_for(session, ticket, answer.question) if verified else (),
        subject=ticket.subject,
    )
    ids = {one.passage.id for hit in answer.hits for one in (hit, *hit.beside)}
    ids |= {c.passage_id for c in answer.draft.citations if c.passage_id is not None}
    rows = passage_docs(session, ids)
    hits = tuple(_as_rows_have_it(hit, rows) for hit in answer.hits)
    return Stored(ticket, question, answer, hits, rows, _sources(session, ticket, answer, rows, ids))


def _as_rows_have_it(hit: Hit, rows: Mapping[int, PassageDoc]) -> Hit:
    row = rows.get(hit.passage.id)
    passage = hit.passage if row is None else replace(hit.passage, text=row.text, title=row.title, heading=row.heading)
    return replace(hit, passage=passage, beside=tuple(_as_rows_have_it(one, rows) for one in hit.beside))


def parts_of(answer: Answer, now: Running, drafter: str) -> tuple[Part, ...]:
    """Every version that the answer names, beside what runs now; `drafter`: the one that would draft today."""
    running = {
        "encoder": now.encoder,
        "classifier": now.classifier,
        "fusion": now.fusion,
        "adapter": now.adapter,
        "reranker": now.reranker,
        "drafter": drafter,
        "verifier": now.verifier,
        "chunker": now.chunker,
    }
    known = [_part(name, answer.versions.get(name), version) for name, version in running.items()]
    others = sorted(set(answer.versions) - set(running))
    return (*known, *(Part(name, answer.versions[name], None, PartState.UNKNOWN) for name in others))


def _part(name: str, then: str | None, now: str | None) -> Part:
    if then is None and now is None:
        return Part(name, None, None, PartState.SAME)
    if then is None:
        return Part(name, None, now, PartState.UNKNOWN)
    return Part(name, then, now, PartState.SAME if then == now else PartState.CHANGED)


def _sources(
    session: Session, ticket: Ticket, answer: Answer, rows: dict[int, PassageDoc], ids: set[int]
) -> tuple[SourceNow, ...]:
    valid = valid_docs(session, ids)
    newest = _newest_versions(session, rows)
    cited = {c.passage_id for c in answer.draft.citations if c.passage_id is not None}
    found: list[SourceNow] = []
    told: dict[int, tuple[str, str, int | None, bool]] = {}
    for hit in answer.hits:
        row = rows.get(hit.passage.id)
        intact = row is not None and (row.text, row.answer) == (hit.passage.text, hit.passage.answer)
        told[hit.passage.id] = (hit.passage.document_id, hit.passage.title, hit.passage.version, intact)
    for citation in answer.draft.citations:
        if citation.passage_id is None:
            found.append(
                SourceNow(None, citation.document_id, citation.title, None, None, True, True, SourceState.RECORD)
            )
        elif citation.passage_id not in told:
            row = rows.get(citation.passage_id)
            intact = row is not None and citation.text in (row.text, row.answer)
            told[citation.passage_id] = (citation.document_id, citation.title, citation.version, intact)
    for passage_id, (document_id, title, version, intact) in told.items():
        state = _state(passage_id, rows, valid, ticket.shop_id, newest.get(document_id), version, passage_id in cited)
        found.append(
            SourceNow(
                passage_id, document_id, title, version, newest.get(document_id), passage_id in cited, intact, state
            )
        )
    return tuple(found)


def _state(
    passage_id: int,
    rows: dict[int, PassageDoc],
    valid: dict[int, PassageDoc],
    shop_id: int,
    newest: int | None,
    version: int | None,
    cited: bool,
) -> SourceState:
    if passage_id not in rows:
        return SourceState.MISSING
    now = valid.get(passage_id)
    if now is None:
        return SourceState.REPLACED if newest is not None and newest != version else SourceState.ENDED
    audiences = {PUBLIC} if cited else {PUBLIC, INTERNAL}
    if now.audience not in audiences or (now.shops and shop_id not in now.shops):
        return SourceState.HIDDEN
    return SourceState.VALID


def _newest_versions(session: Session, rows: dict[int, PassageDoc]) -> dict[str, int]:
    """Document → number of the version that is published now; cases have the one version. Without: ended."""
    named = [row.document_id.partition(":") for row in rows.values()]
    articles = {int(number) for kind, _, number in named if kind == "article"}
    cases = {int(number) for kind, _, number in named if kind == "case"}
    query = (
        select(ArticleVersion.article_id, func.max(ArticleVersion.number))
        .join(Article, Article.id == ArticleVersion.article_id)
        .where(
            ArticleVersion.article_id.in_(articles),
            ArticleVersion.status == VersionStatus.PUBLISHED,
            Article.archived_at.is_(None),
        )
        .group_by(ArticleVersion.article_id)
    )
    found = {f"article:{article_id}": number for article_id, number in session.execute(query)}
    published = session.scalars(select(Case.id).where(Case.id.in_(cases), Case.status == CaseStatus.PUBLISHED))
    return {**found, **{f"case:{case_id}": 1 for case_id in published}}

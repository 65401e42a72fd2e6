"""From a customer's message to a suggestion and a decision: read, (think elsewhere), write.

`begin` and `conclude` are the two short transactions; between them the engine works with no transaction open.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import SystemRandom

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, joinedload

from copilot import events
from copilot.conversation import conversation
from copilot.decide import RULE_VERSION, Circumstances, Ruling, decide
from copilot.facts import cards_for, strange_notes
from copilot.grants import active_grant
from copilot.handover.actions import hand_over
from copilot.handover.reading import agent_is_typing, agent_on_it, handed_over_for, repeats, wants_person
from copilot.handover.states import YIELDING, Reason
from copilot.models import Decision, DraftChunk, Outcome, Suggestion, SuggestionState
from copilot.serialize import answer_to_json, sentence_to_json
from copilot.sources import record_sources
from core.db import insert_into
from core.events import BOT
from knowledge.passages import valid_docs
from records.commerce.queries import actions_taken
from records.principals import Principal
from records.tickets import actions, messages
from records.tickets.models import (
    AuthorKind,
    Direction,
    Message,
    Priority,
    Ticket,
    TicketStatus,
)
from records.tickets.telling import emit_about
from retrieval.types import COURTESY, INTERNAL, PUBLIC, Answer, Citation, DraftSentence, Question, SearchScope

_LIVE = (SuggestionState.PENDING, SuggestionState.DRAFTING)
_PRIORITIES = list(Priority)
BOT_PRINCIPAL = Principal("bot")
_chance = SystemRandom()


@dataclass(frozen=True, slots=True)
class Prepared:
    suggestion_id: int
    ticket_id: int
    message_id: int
    question: Question


def begin(session: Session, message_id: int, ordinal: int = 1) -> Prepared | None:
    """Read what the engine needs and open the suggestion. None when a newer message came, a newer draft was asked for
    or it is done already."""
    message = session.get(Message, message_id)
    if message is None or message.direction != Direction.IN:
        return None
    ticket = session.scalars(
        select(Ticket)
        .where(Ticket.id == message.ticket_id)
        .options(joinedload(Ticket.customer), joinedload(Ticket.identity), joinedload(Ticket.shop))
    ).one()
    if ticket.last_inbound_seq != message.seq or _has_newer_draft(session, message_id, ordinal):
        return None
    supersede_older(session, ticket.id, message_id, ordinal)
    suggestion = _open_suggestion(session, ticket.id, message_id, ordinal)
    if suggestion.state != SuggestionState.DRAFTING:
        return None
    verified = ticket.identity is not None and ticket.identity.verified_at is not None
    text, history = conversation(session, ticket.id, message.seq)
    if not text.strip():
        give_up(session, message_id, ordinal, reason=Reason.ONLY_FILES)
        return None
    cards = cards_for(session, ticket, text) if verified else ()
    return Prepared(
        suggestion.id,
        ticket.id,
        message_id,
        Question(
            text=text,
            scope=SearchScope(audiences=frozenset({PUBLIC, INTERNAL}), shop=ticket.shop_id),
            customer_name=ticket.customer.name if verified else "",
            verified=verified,
            history=history,
            records=cards,
            subject=ticket.subject,
            actions=actions_taken(session, ticket.id),
        ),
    )


def save_sentence(session: Session, suggestion_id: int, attempt: int, ordinal: int, sentence: DraftSentence) -> None:
    """Keep a finished, verified sentence of a draft under way, for those who read the stream."""
    session.add(
        DraftChunk(suggestion_id=suggestion_id, attempt=attempt, ordinal=ordinal, sentence=sentence_to_json(sentence))
    )


def conclude(
    session: Session, prepared: Prepared, answer: Answer, *, never_auto: bool, draw: float | None = None
) -> Ruling | None:
    """Save the suggestion and do what was decided. None when a newer message came: then it is only superseded.

    `never_auto`: the classified intent is one that a person must answer. `draw`, uniform in [0, 1), chooses the audit
    sample; by default from the system's source of chance, which no text can influence.
    """
    ticket = actions.lock_ticket(session, BOT_PRINCIPAL, prepared.ticket_id)
    message = session.get_one(Message, prepared.message_id)
    suggestion = session.get_one(Suggestion, prepared.suggestion_id, with_for_update=True)
    if suggestion.state != SuggestionState.DRAFTING:
        return None
    suggestion.kind, suggestion.language = answer.draft.kind, answer.draft.language
    suggestion.text, suggestion.confidence = answer.draft.text, answer.draft.confidence
    suggestion.answer, suggestion.versions = answer_to_json(answer), dict(answer.versions)
    record_sources(session, suggestion.id, answer.draft.citations)
    newest = ticket.last_inbound_seq == message.seq
    if not newest:
        suggestion.state = SuggestionState.SUPERSEDED
        return None
    _classify(session, ticket, answer)
    grant = active_grant(session, ticket.shop_id, answer.classification.intent)
    waiting = handed_over_for(session, ticket) in YIELDING
    ruling = decide(
        answer,
        Circumstances(
            grant=grant,
            never_auto=never_auto,
            bot_stopped=ticket.bot_stopped and not waiting,
            waiting=waiting,
            agent_present=agent_on_it(session, ticket)
            or ticket.status in (TicketStatus.RESOLVED, TicketStatus.CLOSED)
            or agent_is_typing(session, ticket.id),
            newest=newest,
            sources_valid=sources_valid(session, answer.draft.citations, ticket.shop_id),
            priority=ticket.priority,
            unasked=suggestion.ordinal == 1,
            wants_person=wants_person(prepared.question.text),
            repeats=repeats(session, ticket, answer.draft.text),
            strange_notes=strange_notes(prepared.question.records, answer.draft),
            draw=_chance.random() if draw is None else draw,
        ),
    )
    if ruling.outcome == Outcome.AUTO_SEND:
        suggestion.state = SuggestionState.AUTO_SENT
        messages.queue_reply(
            session,
            BOT_PRINCIPAL,
            ticket,
            messages.NewMessage(
                answer.draft.text,
                client_id=f"suggestion-{suggestion.id}",
                language=answer.draft.language,
                citations=public_citations(answer.draft.citations),
                suggestion_id=suggestion.id,
            ),
            AuthorKind.BOT,
            settles=not waiting,
        )
    else:
        suggestion.state = SuggestionState.PENDING
    _record(session, ticket, suggestion, ruling)
    return ruling


def give_up(session: Session, message_id: int, ordinal: int = 1, *, reason: Reason = Reason.TOOL_FAILURE) -> None:
    """No draft could be made for this message, for good: the suggestion says so and a person takes over."""
    message = session.get(Message, message_id)
    if message is None:
        return
    ticket = actions.lock_ticket(session, BOT_PRINCIPAL, message.ticket_id)
    if ticket.last_inbound_seq != message.seq or _has_newer_draft(session, message_id, ordinal):
        return
    supersede_older(session, ticket.id, message_id, ordinal)
    suggestion = _open_suggestion(session, ticket.id, message_id, ordinal)
    if suggestion.state != SuggestionState.DRAFTING:
        return
    suggestion.state, suggestion.kind = SuggestionState.PENDING, "unknown"
    _record(session, ticket, suggestion, Ruling(Outcome.HAND_OVER, reason, ()))


def _record(session: Session, ticket: Ticket, suggestion: Suggestion, ruling: Ruling) -> None:
    if ruling.outcome == Outcome.HAND_OVER:
        hand_over(session, BOT, ticket, Reason(ruling.reason), suggestion.id)
    session.add(
        Decision(
            suggestion_id=suggestion.id,
            outcome=ruling.outcome,
            reason=ruling.reason,
            rule_version=RULE_VERSION,
            evidence=[dict(item) for item in ruling.evidence],
            grant_id=ruling.grant_id,
            propensity=ruling.propensity,
        )
    )
    emit_about(session, events.SuggestionReady, ticket, BOT, suggestion_id=suggestion.id)


def request_another(session: Session, principal: Principal, ticket: Ticket, message_id: int) -> None:
    """An agent wants another draft for the newest customer message; the job `copilot.prepare` makes it."""
    highest = session.scalar(select(func.max(Suggestion.ordinal)).where(Suggestion.message_id == message_id))
    emit_about(
        session,
        events.SuggestionRequested,
        ticket,
        principal.actor,
        message_id=message_id,
        ordinal=(highest or 1) + 1,
    )


def _has_newer_draft(session: Session, message_id: int, ordinal: int) -> bool:
    newer = select(Suggestion.id).where(Suggestion.message_id == message_id, Suggestion.ordinal > ordinal)
    return session.scalar(newer.limit(1)) is not None


def supersede_older(session: Session, ticket_id: int, message_id: int, ordinal: int = 1) -> None:
    """Drafts for earlier messages, and earlier drafts for this one, are no longer to be sent."""
    session.execute(
        update(Suggestion)
        .where(
            Suggestion.ticket_id == ticket_id,
            Suggestion.state.in_(_LIVE),
            (Suggestion.message_id < message_id)
            | ((Suggestion.message_id == message_id) & (Suggestion.ordinal < ordinal)),
        )
        .values(state=SuggestionState.SUPERSEDED, version=Suggestion.version + 1)
        .execution_options(synchronize_session=False)
    )


def sources_valid(session: Session, citations: tuple[Citation, ...], shop_id: int | None) -> bool:
    """True when every cited passage is published, in its time, public and for this shop, by the records."""
    wanted = {c.passage_id for c in citations if c.passage_id is not None}
    known = valid_docs(session, wanted)
    return all(
        passage_id in known
        and known[passage_id].audience == PUBLIC
        and (shop_id is None or not known[passage_id].shops or shop_id in known[passage_id].shops)
        for passage_id in wanted
    )


def public_citations(citations: tuple[Citation, ...]) -> list[dict[str, object]]:
    """What a shopper is shown of the sources: title, date and where; never the text of a record."""
    return [
        {
            "number": c.number,
            "source_kind": c.source_kind,
            "document_id": c.document_id,
            "title": c.title,
            "version": c.version,
            "published_at": c.published_at.isoformat() if c.published_at else None,
        }
        for c in citations
        if c.audience == PUBLIC
    ]


def _open_suggestion(session: Session, ticket_id: int, message_id: int, ordinal: int) -> Suggestion:
    values = {
        "ticket_id": ticket_id,
        "message_id": message_id,
        "ordinal": ordinal,
        "state": SuggestionState.DRAFTING,
        "kind": "",
        "language": "",
        "text": "",
        "confidence": 0.0,
        "answer": {},
        "versions": {},
        "version": 1,
    }
    session.execute(insert_into(session, Suggestion).values(values).on_conflict_do_nothing())
    return session.scalars(
        select(Suggestion).where(Suggestion.message_id == message_id, Suggestion.ordinal == ordinal)
    ).one()


def _classify(session: Session, ticket: Ticket, answer: Answer) -> None:
    """Fill in what nobody has set; raise the priority, never lower it: an agent's correction stays. A courtesy does not
    tell what a ticket is about, nor how pressing it is."""
    found = answer.classification
    ticket.language = found.language
    if answer.draft.kind == COURTESY:
        return
    if ticket.intent is None and not found.abstained:
        actions.set_classification(
            session, BOT_PRINCIPAL, ticket, intent=found.intent, category=found.category or ticket.category
        )
    if _PRIORITIES.index(Priority(found.priority)) > _PRIORITIES.index(Priority(ticket.priority)):
        actions.set_priority(session, BOT_PRINCIPAL, ticket, found.priority)

"""An agent accepts, edits or rejects a suggestion. What was sent and how it differs is kept: it is how we learn."""

from __future__ import annotations

import re
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot import events
from copilot.models import Review, Suggestion, SuggestionState
from copilot.prepare import public_citations, sources_valid
from copilot.serialize import answer_from_json
from core.errors import Conflict, InvalidInput, NotFound, PreconditionFailed
from core.events import emit
from records.principals import Principal
from records.tickets import actions
from records.tickets.models import AuthorKind, Message, Ticket
from retrieval.types import Answer, Verdict

_TOKENS = re.compile(r"\d+(?:[.,:/-]\d+)*|[A-Za-z]+|\s+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Verdicts:
    ACCEPTED = "accepted"
    EDITED = "edited"
    REJECTED = "rejected"


def approve(
    session: Session,
    principal: Principal,
    suggestion_id: int,
    *,
    expected_version: int,
    text: str | None = None,
    confirm_unverified: bool = False,
    send_after_seconds: float = 0,
) -> tuple[Suggestion, Message]:
    """Send the draft as it is (`text` None or the same) or as edited.

    Raises PreconditionFailed when somebody was first, Conflict when a newer customer message came, a source is no
    longer valid or there is no draft, and InvalidInput when sentences are unverified and the agent did not confirm.
    """
    suggestion, ticket = _pending(session, principal, suggestion_id, expected_version)
    if not suggestion.answer:  # no draft could be made
        raise Conflict("There is no answer in this draft to send. Write a reply of your own.")
    answer = answer_from_json(suggestion.answer)
    accepted = text is None or text.strip() == suggestion.text
    sent_text = suggestion.text if accepted else actions.checked_text(text or "")
    if accepted:
        _require_sendable(session, answer, ticket, confirm_unverified)
    suggestion.state = SuggestionState.ACCEPTED if accepted else SuggestionState.EDITED
    message = actions.queue_reply(
        session,
        principal,
        ticket,
        actions.NewMessage(
            sent_text,
            client_id=f"suggestion-{suggestion.id}",
            language=suggestion.language,
            citations=public_citations(answer.draft.citations),
            suggestion_id=suggestion.id,
            send_after_seconds=send_after_seconds,
        ),
        AuthorKind.AGENT,
    )
    if ticket.assignee_id is None and principal.kind == "staff":
        actions.assign(session, principal, ticket, principal.id)
    verdict = Verdicts.ACCEPTED if accepted else Verdicts.EDITED
    diff = [] if accepted else text_diff(suggestion.text, sent_text)
    _record(session, principal, ticket, suggestion, verdict, sent_text=sent_text, diff=diff, message_id=message.id)
    return suggestion, message


def reject(
    session: Session, principal: Principal, suggestion_id: int, *, expected_version: int, reason: str
) -> Suggestion:
    """Put the draft aside and say why. Raises as `approve`, and InvalidInput without a reason."""
    if not reason.strip():
        raise InvalidInput("Say why the draft is no good: that is how it gets better.", field="reason")
    suggestion, ticket = _pending(session, principal, suggestion_id, expected_version)
    suggestion.state = SuggestionState.REJECTED
    _record(session, principal, ticket, suggestion, Verdicts.REJECTED, reason=reason.strip())
    return suggestion


def text_diff(before: str, after: str) -> list[dict[str, Any]]:
    """How `before` became `after`, by words: {op: equal, insert, delete or replace; before; after}."""
    old, new = _TOKENS.findall(before), _TOKENS.findall(after)
    return [
        {"op": op, "before": "".join(old[a:b]), "after": "".join(new[c:d])}
        for op, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    ]


def _pending(
    session: Session, principal: Principal, suggestion_id: int, expected_version: int
) -> tuple[Suggestion, Ticket]:
    ticket_id = session.scalar(select(Suggestion.ticket_id).where(Suggestion.id == suggestion_id))
    if ticket_id is None:
        raise NotFound(f"There is no suggestion {suggestion_id}.")
    ticket = actions.lock_ticket(session, principal, ticket_id)
    # Loaded after the lock and not before: what another agent has committed meanwhile is a conflict, not stale data.
    suggestion = session.get_one(Suggestion, suggestion_id, with_for_update=True)
    if suggestion.state != SuggestionState.PENDING:
        raise Conflict(f"This suggestion is {suggestion.state} already. Read the ticket again.", state=suggestion.state)
    if suggestion.version != expected_version:
        raise PreconditionFailed(
            "The suggestion has changed since you read it. Read it again.", current_version=suggestion.version
        )
    if session.get_one(Message, suggestion.message_id).seq != ticket.last_inbound_seq:
        raise Conflict("The customer has written again; a new suggestion is on its way.", state="superseded")
    return suggestion, ticket


def _require_sendable(session: Session, answer: Answer, ticket: Ticket, confirmed: bool) -> None:
    if not answer.draft.answered or not answer.draft.text.strip():
        raise Conflict("There is no answer in this draft to send. Write a reply of your own.")
    if not sources_valid(session, answer.draft.citations, ticket.shop_id):
        raise Conflict("A cited source has changed or ended since. Ask for another draft, or write your own reply.")
    unverified = [
        {"text": s.text, "reasons": list(s.reasons)}
        for s in answer.draft.sentences
        if s.verdict not in (Verdict.SUPPORTED, Verdict.NOT_A_CLAIM)
    ]
    if unverified and not confirmed:
        raise InvalidInput(
            "Some sentences are not supported by their sources. Edit them, or repeat with confirm_unverified.",
            field="confirm_unverified",
            unverified=unverified,
        )


def _record(
    session: Session, principal: Principal, ticket: Ticket, suggestion: Suggestion, verdict: str, **values: Any
) -> None:
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("A suggestion is reviewed by a member of staff, not by a token.")
    session.add(Review(suggestion_id=suggestion.id, staff_id=principal.id, verdict=verdict, **values))
    session.flush()
    emit(
        session,
        events.SuggestionReviewed,
        actor=principal.actor,
        shop_id=ticket.shop_id,
        ticket_id=ticket.id,
        customer_id=ticket.customer_id,
        suggestion_id=suggestion.id,
        verdict=verdict,
    )

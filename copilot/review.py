"""An agent accepts, edits or rejects a suggestion. What was sent and how it differs is kept: it is how we learn."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from copilot import events
from copilot.checking import Checked, check_text, require_confirmed
from copilot.edits import KINDS
from copilot.models import Review, Suggestion, SuggestionState
from copilot.prepare import public_citations, sources_valid
from copilot.queries import get_suggestion
from copilot.serialize import answer_from_json
from core.errors import Conflict, Forbidden, InvalidInput, NotFound, PreconditionFailed
from records.people.actions import record_access
from records.principals import Principal, Role
from records.tickets import actions, messages, queries
from records.tickets.models import AuthorKind, Message, Ticket
from records.tickets.telling import emit_about
from retrieval.types import PUBLIC

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
    sources: Sequence[int] = (),
    attachments: Sequence[dict[str, Any]] = (),
    confirm_unverified: bool = False,
    confirm_internal: bool = False,
    send_after_seconds: float = 0,
) -> tuple[Suggestion, Message]:
    """Send the draft as it is (`text` None or the same) or as edited, with passages added as `sources` (by id).

    Raises PreconditionFailed when somebody was first, Conflict when a newer customer message came, a source is no
    longer valid or there is no draft, and InvalidInput when sentences are unverified or a source is internal and the
    agent did not confirm. A confirmation is kept with the review and in the audit.
    """
    suggestion, ticket = _pending(session, principal, suggestion_id, expected_version)
    if not suggestion.answer:  # no draft could be made
        raise Conflict("There is no answer in this draft to send. Write a reply of your own.")
    answer = answer_from_json(suggestion.answer)
    accepted = text is None or text.strip() == suggestion.text
    sent_text = suggestion.text if accepted else messages.checked_text(text or "")
    if accepted and not (answer.draft.answered and answer.draft.text.strip()):
        raise Conflict("There is no answer in this draft to send. Write a reply of your own.")
    checked = check_text(
        session,
        principal,
        queries.get_ticket(session, principal, ticket.id),
        sent_text,
        answer=answer,
        passage_ids=sources,
    )
    if not _still_valid(session, checked, ticket):
        raise Conflict("A cited source has changed or ended since. Ask for another draft, or write your own reply.")
    require_confirmed(checked, unverified=confirm_unverified, internal=confirm_internal)
    suggestion.state = SuggestionState.ACCEPTED if accepted else SuggestionState.EDITED
    message = messages.queue_reply(
        session,
        principal,
        ticket,
        messages.NewMessage(
            sent_text,
            client_id=f"suggestion-{suggestion.id}",
            language=suggestion.language,
            attachments=list(attachments),
            citations=public_citations(checked.citations),
            suggestion_id=suggestion.id,
            send_after_seconds=send_after_seconds,
        ),
        AuthorKind.AGENT,
    )
    if ticket.assignee_id is None and principal.kind == "staff":
        actions.assign(session, principal, ticket, principal.id)
    verdict = Verdicts.ACCEPTED if accepted else Verdicts.EDITED
    diff = [] if accepted else text_diff(suggestion.text, sent_text)
    confirmed = {"confirmed_unverified": bool(checked.unverified), "confirmed_internal": bool(checked.internal)}
    for name in [name for name, taken in confirmed.items() if taken]:
        record_access(session, principal, f"suggestion.{name}", "suggestion", suggestion.id)
    _record(
        session,
        principal,
        ticket,
        suggestion,
        verdict,
        sent_text=sent_text,
        diff=diff,
        message_id=message.id,
        **confirmed,
    )
    return suggestion, message


def reopen(session: Session, principal: Principal, ticket: Ticket, message_id: int) -> None:
    """The reply was taken back before it was sent: its draft waits for a verdict again, as if nothing had happened.

    Nothing happens for a reply without a draft. When the customer has written meanwhile, the draft stays behind.
    """
    message = session.get_one(Message, message_id)
    if message.suggestion_id is None:
        return
    suggestion = session.get_one(Suggestion, message.suggestion_id, with_for_update=True)
    if suggestion.state not in (SuggestionState.ACCEPTED, SuggestionState.EDITED):
        return
    newest = session.get_one(Message, suggestion.message_id).seq == ticket.last_inbound_seq
    suggestion.state = SuggestionState.PENDING if newest else SuggestionState.SUPERSEDED
    message.client_id = None  # the draft may be sent once more
    session.execute(delete(Review).where(Review.suggestion_id == suggestion.id))
    emit_about(session, events.SuggestionReopened, ticket, principal.actor, suggestion_id=suggestion.id)


def set_kinds(session: Session, principal: Principal, suggestion_id: int, kinds: Sequence[str]) -> Suggestion:
    """Say what kind of change an edit (or a rejection) was. Raises InvalidInput, NotFound, and Forbidden for a review
    of somebody else's."""
    strange = sorted(set(kinds) - set(KINDS))
    if strange:
        raise InvalidInput(f"{', '.join(strange)} is not one of {', '.join(KINDS)}.", field="kinds")
    suggestion = get_suggestion(session, principal, suggestion_id)
    review = suggestion.review
    if review is None:
        raise NotFound(f"Suggestion {suggestion_id} has no review yet.")
    if review.staff_id != principal.id and principal.role not in (Role.SUPERVISOR, Role.ADMIN):
        raise Forbidden("Only who reviewed a draft, or a supervisor, says what was changed.")
    review.kinds = [kind for kind in KINDS if kind in kinds]
    ticket = session.get_one(Ticket, suggestion.ticket_id)
    emit_about(session, events.ReviewTagged, ticket, principal.actor, suggestion_id=suggestion_id)
    return suggestion


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


def _still_valid(session: Session, checked: Checked, ticket: Ticket) -> bool:
    """The draft's sources that the text still uses; those added were checked as they were added."""
    return sources_valid(session, tuple(c for c in checked.citations if c.audience == PUBLIC), ticket.shop_id)


def _record(
    session: Session, principal: Principal, ticket: Ticket, suggestion: Suggestion, verdict: str, **values: Any
) -> None:
    if principal.kind != "staff" or principal.id is None:
        raise InvalidInput("A suggestion is reviewed by a member of staff, not by a token.")
    session.add(Review(suggestion_id=suggestion.id, staff_id=principal.id, verdict=verdict, **values))
    session.flush()
    emit_about(
        session, events.SuggestionReviewed, ticket, principal.actor, suggestion_id=suggestion.id, verdict=verdict
    )

"""A person corrects the classification: the ticket changes, and the correction is a label for the next training."""

from __future__ import annotations

from sqlalchemy.orm import Session

from copilot.events import ClassificationCorrected
from records.principals import Principal
from records.tickets import actions
from records.tickets.models import Ticket
from records.tickets.telling import emit_about


def correct(
    session: Session, principal: Principal, ticket: Ticket, *, intent: str | None, category: str | None
) -> None:
    """Set intent and category by hand; nothing happens when they are so already."""
    before = ticket.intent
    actions.set_classification(session, principal, ticket, intent=intent, category=category)
    if before != intent:
        emit_about(
            session,
            ClassificationCorrected,
            ticket,
            principal.actor,
            field="intent",
            old=before,
            new=intent,
        )

"""Heartbeats: who looks at a ticket or writes in it. No events: it is over in seconds and nobody asks for it later."""

from __future__ import annotations

from sqlalchemy import case, delete, select
from sqlalchemy.orm import Session

from core.db import db_now, insert_into
from core.errors import InvalidInput
from records.presence.models import Presence, PresenceState
from records.principals import Principal

# How long one heartbeat counts. Staff send one every ten seconds; a shopper's page one while keys are pressed.
LIFETIME_SECONDS = {"staff": 20, "customer": 8}


def tell(session: Session, principal: Principal, ticket_id: int, state: str) -> None:
    """The principal views the ticket, types in it, or is gone; the caller has checked that it may see the ticket.

    Raises InvalidInput for an unknown state, and for a principal that is no person (an API client, the system).
    """
    if state not in list(PresenceState):
        raise InvalidInput(f"State {state!r} is not one of {', '.join(PresenceState)}.", field="state")
    actor_id = principal.customer_id if principal.kind == "customer" else principal.id
    if principal.kind not in LIFETIME_SECONDS or actor_id is None:
        raise InvalidInput("Only a person can be present at a ticket.")
    if state == PresenceState.GONE:
        mine = (Presence.ticket_id == ticket_id, Presence.actor_kind == principal.kind, Presence.actor_id == actor_id)
        session.execute(delete(Presence).where(*mine))
        return
    expires_at = db_now(LIFETIME_SECONDS[principal.kind])
    here = insert_into(session, Presence).values(
        ticket_id=ticket_id, actor_kind=principal.kind, actor_id=actor_id, state=state, expires_at=expires_at
    )
    came_back = case((Presence.expires_at < db_now(), db_now()), else_=Presence.since)
    session.execute(
        here.on_conflict_do_update(
            index_elements=[Presence.ticket_id, Presence.actor_kind, Presence.actor_id],
            set_={"state": state, "since": came_back, "expires_at": expires_at},
        )
    )
    _sweep(session)


def _sweep(session: Session) -> None:
    """Delete a few rows that ended. What somebody else holds is skipped: heartbeats never wait for each other."""
    ended = select(Presence.id).where(Presence.expires_at < db_now()).limit(20).with_for_update(skip_locked=True)
    session.execute(delete(Presence).where(Presence.id.in_(ended)))

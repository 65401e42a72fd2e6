"""How long customers wait for the first reply, and until their matter is settled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from insights.business_time import business_durations
from insights.figures import Durations, Share, share
from insights.periods import Period
from insights.scope import Scope
from insights.sql import between, durations, epoch
from records.tickets.models import Ticket, TicketStatus


@dataclass(frozen=True, slots=True)
class Times:
    """`first_response` of tickets that began in the period, `resolution` of those that were resolved in it, in seconds.

    `unanswered`: tickets that began in the period, are not over and have had no reply. `answered_share` of all begun.
    """

    created: int
    resolved: int
    unanswered: int
    answered_share: Share
    first_response: Durations
    resolution: Durations


def times(session: Session, scope: Scope, period: Period, *, business_hours: bool = False) -> Times:
    """`business_hours`: only the time counts in which the ticket's shop was open."""
    begun = between(Ticket.created_at, period.start, period.end) & scope.tickets()
    settled = between(Ticket.resolved_at, period.start, period.end) & scope.tickets()
    over = Ticket.status.in_((TicketStatus.RESOLVED, TicketStatus.CLOSED))
    created, answered, unanswered = session.execute(
        select(
            func.count(),
            func.count(Ticket.first_response_at),
            func.count().filter(Ticket.first_response_at.is_(None), ~over),
        )
        .select_from(Ticket)
        .where(begun)
    ).one()
    measure = _business if business_hours else _calendar
    first = measure(session, Ticket.first_response_at, select(Ticket).where(begun))
    whole = measure(session, Ticket.resolved_at, select(Ticket).where(settled))
    resolved = session.scalar(select(func.count()).select_from(Ticket).where(settled)) or 0
    return Times(created, resolved, unanswered, share(answered, created), first, whole)


def _calendar(session: Session, until: Any, query: Select[*tuple[Any, ...]]) -> Durations:
    return durations(session, epoch(until) - epoch(Ticket.created_at), query.where(until.is_not(None)))


def _business(session: Session, until: Any, query: Select[*tuple[Any, ...]]) -> Durations:
    rows = session.execute(
        query.where(until >= Ticket.created_at).with_only_columns(
            Ticket.shop_id, epoch(Ticket.created_at), epoch(until)
        )
    ).all()
    return business_durations(session, [(shop_id, start, end) for shop_id, start, end in rows])

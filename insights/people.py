"""What each member of staff has on the table, and did in the period. For balancing work, not for ranking people."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from copilot.models import Review, Suggestion
from insights.periods import Period
from insights.queue import OPEN, WAITS
from insights.scope import Scope
from insights.sql import between
from records.people.models import Staff
from records.tickets.models import AuthorKind, Direction, Message, Ticket, Visibility


@dataclass(frozen=True, slots=True)
class Load:
    """`open` and `waiting` (for a reply) now; the others in the period."""

    staff_id: int
    name: str
    active: bool
    open: int
    waiting: int
    replies: int
    resolved: int
    accepted: int
    edited: int
    rejected: int


def load(session: Session, scope: Scope, period: Period) -> list[Load]:
    """Everybody with an open ticket or something done, most open first; an agent sees only itself."""
    mine = scope if scope.staff_id is None else Scope(scope.timezone, scope.shops)  # by what it did, not by assignee
    figures: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def put(name: str, rows: Select[*tuple[Any, ...]]) -> None:
        for staff_id, count in session.execute(rows):
            if staff_id is not None and (scope.staff_id is None or staff_id == scope.staff_id):
                figures[staff_id][name] += count

    by_assignee = select(Ticket.assignee_id, func.count()).select_from(Ticket).group_by(Ticket.assignee_id)
    held = by_assignee.where(scope.tickets(), Ticket.assignee_id.is_not(None))
    put("open", held.where(Ticket.status.in_(OPEN)))
    put("waiting", held.where(WAITS))
    put("resolved", held.where(between(Ticket.resolved_at, period.start, period.end)))
    put("replies", _replies(mine, period))
    for staff_id, verdict, count in session.execute(_reviews(mine, period)):
        if scope.staff_id is None or staff_id == scope.staff_id:
            figures[staff_id][verdict] += count
    staff = session.execute(select(Staff.id, Staff.display_name, Staff.active).where(Staff.id.in_(figures)))
    names = ("open", "waiting", "replies", "resolved", "accepted", "edited", "rejected")
    loads = [Load(i, name, active, **{key: figures[i][key] for key in names}) for i, name, active in staff]
    return sorted(loads, key=lambda row: (-row.open, -row.replies, row.name))


def _replies(scope: Scope, period: Period) -> Select[*tuple[Any, ...]]:
    return (
        select(Message.author_id, func.count())
        .join(Ticket, Ticket.id == Message.ticket_id)
        .where(
            between(Message.created_at, period.start, period.end),
            Message.direction == Direction.OUT,
            Message.author_kind == AuthorKind.AGENT,
            Message.visibility == Visibility.PUBLIC,
            scope.tickets(),
        )
        .group_by(Message.author_id)
    )


def _reviews(scope: Scope, period: Period) -> Select[*tuple[Any, ...]]:
    return (
        select(Review.staff_id, Review.verdict, func.count())
        .join(Suggestion, Suggestion.id == Review.suggestion_id)
        .join(Ticket, Ticket.id == Suggestion.ticket_id)
        .where(between(Review.created_at, period.start, period.end), scope.tickets())
        .group_by(Review.staff_id, Review.verdict)
    )

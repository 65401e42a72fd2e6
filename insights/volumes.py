"""How many tickets begin and end, when, through which channel, in which language and about what."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from insights.periods import Period
from insights.scope import Scope
from insights.sql import between, quarter
from records.tickets.models import Ticket


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: tickets that began, and that were resolved, on it."""

    day: date
    created: int
    resolved: int


@dataclass(frozen=True, slots=True)
class Part:
    """Tickets that began in the period with this value; null: not known. `before`: in the period before."""

    value: str | None
    count: int
    before: int


@dataclass(frozen=True, slots=True)
class Volumes:
    """`by_hour[weekday][hour]`, Monday first, on the shop's clock."""

    created: int
    resolved: int
    by_day: list[Day]
    by_hour: list[list[int]]
    by_channel: list[Part]
    by_intent: list[Part]
    by_language: list[Part]


def volumes(session: Session, scope: Scope, period: Period) -> Volumes:
    created, resolved = (_by_quarter(session, scope, period, at) for at in (Ticket.created_at, Ticket.resolved_at))
    days: dict[date, list[int]] = {day: [0, 0] for day in period.days}
    hours = [[0] * 24 for _ in range(7)]
    for place, counted in enumerate((created, resolved)):
        for number, count in counted.items():
            local = period.local(number)
            days[local.date()][place] += count
            if counted is created:
                hours[local.weekday()][local.hour] += count
    return Volumes(
        created=sum(created.values()),
        resolved=sum(resolved.values()),
        by_day=[Day(day, *counts) for day, counts in days.items()],
        by_hour=hours,
        by_channel=_parts(session, scope, period, Ticket.channel),
        by_intent=_parts(session, scope, period, Ticket.intent),
        by_language=_parts(session, scope, period, Ticket.language),
    )


def _by_quarter(session: Session, scope: Scope, period: Period, at: Any) -> dict[int, int]:
    number = quarter(at).label("number")
    rows = session.execute(
        select(number, func.count())
        .select_from(Ticket)
        .where(between(at, period.start, period.end), scope.tickets())
        .group_by(number)
    )
    return {row[0]: row[1] for row in rows}


def _parts(session: Session, scope: Scope, period: Period, column: Any) -> list[Part]:
    counts: dict[str | None, list[int]] = defaultdict(lambda: [0, 0])
    for place, stretch in enumerate((period, period.before())):
        rows = session.execute(
            select(column, func.count())
            .select_from(Ticket)
            .where(between(Ticket.created_at, stretch.start, stretch.end), scope.tickets())
            .group_by(column)
        )
        for value, count in rows:
            counts[value or None][place] += count
    parts = [Part(value, now, before) for value, (now, before) in counts.items()]
    return sorted(parts, key=lambda part: (-part.count, -part.before, part.value or ""))

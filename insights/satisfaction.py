"""What customers said when they were asked: 1 to 5, with a comment if they liked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from insights.figures import Share, share
from insights.periods import Period
from insights.scope import Scope
from insights.sql import between
from records.tickets.models import Ticket

SATISFIED = 4  # and 5
UNHAPPY = 2  # and 1
COMMENTS = 8


@dataclass(frozen=True, slots=True)
class Word:
    ticket_id: int
    score: int | None
    comment: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Satisfaction:
    """Of ratings given in the period: `scores` {1..5: n}, their `mean`, the share that is 4 or 5.

    `rated`: of the tickets resolved in the period, those that have a rating. `unhappy`: the newest ratings of 1 and 2.
    """

    n: int
    mean: float | None
    scores: dict[int, int]
    satisfied: Share
    rated: Share
    unhappy: list[Word]


def satisfaction(session: Session, scope: Scope, period: Period) -> Satisfaction:
    given = between(Ticket.satisfaction_at, period.start, period.end) & scope.tickets()
    scores = dict.fromkeys(range(1, 6), 0)
    counted = session.execute(select(Ticket.satisfaction, func.count()).where(given).group_by(Ticket.satisfaction))
    for score, count in counted:
        if score is not None:
            scores[score] = count
    n = sum(scores.values())
    settled = between(Ticket.resolved_at, period.start, period.end) & scope.tickets()
    resolved, rated = session.execute(
        select(func.count(), func.count(Ticket.satisfaction)).select_from(Ticket).where(settled)
    ).one()
    words = session.execute(
        select(Ticket.id, Ticket.satisfaction, Ticket.satisfaction_comment, Ticket.satisfaction_at)
        .where(given, Ticket.satisfaction <= UNHAPPY)
        .order_by(Ticket.satisfaction_at.desc(), Ticket.id.desc())
        .limit(COMMENTS)
    )
    return Satisfaction(
        n=n,
        mean=round(sum(score * count for score, count in scores.items()) / n, 3) if n else None,
        scores=scores,
        satisfied=share(sum(count for score, count in scores.items() if score >= SATISFIED), n),
        rated=share(rated, resolved),
        unhappy=[Word(i, score, comment, at) for i, score, comment, at in words],
    )

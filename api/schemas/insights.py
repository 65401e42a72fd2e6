from __future__ import annotations

from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import Field

from api.schemas.common import Row


class PeriodOut(Row):
    """`start` ≤ t < `end`; `first` and `last` are the local days in `timezone`, both included."""

    start: datetime
    end: datetime
    first: date
    last: date
    timezone: str


class ShareOut(Row):
    """`count` of `total` with the 95 % interval by Wilson; null without a total."""

    count: int
    total: int
    value: float | None
    low: float | None
    high: float | None


class DurationsOut(Row):
    """Seconds, by nearest rank, of `n` tickets."""

    n: int
    median: float | None
    p90: float | None


class TimesOut(Row):
    created: int
    resolved: int
    unanswered: int
    answered_share: ShareOut
    first_response: DurationsOut
    resolution: DurationsOut


class DayOut(Row):
    day: date
    created: int
    resolved: int


class PartOut(Row):
    value: str | None
    count: int
    before: int


class VolumesOut(Row):
    created: int
    resolved: int
    by_day: list[DayOut]
    by_hour: list[list[int]] = Field(description="[weekday, Monday first][hour of the day], on the shop's clock")
    by_channel: list[PartOut]
    by_intent: list[PartOut]
    by_language: list[PartOut]


class FatesOut(Row):
    offered: int
    accepted: int
    edited: int
    rejected: int
    ignored: int
    waiting: int
    overtaken: int
    accepted_share: ShareOut
    used_share: ShareOut


class FatesOfOut(Row):
    value: str | None
    fates: FatesOut


class DraftsOut(Row):
    total: FatesOut
    by_intent: list[FatesOfOut]
    by_language: list[FatesOfOut]


class ReasonOut(Row):
    outcome: str
    reason: str
    count: int


class AutomationByIntentOut(Row):
    intent: str | None
    messages: int
    answered: ShareOut
    handed_over: ShareOut


class AutomationOut(Row):
    messages: int
    answered: ShareOut
    suggested: ShareOut
    handed_over: ShareOut
    solved_alone: ShareOut
    reasons: list[ReasonOut]
    by_intent: list[AutomationByIntentOut]


class WordOut(Row):
    ticket_id: int
    score: int
    comment: str
    at: datetime


class SatisfactionFiguresOut(Row):
    n: int
    mean: float | None
    scores: dict[int, int]
    satisfied: ShareOut
    rated: ShareOut
    unhappy: list[WordOut]


class LoadOut(Row):
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


class WaitingOut(Row):
    ticket_id: int
    subject: str
    customer_name: str
    priority: str
    assignee_id: int | None
    since: datetime
    seconds: float


class QueueOut(Row):
    """What is open now; `own`: only the reader's own tickets are counted."""

    total: int
    by_status: dict[str, int]
    by_priority: dict[str, int]
    unassigned: int
    waiting: int
    waited: dict[str, int]
    oldest: list[WaitingOut]
    own: bool = False


class GrantDeedsOut(Row):
    grant_id: int
    sent: int
    last_sent_at: datetime | None
    wrote_again: ShareOut
    person_replied: ShareOut


Figures = TypeVar("Figures", bound=Row)


class Compared(Row, Generic[Figures]):
    """`own`: only tickets assigned to the reader are counted. `before`: the same number of days just before."""

    period: PeriodOut
    own: bool
    now: Figures
    before: Figures


class Reported(Row, Generic[Figures]):
    period: PeriodOut
    own: bool
    now: Figures


class LoadsOut(Row):
    people: list[LoadOut]

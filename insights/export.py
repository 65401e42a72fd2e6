"""The figures as CSV, for a spreadsheet: one row a figure or a thing counted, shares with the counts behind them."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any, Literal

from sqlalchemy.orm import Session

from insights import automation, drafts, people, satisfaction, times, volumes
from insights.figures import Durations, Share
from insights.periods import Period
from insights.scope import Scope

Report = Literal["times", "volumes", "drafts", "automation", "satisfaction", "people"]
_FATES = ("offered", "accepted", "edited", "rejected", "ignored", "waiting", "overtaken")
_SHARE = ("count", "total", "share", "low", "high")
Row = Sequence[Any]


def report(session: Session, scope: Scope, period: Period, name: Report, *, business_hours: bool = False) -> str:
    """The text of the file. Cells that a spreadsheet would take for a formula are made plain text."""
    rows = _times(session, scope, period, business_hours) if name == "times" else _ROWS[name](session, scope, period)
    out = StringIO()
    csv.writer(out).writerows([_plain(cell) for cell in row] for row in rows)
    return out.getvalue()


def _plain(cell: Any) -> Any:
    if isinstance(cell, float):
        return round(cell, 4)
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+-@\t\r" and cell else cell


def _share(value: Share) -> Row:
    return value.count, value.total, value.value, value.low, value.high


def _times(session: Session, scope: Scope, period: Period, business_hours: bool) -> Iterable[Row]:
    yield "figure", "period", "n", "median_seconds", "p90_seconds"
    for label, at in (("now", period), ("before", period.before())):
        found = times.times(session, scope, at, business_hours=business_hours)
        for name, value in (("first_response", found.first_response), ("resolution", found.resolution)):
            yield name, label, *_durations(value)


def _durations(value: Durations) -> Row:
    return value.n, value.median, value.p90


def _volumes(session: Session, scope: Scope, period: Period) -> Iterable[Row]:
    found = volumes.volumes(session, scope, period)
    yield "dimension", "value", "created", "resolved", "created_before"
    for day in found.by_day:
        yield "day", day.day.isoformat(), day.created, day.resolved, None
    for weekday, hours in enumerate(found.by_hour):
        for hour, count in enumerate(hours):
            yield "weekday_hour", f"{weekday + 1} {hour:02}:00", count, None, None
    for name, parts in (("channel", found.by_channel), ("intent", found.by_intent), ("language", found.by_language)):
        for part in parts:
            yield name, part.value, part.count, None, part.before


def _drafts(session: Session, scope: Scope, period: Period) -> Iterable[Row]:
    found = drafts.drafts(session, scope, period)
    yield "dimension", "value", *_FATES, *(f"accepted_{name}" for name in _SHARE)
    parts: list[tuple[str, str | None, drafts.Fates]] = [("total", None, found.total)]
    parts += [("intent", part.value, part.fates) for part in found.by_intent]
    parts += [("language", part.value, part.fates) for part in found.by_language]
    for dimension, value, fates in parts:
        yield dimension, value, *(getattr(fates, name) for name in _FATES), *_share(fates.accepted_share)


def _automation(session: Session, scope: Scope, period: Period) -> Iterable[Row]:
    found = automation.automation(session, scope, period)
    yield "dimension", "value", *_SHARE
    for name in ("answered", "suggested", "handed_over", "solved_alone"):
        yield "total", name, *_share(getattr(found, name))
    for part in found.by_intent:
        yield "intent answered", part.intent, *_share(part.answered)
    for reason in found.reasons:
        yield f"reason {reason.outcome}", reason.reason, reason.count, found.messages, None, None, None


def _satisfaction(session: Session, scope: Scope, period: Period) -> Iterable[Row]:
    found = satisfaction.satisfaction(session, scope, period)
    yield "dimension", "value", *_SHARE
    for score, count in found.scores.items():
        yield "score", score, count, found.n, None, None, None
    yield "total", "satisfied", *_share(found.satisfied)
    yield "total", "rated", *_share(found.rated)


def _people(session: Session, scope: Scope, period: Period) -> Iterable[Row]:
    loads = [asdict(row) for row in people.load(session, scope, period)]
    yield "staff_id", "name", "active", "open", "waiting", "replies", "resolved", "accepted", "edited", "rejected"
    for row in loads:
        yield tuple(row.values())


_ROWS: dict[str, Callable[[Session, Scope, Period], Iterable[Row]]] = {
    "volumes": _volumes,
    "drafts": _drafts,
    "automation": _automation,
    "satisfaction": _satisfaction,
    "people": _people,
}

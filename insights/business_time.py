"""Time in which a shop is open, between two moments."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from math import ceil
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session

from insights.figures import Durations
from records.shops.actions import WEEKDAYS
from records.shops.models import Shop

Seconds = NDArray[np.float64]


def business_durations(session: Session, spans: Sequence[tuple[int, float, float]]) -> Durations:
    """Of (shop id, from, to), both in seconds since 1970. A shop without business hours is always open."""
    by_shop: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for shop_id, start, end in spans:
        by_shop[shop_id].append((start, end))
    shops = session.execute(select(Shop.id, Shop.timezone, Shop.business_hours).where(Shop.id.in_(by_shop)))
    parts = [_open_seconds(np.array(by_shop[shop_id]), hours, ZoneInfo(zone)) for shop_id, zone, hours in shops]
    values = np.sort(np.concatenate(parts)) if parts else np.empty(0)
    if not len(values):
        return Durations(0, None, None)
    return Durations(len(values), _nearest_rank(values, 0.5), _nearest_rank(values, 0.9))


def _nearest_rank(ordered: Seconds, part: float) -> float:
    return round(float(ordered[ceil(part * len(ordered)) - 1]), 3)


def _open_seconds(spans: Seconds, hours: Mapping[str, Any], zone: ZoneInfo) -> Seconds:
    """For each row [from, to] the seconds between them in which the shop was open."""
    if not hours:
        return np.asarray(spans[:, 1] - spans[:, 0])
    opens, closes = _opening_times(float(spans.min()), float(spans.max()), hours, zone)
    before = np.concatenate([[0.0], np.cumsum(closes - opens)])  # open seconds before the n-th opening

    def until(moments: Seconds) -> Seconds:
        place = np.searchsorted(opens, moments, side="right")
        current = np.maximum(place - 1, 0)
        inside = np.where(place > 0, np.minimum(moments, closes[current]) - opens[current], 0.0)
        return np.asarray(before[current] + inside)

    return until(spans[:, 1]) - until(spans[:, 0])


def _opening_times(first: float, last: float, hours: Mapping[str, Any], zone: ZoneInfo) -> tuple[Seconds, Seconds]:
    """Every opening and closing, in seconds since 1970, of the days that the spans touch."""
    day = datetime.fromtimestamp(first, zone).date()
    end = datetime.fromtimestamp(last, zone).date() + timedelta(days=7)  # a week holds an opening, whatever the hours
    opens, closes = [], []
    while day <= end:
        given = hours.get(WEEKDAYS[day.weekday()])
        if given:
            times = [datetime.combine(day, time.fromisoformat(text), zone).astimezone(UTC) for text in given]
            opens.append(times[0].timestamp())
            closes.append(times[1].timestamp())
        day += timedelta(days=1)
    return np.array(opens), np.array(closes)

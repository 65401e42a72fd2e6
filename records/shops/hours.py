"""Whether a shop's people are at work by its business hours."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from records.shops.models import Shop

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Opening:
    """`open` None: the shop names no hours. `opens_at`: when it opens next, while it is closed."""

    open: bool | None
    opens_at: datetime | None = None


def opening(shop: Shop, now: datetime) -> Opening:
    """At the aware time `now`. Hours are in the shop's own clock, daylight saving included."""
    hours = shop.business_hours
    if not hours:
        return Opening(None)
    zone = ZoneInfo(shop.timezone)
    local = now.astimezone(zone)
    for ahead in range(8):
        day = (local + timedelta(days=ahead)).date()
        told = hours.get(_WEEKDAYS[day.weekday()])
        if told is None:
            continue
        opens, closes = (datetime.combine(day, time.fromisoformat(at), zone) for at in told)
        if ahead == 0 and opens <= local < closes:
            return Opening(True)
        if local < opens:
            return Opening(False, opens)
    return Opening(False)

"""The days that a figure is about, on a shop's clock, and the same stretch of time before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from core.errors import InvalidInput

Preset = Literal["today", "7d", "30d", "90d", "custom"]
DAYS = {"today": 1, "7d": 7, "30d": 30, "90d": 90}
MAX_DAYS = 366
QUARTER = 900  # seconds: every zone's offset from UTC is a multiple of it, so a quarter of an hour has one local day
DEFAULT_ZONE = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Period:
    """`start` ≤ t < `end`, aware UTC. `first` and `last` are its local days in `timezone`, both included."""

    start: datetime
    end: datetime
    first: date
    last: date
    timezone: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)

    @property
    def days(self) -> list[date]:
        return [self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1)]

    def before(self) -> Period:
        """As many days just before, up to the same time of day: half of today is compared with half of yesterday."""
        shift = timedelta(days=len(self.days))
        end = _shifted(self.end, self.zone, shift)
        return Period(
            _midnight(self.first - shift, self.zone), end, self.first - shift, self.last - shift, self.timezone
        )

    def local(self, quarter: int) -> datetime:
        """The local time at which a quarter of an hour, counted from the epoch, begins."""
        return datetime.fromtimestamp(quarter * QUARTER, self.zone)


def period_of(
    preset: Preset, timezone: str, *, now: datetime, first: date | None = None, last: date | None = None
) -> Period:
    """The last days including today, or `first` to `last`; an end ahead is cut to `now`. Raises InvalidInput."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    if preset == "custom":
        if first is None or last is None:
            raise InvalidInput("A period of your own needs both `from` and `to`.", field="from")
        if first > last:
            raise InvalidInput("`from` lies after `to`.", field="from")
        if (last - first).days >= MAX_DAYS:
            raise InvalidInput(f"A period has at most {MAX_DAYS} days.", field="to")
        if first > today:
            raise InvalidInput("The period has not begun yet.", field="from")
        last = min(last, today)
    else:
        first, last = today - timedelta(days=DAYS[preset] - 1), today
    end = min(_midnight(last + timedelta(days=1), zone), now.astimezone(UTC))
    return Period(_midnight(first, zone), end, first, last, timezone)


def common_zone(zones: Sequence[str], preferred: str | None = None) -> str:
    """`preferred` if one of these shops has it, else the zone that most share, the first of them among equals."""
    if preferred in zones:
        return str(preferred)
    ranked = Counter(zones).most_common(1)  # equal counts stay in the order in which they were met
    return ranked[0][0] if ranked else DEFAULT_ZONE


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _shifted(moment: datetime, zone: ZoneInfo, back: timedelta) -> datetime:
    """The same time of day on an earlier day: a day need not have 24 hours."""
    return (moment.astimezone(zone).replace(tzinfo=None) - back).replace(tzinfo=zone).astimezone(UTC)

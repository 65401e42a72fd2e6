from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.errors import InvalidInput
from insights.figures import share
from insights.periods import common_zone, period_of

NEW_YORK = "America/New_York"


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type]


def test_today_begins_at_the_shops_midnight_and_ends_now() -> None:
    now = utc(2026, 6, 15, 17)  # one o'clock of the 16th in Shanghai, noon of the 15th less an hour in New York
    here = period_of("today", "Asia/Shanghai", now=now)
    assert (here.first, here.start, here.end) == (date(2026, 6, 16), utc(2026, 6, 15, 16), now)
    there = period_of("today", NEW_YORK, now=now)
    assert (there.first, there.start) == (date(2026, 6, 15), utc(2026, 6, 15, 4))


def test_the_period_before_ends_at_the_same_time_of_day() -> None:
    period = period_of("7d", "Asia/Shanghai", now=utc(2026, 6, 15, 4))
    before = period.before()
    assert [period.first, period.last] == [date(2026, 6, 9), date(2026, 6, 15)]
    assert [before.first, before.last] == [date(2026, 6, 2), date(2026, 6, 8)]
    assert [before.start, before.end] == [utc(2026, 6, 1, 16), utc(2026, 6, 8, 4)]


def test_days_of_23_and_25_hours() -> None:
    """New York's clocks go forward on 8 March and back on 1 November 2026."""
    spring = period_of("custom", NEW_YORK, now=utc(2026, 12, 1), first=date(2026, 3, 8), last=date(2026, 3, 8))
    autumn = period_of("custom", NEW_YORK, now=utc(2026, 12, 1), first=date(2026, 11, 1), last=date(2026, 11, 1))
    assert (spring.end - spring.start).total_seconds() == 23 * 3600
    assert (autumn.end - autumn.start).total_seconds() == 25 * 3600
    assert autumn.before().end == autumn.start
    noon = period_of("today", NEW_YORK, now=utc(2026, 3, 8, 16))  # noon in summer time; yesterday's noon was 17 UTC
    assert noon.before().end == utc(2026, 3, 7, 17)


def test_a_quarter_of_an_hour_belongs_to_one_local_day() -> None:
    nepal = period_of("today", "Asia/Kathmandu", now=utc(2026, 6, 15, 4))  # UTC+5:45
    midnight = int(nepal.start.timestamp()) // 900
    assert nepal.local(midnight).date() == nepal.first
    assert nepal.local(midnight).hour == 0
    assert nepal.local(midnight - 1).date() < nepal.first


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [
        (None, date(2026, 6, 1), "from"),
        (date(2026, 6, 2), date(2026, 6, 1), "from"),
        (date(2026, 6, 16), date(2026, 6, 20), "from"),
        (date(2025, 6, 14), date(2026, 6, 15), "to"),
    ],
)
def test_a_period_that_cannot_be(first: date | None, last: date, field: str) -> None:
    with pytest.raises(InvalidInput) as raised:
        period_of("custom", "Asia/Shanghai", now=utc(2026, 6, 15, 4), first=first, last=last)
    assert raised.value.details["field"] == field


def test_an_end_ahead_is_cut_to_now() -> None:
    now = utc(2026, 6, 15, 4)
    period = period_of("custom", "Asia/Shanghai", now=now, first=date(2026, 6, 1), last=date(2026, 7, 31))
    assert (period.last, period.end) == (date(2026, 6, 15), now)


def test_the_zone_of_several_shops() -> None:
    assert common_zone([NEW_YORK, "Asia/Shanghai", "Asia/Shanghai"]) == "Asia/Shanghai"
    assert common_zone(["Asia/Shanghai", NEW_YORK]) == "Asia/Shanghai"
    assert common_zone([NEW_YORK, "Asia/Shanghai"]) == NEW_YORK
    assert common_zone(["Asia/Shanghai", "Asia/Shanghai", NEW_YORK], NEW_YORK) == NEW_YORK
    assert common_zone([NEW_YORK], "Europe/Paris") == NEW_YORK
    assert common_zone([]) == "Asia/Shanghai"


def test_wilsons_interval() -> None:
    """Against the table of Newcombe (1998): 81 of 263 is 0.2553 to 0.3662, 15 of 148 is 0.0624 to 0.1605."""
    many, fewer, none = share(81, 263), share(15, 148), share(0, 20)
    assert (many.low, many.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))
    assert (fewer.low, fewer.high) == (pytest.approx(0.0624, abs=5e-5), pytest.approx(0.1605, abs=5e-5))
    assert (none.value, none.low, none.high) == (0.0, 0.0, pytest.approx(0.1611, abs=5e-5))
    assert (share(3, 3).high, share(0, 0).value) == (1.0, None)

"""Business hours are the shop's own clock, across midnight, closed days and the change to summer time."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from records.shops.hours import Opening, opening
from records.shops.models import Shop

WEEK = {day: ["09:00", "18:00"] for day in ("mon", "tue", "wed", "thu", "fri")}


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T09:00+08:00", Opening(True)),  # a Monday
        ("2026-11-23T17:59+08:00", Opening(True)),
        ("2026-11-23T08:59+08:00", Opening(False, at("2026-11-23T09:00+08:00"))),
        ("2026-11-23T18:00+08:00", Opening(False, at("2026-11-24T09:00+08:00"))),
        ("2026-11-27T20:00+08:00", Opening(False, at("2026-11-30T09:00+08:00"))),  # over the weekend
        ("2026-11-22T23:30+00:00", Opening(False, at("2026-11-23T09:00+08:00"))),  # Monday in Shanghai already
    ],
)
def test_a_shop_in_shanghai(now: str, expected: Opening) -> None:
    assert opening(Shop(timezone="Asia/Shanghai", business_hours=WEEK), at(now)) == expected


def test_nine_is_nine_after_the_clocks_changed() -> None:
    """Summer time ends in New York on 1 November 2026: nine o'clock is an hour later in UTC from then on."""
    shop = Shop(timezone="America/New_York", business_hours=WEEK)
    before = opening(shop, at("2026-10-30T05:00-04:00"))
    after = opening(shop, at("2026-10-31T12:00-04:00"))
    assert before.opens_at == at("2026-10-30T13:00+00:00")
    assert after.opens_at == at("2026-11-02T14:00+00:00")


def test_a_shop_that_opens_one_day_a_week_opens_again_a_week_later() -> None:
    shop = Shop(timezone="UTC", business_hours={"mon": ["09:00", "10:00"]})
    assert opening(shop, at("2026-11-23T10:00+00:00")) == Opening(False, at("2026-11-30T09:00+00:00"))


def test_without_hours_nothing_is_promised() -> None:
    assert opening(Shop(timezone="UTC", business_hours={}), at("2026-11-23T10:00+00:00")) == Opening(None)

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.imports.parsing import parse_email, parse_int, parse_money, parse_time

SHANGHAI = ZoneInfo("Asia/Shanghai")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "amount"),
    [("1,299.00", "1299"), ("¥1299", "1299"), ("￥1，299", "1299"), ("1299元", "1299"), ("CNY 12.5", "12.5"),
     ("-5", "-5"), ("US$47.84", "47.84"), ("1304.8000000000002", "1304.8"), ("０.５", "0.5"), (".5", "0.5"),
     ("1,234,567", "1234567")],
)  # fmt: skip
def test_amounts(text: str, amount: str) -> None:
    assert parse_money(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text", ["", "abc", "12,50", "1.299,00", "1,2,3", "1e5", "NaN", "inf", "12 or 13", "0.00005", "1" * 13, "--5", "¥"]
)
def test_wrong_amounts_say_how_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it as|round it|at most"):
        parse_money(text)


@given(st.decimals(min_value=-(10**11), max_value=10**11, places=4, allow_nan=False))
def test_every_amount_survives_its_spellings(amount: Decimal) -> None:
    for text in (str(f"{amount:f}"), f"{amount:,.4f}", f"¥{amount:f}" if amount >= 0 else f"{amount:f}元"):
        assert parse_money(text) == amount


@given(st.text(max_size=20))
def test_anything_is_an_amount_or_a_value_error(text: str) -> None:
    for parse in (parse_money, parse_int, lambda t: parse_time(t, SHANGHAI)):
        try:
            parse(text)
        except ValueError as error:
            assert "write it" in str(error) or "round it" in str(error) or "at most" in str(error)


def test_whole_numbers() -> None:
    assert [parse_int(t) for t in ("2", "2.0", "1,000")] == [2, 2, 1000]
    with pytest.raises(ValueError, match="whole number"):
        parse_int("2.5")


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-04-05 10:24:30", "2025-04-05 02:24:30"),
        ("2025/4/5 10:24", "2025-04-05 02:24:00"),
        ("2025-04-05", "2025-04-04 16:00:00"),
        ("2025年4月5日 10时24分", "2025-04-05 02:24:00"),
        ("2025年4月5日10点24分30秒", "2025-04-05 02:24:30"),
        ("2025-05-06T13:45:22", "2025-05-06 05:45:22"),
        ("2025-04-05T10:24:30.5Z", "2025-04-05 10:24:30.500000"),
        ("2025-04-05T10:24:30+0200", "2025-04-05 08:24:30"),
        ("2025-04-05 10:24:30 -05:00", "2025-04-05 15:24:30"),
        ("20250405102430", "2025-04-05 02:24:30"),
        ("1743819870", "2025-04-05 02:24:30"),
        ("1743819870000", "2025-04-05 02:24:30"),
    ],
)
def test_times_are_the_shops_unless_they_say_otherwise(text: str, utc: str) -> None:
    assert parse_time(text, SHANGHAI) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["04/05/2025", "2025-13-01", "2025-02-30", "yesterday", "0000000000", "45752.4", "3025-01-01"]
)
def test_wrong_times_say_how_to_write_them(text: str) -> None:
    with pytest.raises(ValueError, match="write it as 2025-04-05 10:24:00"):
        parse_time(text, SHANGHAI)


@given(st.datetimes(min_value=datetime(1991, 1, 1), max_value=datetime(2099, 12, 30)))
def test_a_written_time_is_read_back(moment: datetime) -> None:
    aware = moment.replace(tzinfo=UTC)
    assert parse_time(aware.isoformat(), NEW_YORK) == aware
    local = aware.astimezone(SHANGHAI)
    assert parse_time(local.replace(tzinfo=None).isoformat(sep=" "), SHANGHAI) == aware


@pytest.mark.parametrize(
    "text", ["a@b.co", " li.na+x@mail.example.com ", "138****0000@qq.com", "用户@例子.公司", "a@b-c.cn"]
)
def test_addresses_as_shops_have_them(text: str) -> None:
    assert "@" in parse_email(text) and parse_email(text) == parse_email(parse_email(text))


@pytest.mark.parametrize(
    "text", ["not-an-email", "a@b", "@b.co", "a b@c.co", "a@b@c.co", "a@b..co", "x <a@b.co>", "13800000000"]
)
def test_what_is_no_address_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ValueError, match="write it as name@example"):
        parse_email(text)

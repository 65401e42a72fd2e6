"""Numbers are read with unit and comparator, and compared as such."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.verify import verify_sentence
from retrieval.verify.numerals import chinese_number, normalize_numerals
from retrieval.verify.quantities import Match, Quantity, compare, extract_quantities


def only(text: str) -> Quantity:
    found = extract_quantities(normalize_numerals(text))[0]
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "kind", "value", "unit", "comparator"),
    [
        ("七个工作日内", "duration", "7", "workday", "le"),
        ("within thirty days", "duration", "30", "day", "le"),
        ("a 7-day trial", "duration", "7", "day", ""),
        ("1至3天", "duration", "1~3", "day", ""),
        ("半年", "duration", "0.5", "year", ""),
        ("满99元", "amount", "99", "CNY", "ge"),
        ("¥1,299.50", "amount", "1299.5", "CNY", ""),
        ("1.2万元", "amount", "12000", "CNY", ""),
        ("$5.95", "amount", "5.95", "USD", ""),
        ("百分之十五", "percent", "15", "%", ""),
        ("九折", "discount", "9", "折", ""),
        ("2025年4月1日", "date", "2025-4-1", "", ""),
        ("April 1st, 2025", "date", "2025-4-1", "", ""),
        ("1 April", "date", "?-4-1", "", ""),
        ("4月1日前", "date", "?-4-1", "", "before"),
        ("下午2点半", "time", "14:30", "", ""),
        ("9 a.m.", "time", "9:00", "", ""),
        ("订单313021098954", "id", "313021098954", "", ""),
        ("#W2611340", "id", "w2611340", "", ""),
        ("400-820-1234", "id", "4008201234", "", ""),
        ("service@shop.example", "email", "service@shop.example", "", ""),
        ("https://shop.example/a?b=1", "url", "https://shop.example/a?b=1", "", ""),
        ("3件", "count", "3", "件", ""),
        ("256GB", "count", "256", "gb", ""),
    ],
)
def test_reads(text: str, kind: str, value: str, unit: str, comparator: str) -> None:
    found = only(text)
    assert (found.kind, found.unit, found.comparator) == (kind, unit, comparator)
    assert found.value.replace("#", "") == value or found.text.replace("-", "").strip("#") == value


@pytest.mark.parametrize(
    ("claim", "source", "match"),
    [
        ("7天", "7天", Match.SAME),
        ("七天内", "7 天以内", Match.SAME),
        ("7天", "7小时", Match.CONFLICT),
        ("7天", "7个工作日", Match.CONFLICT),
        ("7天内", "7天后", Match.CONFLICT),
        ("满99元", "99元以上", Match.SAME),
        ("99元以内", "99元以上", Match.CONFLICT),
        ("24小时", "1天", Match.OTHER),
        ("¥1,299", "CNY 1299.00", Match.SAME),
        ("1299元", "1299美元", Match.CONFLICT),
        ("2025-04-01", "4月1日", Match.SAME),
        ("2024-04-01", "2025年4月1日", Match.OTHER),
        ("400 820 1234", "400-820-1234", Match.SAME),
        ("1-3天", "3天", Match.OTHER),
    ],
)
def test_compares(claim: str, source: str, match: Match) -> None:
    assert compare(only(claim), only(source)) is match


@pytest.mark.parametrize(
    ("text", "value"),
    [("十五", 15), ("二十四", 24), ("一百二十", 120), ("两万三千", 23000), ("二零二五", 2025), ("十", 10)],
)
def test_chinese_numerals(text: str, value: int) -> None:
    assert chinese_number(text) == value


@given(st.text(max_size=200))
def test_any_text_can_be_verified(text: str) -> None:
    """No input makes verification fail, whoever wrote it, and nothing without a source is supported."""
    verdict, _ = verify_sentence(text, [])
    assert verdict.value in ("unsupported", "not_a_claim")
    verify_sentence(text, [text, "自签收之日起7天内可以退货。"])


@given(st.integers(1, 400), st.integers(1, 400))
def test_another_number_is_never_supported(said: int, true: int) -> None:
    found, _ = verify_sentence(f"签收后{said}天内可以退货。", [f"签收后{true}天内可以退货。"])
    assert (found.value == "supported") == (said == true)

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import datetime
from difflib import SequenceMatcher
from itertools import pairwise
from typing import Any

import pytest

from demo.generate import ShopRows
from demo.resources import LANGUAGES, SHOP_CODES, load_pools, load_scripts, load_shop
from demo.wording import fill, slots_of
from tests.demo.articles import WITH_UNIT, is_grounded
from tests.demo.test_articles import intent_ids

Demo = dict[str, ShopRows]
FREQUENT = (
    "where_is_my_parcel", "delivery_delay", "refund_status", "return_request", "exchange", "repair_warranty",
    "wrong_or_missing_item", "invoice", "price_protection", "coupon_promotion",
)  # fmt: skip
SHOP_OF = {load_shop(code).language: code for code in SHOP_CODES}


def _tickets(demo: Demo) -> list[dict[str, Any]]:
    return [row for part in demo.values() for row in part.rows["tickets"]]


def _agent_lines(language: str) -> list[str]:
    lines = [line for s in load_scripts(language) for turn in s.talk[1::2] for line in turn]
    pools = load_pools(language)
    return lines + [answer for _, answer in pools["followups"]] + list(pools["pay_times"].values())


def _figures(text: str) -> list[str]:
    """Figures with their units, without the slots and without "step 1"-like single words."""
    return [m[0] for m in WITH_UNIT.finditer(re.sub(r"\{\w+\}", "", text))]


def test_every_intent_has_scripts_and_frequent_ones_many() -> None:
    counts = Counter(s.intent for language in LANGUAGES for s in load_scripts(language))
    assert set(counts) == intent_ids()
    assert all(counts[intent] >= 12 for intent in FREQUENT), counts
    for language in LANGUAGES:
        assert {s.intent for s in load_scripts(language)} == intent_ids()


def test_agents_state_only_figures_that_an_article_of_their_shop_states() -> None:
    wrong = [
        (figure, line)
        for language in LANGUAGES
        for line in _agent_lines(language)
        for figure in _figures(line)
        if not is_grounded(figure, SHOP_OF[language])
    ]
    assert wrong == []


def test_the_figure_check_sees_a_wrong_figure() -> None:
    assert _figures("7天内，3–7个工作日，最高25元") == ["7天", "3–7个工作日", "25元"]
    assert _figures("free from $49, 5–10 business days") == ["$49", "5–10 business days"]
    assert is_grounded("3–7个工作日", "lehuo") and is_grounded("$6.95", "homeco")
    assert not is_grounded("3–8个工作日", "lehuo")
    assert not is_grounded("26元", "lehuo")
    assert not is_grounded("$7.95", "homeco")
    assert not is_grounded("31 days", "homeco")


def test_an_agents_figures_are_checked_at_all() -> None:
    assert sum(len(_figures(line)) for language in LANGUAGES for line in _agent_lines(language)) >= 250


def test_tickets_are_in_two_languages_and_say_so(demo_rows: Demo) -> None:
    tickets = _tickets(demo_rows)
    shares = Counter(t["language"] for t in tickets)
    assert 0.5 <= shares["zh"] / len(tickets) <= 0.7
    for ticket in tickets:
        first = ticket["messages"][0]["text"]
        chinese = len(re.findall(r"[一-鿿]", first)) / len(first)
        assert chinese > 0.2 if ticket["language"] == "zh" else chinese == 0, first


def test_intents_are_known_and_all_occur(demo_rows: Demo) -> None:
    found = Counter(t["intent"] for t in _tickets(demo_rows))
    assert set(found) == intent_ids()
    assert all(found[intent] >= 12 for intent in FREQUENT)


def test_first_messages_differ(demo_rows: Demo) -> None:
    firsts = [t["messages"][0]["text"] for t in _tickets(demo_rows)]
    assert len(set(firsts)) >= 0.95 * len(firsts)
    # and still when what only fills slots or frames the matter (numbers, Latin codes) is taken away
    bare = {re.sub(r"[\d\s]|LH|HC-", "", text) for text in firsts}
    assert len(bare) >= 0.9 * len(firsts)


def test_words_are_many(demo_rows: Demo) -> None:
    """Distinct-2 (Li et al. 2016, arXiv:1510.03055): distinct bigrams over all bigrams of the customers' messages."""
    for code in SHOP_CODES:
        texts = [m["text"] for t in demo_rows[code].rows["tickets"] for m in t["messages"] if m["author"] == "customer"]
        tokens = [re.findall(r"[一-鿿]|[a-z']+", text.lower()) for text in texts]
        bigrams = [pair for words in tokens for pair in pairwise(words)]
        assert len(set(bigrams)) >= 1500
        assert len(set(bigrams)) / len(bigrams) >= 0.2


def test_people_write_differently(demo_rows: Demo) -> None:
    for code in SHOP_CODES:
        firsts = [t["messages"][0]["text"] for t in demo_rows[code].rows["tickets"]]
        share = {
            "paragraphs": sum("\n\n" in text for text in firsts) / len(firsts),
            "emoji": sum(bool(re.search(r"[\U0001F300-\U0001FAFF]", text)) for text in firsts) / len(firsts),
            "short": sum(len(text) < (25 if code == "lehuo" else 70) for text in firsts) / len(firsts),
            "long": sum(len(text) > (45 if code == "lehuo" else 140) for text in firsts) / len(firsts),
        }
        assert all(value >= 0.02 for value in share.values()), (code, share)


def test_the_same_script_is_not_told_the_same_way(demo_rows: Demo) -> None:
    by_intent: dict[tuple[str, str], list[str]] = defaultdict(list)
    for ticket in _tickets(demo_rows):
        by_intent[(ticket["language"], ticket["intent"])].append(ticket["messages"][0]["text"])
    near = pairs = 0
    for texts in by_intent.values():
        for a, b in pairwise(texts):
            pairs += 1
            near += SequenceMatcher(None, a, b).ratio() > 0.9
    assert near / pairs <= 0.03


def test_no_placeholder_is_left(demo_rows: Demo) -> None:
    for ticket in _tickets(demo_rows):
        for message in ticket["messages"]:
            assert not re.search(r"[{}]|None|\bnan\b", message["text"]), message["text"]
            assert message["text"] == message["text"].strip()
            assert message["text"]


def test_an_unknown_slot_is_an_error() -> None:
    assert slots_of("{a}和{b}") == {"a", "b"}
    with pytest.raises(KeyError):
        fill("单号{tracking_no}", {})


def test_replies_state_the_customers_own_facts(demo_rows: Demo) -> None:
    """Order numbers, tracking numbers and case numbers in a ticket are those of its own order, as known at the time."""
    stated = 0
    for part in demo_rows.values():
        tracking = {row["order_no"]: row["tracking_no"] for row in part.rows["shipments"]}
        cases = {row["order_no"]: row for row in part.rows["after-sales"]}
        for ticket in part.rows["tickets"]:
            text = "\n".join(m["text"] for m in ticket["messages"])
            for number in re.findall(r"\b(?:73\d{12}|SF\d{13}|JDX\d{12}|1Z\w{16}|9400\d{18}|7900\d{8})\b", text, re.A):
                assert number == tracking[ticket["order_no"]].upper() or number == tracking[ticket["order_no"]]
                stated += 1
            for number in re.findall(r"LH\d{14}|HC-\d{6}", text, re.IGNORECASE):
                assert number.upper() == ticket["order_no"]
            for number in re.findall(r"(?:TH|HH|WX|RMA-)\d{9}", text):
                case = cases[ticket["order_no"]]
                assert number == case["external_id"]
                assert datetime.fromisoformat(ticket["created_at"]) >= datetime.fromisoformat(case["opened_at"])
    assert stated >= 20


def test_scripts_alternate_and_name_known_things() -> None:
    for code in SHOP_CODES:
        shop = load_shop(code)
        products = {p.short for p in shop.products}
        categories = {p.category for p in shop.products}
        assert set(shop.payments) == set(load_pools(shop.language)["pay_times"]) - {"Homeco gift card"}
        for script in load_scripts(shop.language):
            assert len(script.talk) >= 3, script.id
            assert set(script.items) <= products, script.id
            assert set(script.categories) <= categories, script.id
            assert script.payment is None or script.payment in shop.payments, script.id

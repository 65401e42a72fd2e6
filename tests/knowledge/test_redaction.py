"""No personal data survives, and what is worth learning does."""

from __future__ import annotations

import csv
import os
import random
import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from knowledge.cases.redaction import PLACEHOLDERS, Personal, redact

PERSON = Personal(
    names=frozenset({"陈晓雯", "Johanna Willis"}),
    agents=frozenset({"林客服"}),
    phones=frozenset({"13812345678"}),
    emails=frozenset({"xiaowen.chen@example.cn"}),
    addresses=frozenset({"江苏省南京市鼓楼区中山路18号3栋502室"}),
    order_nos=frozenset({"313000001234", "W7654321"}),
    tracking_nos=frozenset({"JD0012345678"}),
    amounts=frozenset({Decimal("1299.00"), Decimal("99")}),
    dates=frozenset({date(2026, 11, 3)}),
    ids=frozenset({"johanna_willis_4412"}),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("我是陈晓雯，订单313000001234的热水器", "我是{name}，订单{order_no}的热水器"),
        ("手机 138 1234 5678 或 138****5678", "手机 {phone} 或 {phone}"),
        ("寄到江苏省南京市鼓楼区中山路18号3栋502室", "寄到{address}"),
        ("放在中山路18号3栋502室门口", "放在{address}门口"),
        ("运单JD0012345678预计11月3日送达", "运单{tracking_no}预计{date}送达"),
        ("Delivered on Nov 3, 2026 to Johanna.", "Delivered on {date} to {name}."),
        ("一共付了1,299.00元", "一共付了{amount}"),
        ("You paid $1299 in total.", "You paid {amount} in total."),
        ("customer id johanna_willis_4412", "customer id {number}"),
        ("尾号1234的订单", "尾号{order_no}的订单"),
        ("邮箱 XiaoWen.Chen@example.cn", "邮箱 {email}"),
        # what nobody told the records
        ("我叫王小明，电话13987654321", "我叫{name}，电话{phone}"),
        ("王女士您好", "{name}女士您好"),
        ("我的身份证110105199003071234", "我的身份证{id_card}"),
        ("卡号6222 0202 0001 2345 678", "卡号{card_no}"),
        ("顺丰SF1234567890123", "顺丰{tracking_no}"),
        ("订单号：E20261103001什么时候发", "订单号：{order_no}什么时候发"),
        ("Order #88123 has not arrived", "Order #{order_no} has not arrived"),
        ("Mail me at joe@shop.example or call (212) 555-0187.", "Mail me at {email} or call {phone}."),
        ("I live at 42 Old Mill Road, Springfield, IL 62704.", "I live at {address}."),
        ("Hi Rebecca, thanks for waiting", "Hi {name}, thanks for waiting"),
        ("已为您退款358.5元", "已为您退款{amount}"),
        ("编号 9988776655443", "编号 {number}"),
    ],
)
def test_personal_data_goes(text: str, expected: str) -> None:
    assert redact(text, PERSON).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "满99元包邮，不足99元收8元运费",
        "Free shipping on orders over $99.",
        "7天无理由退货，30天价保，保修2年。",
        "客服热线400-800-1234，周一至周日9:00-21:00",
        "客服马上为您处理，48小时内发货。",
        "退款1-3个工作日到账，最高赔付200元。",
        "活动时间2026-11-01至2026-11-11",
        "这款热水器支持60升和80升两种容量，功率3000W。",
        "Will it ship in May? The model is AB-1200.",
        "Hi there, how can I help you today?",
        "请在“我的订单”里点击申请售后。",
    ],
)
def test_what_is_worth_learning_stays(text: str) -> None:
    assert redact(text, PERSON).text == text


def test_redacting_twice_changes_nothing() -> None:
    text = "陈晓雯女士，订单313000001234（W7654321）已退1299元，电话13812345678，Best, Anna"
    once = redact(text, PERSON)
    assert redact(once.text, PERSON).text == once.text
    assert sum(once.counts.values()) == len(re.findall(r"\{(?:" + "|".join(PLACEHOLDERS) + r")\}", once.text))


def _identities(folder: Path) -> list[dict[str, str]]:
    with next(folder.glob("FakeNameGenerator*.csv")).open(encoding="utf-8-sig") as file:
        return list(csv.DictReader(file))


# Only where the templates are at hand (`DATA=… make test`): nobody may copy them into this repository.
if "DATA" in os.environ:

    def test_made_up_identities_do_not_survive() -> None:
        """English templates with identities that the records know: names, phones, e-mails, streets are gone."""
        folder = Path(os.environ["DATA"]) / "security" / "pii"
        people, chooser = _identities(folder), random.Random(7)
        slots = {"person": "GivenName", "name": "GivenName", "first_name": "GivenName", "last_name": "Surname"}
        slots |= {"phone_number": "TelephoneNumber", "email": "EmailAddress", "street_address": "StreetAddress"}
        slots |= {"address": "StreetAddress", "email_address": "EmailAddress"}
        lines = (folder / "templates.txt").read_text(encoding="utf-8").replace("\\n", " \n").splitlines()
        filled, leaked = 0, []
        for template in [line for line in lines if set(re.findall(r"\{\{(\w+)\}\}", line)) & set(slots)]:
            person = chooser.choice(people)
            known = Personal(
                names=frozenset({f"{person['GivenName']} {person['Surname']}"}),
                phones=frozenset({person["TelephoneNumber"]}),
                emails=frozenset({person["EmailAddress"]}),
                addresses=frozenset({person["StreetAddress"]}),
            )
            used = [person[slots[s]] for s in re.findall(r"\{\{(\w+)\}\}", template) if s in slots]
            text = re.sub(r"\{\{(\w+)\}\}", lambda m, p=person: p[slots[m[1]]] if m[1] in slots else "x", template)
            filled += len(used)
            result = redact(text, known).text
            leaked += [(value, result) for value in used if value in result]
        assert filled >= 60
        assert len(leaked) <= filled * 0.02, leaked

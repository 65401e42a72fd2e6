import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.db import Database
from records.commerce.cards import OrderCard, record_cards
from records.commerce.models import AfterSale, OrderItem, ShipmentEvent
from records.commerce.wording import MAX_NAME, description, moment, money, short_name
from tests.factories import make_customer, make_order, make_shipment, make_shop

SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def only(session: Session, customer_id: int, **options: object) -> OrderCard:
    session.expire_all()
    (card,) = record_cards(session, customer_id, **options)
    return card


def assert_every_value_is_a_fact(card: OrderCard) -> None:
    """What is left of a sentence without its facts has no digit: each number came from a fact."""
    values = sorted({fact.value for fact in card.facts}, key=len, reverse=True)
    for key, sentences in card.sentences.items():
        for sentence in sentences:
            rest = sentence
            for value in values:
                rest = rest.replace(value, "")
            assert not re.search(r"\d", rest), (key, sentence, rest)


def test_a_parcel_under_way(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        order = make_order(session, make_shop(session), customer, order_no="313021098954")
        make_shipment(session, order, tracking_no="JD1234567890", estimated_at=at("2026-11-05 00:00"))
        card = only(session, customer.id)
        assert card.record == f"order:{order.id}" and card.title == "订单 313021098954"
        assert card.sentences["zh:logistics"] == (
            "您的订单313021098954（电热水器，1件）由京东快递承运，运单号 JD1234567890，当前状态：运输中；最近一次"
            "更新是 2026年11月3日 10:30，南京市鼓楼区：快件已到达南京转运中心；预计送达时间 2026年11月5日。",
        )
        assert card.sentences["en:logistics"] == (
            "Your order 313021098954 (电热水器, 1 item) has the tracking number JD1234567890 of 京东快递; its current "
            "status is: in transit; the last update was on November 3, 2026 10:30, 南京市鼓楼区: 快件已到达南京转运中"
            "心; estimated delivery: November 5, 2026.",
        )
        assert card.sentences["zh:order"] == (
            "您的订单313021098954（电热水器，1件）金额 ¥1,299.00，下单时间 2026年11月1日 16:00，当前状态：已发货。",
        )
        assert "zh:refund" not in card.sentences
        assert card.sentences["zh:refund_none"] == (
            "您的订单313021098954（电热水器，1件）没有退款或售后的登记，当前状态：已发货。",
        )
        assert card.sentences["en:refund_none"] == (
            "Your order 313021098954 (电热水器, 1 item) has no refund or return on record; its current status is: "
            "shipped.",
        )
        assert_every_value_is_a_fact(card)
        kinds = {fact.kind for fact in card.facts}
        assert kinds == {
            "order_no", "tracking_no", "amount", "date", "status", "carrier", "location", "quantity", "product", "text",
        }  # fmt: skip


def test_times_and_currency_are_the_shops(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        shop = make_shop(session, timezone="America/New_York", language="en", currency="USD")
        make_order(session, shop, customer, order_no="#W1", currency="USD", total=Decimal("47.84"), status="paid")
        card = only(session, customer.id)
        assert card.title == "Order #W1"
        assert card.sentences["en:order"] == (
            "Your order #W1 (电热水器, 1 item) has a total of $47.84 and was placed on November 1, 2026 03:00; its "
            "current status is: paid.",
        )
        assert card.sentences["en:logistics"] == (
            "Your order #W1 (电热水器, 1 item) has not been shipped yet; its current status is: paid.",
        )
        assert card.sentences["zh:logistics"] == ("您的订单#W1（电热水器，1件）尚未发货，当前订单状态：已付款。",)


def test_the_trace_is_believed_when_it_has_come_further(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        order = make_order(session, make_shop(session), customer)
        shipment = make_shipment(session, order, status="created", estimated_at=at("2026-11-06 12:00"))
        session.add(
            ShipmentEvent(shipment_id=shipment.id, digest="d2", at=at("2026-11-04 18:05"), status="delivered",
                          location="", description="已签收。签收人：本人")
        )  # fmt: skip
        session.flush()
        (sentence,) = only(session, customer.id).sentences["zh:logistics"]
        assert sentence.endswith("，已签收，签收时间 2026年11月4日 18:05；已签收；签收人：本人。")
        assert "预计" not in sentence and "已创建" not in sentence


def test_an_older_line_never_hides_an_exception_or_a_delivery(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        order = make_order(session, make_shop(session), customer)
        shipment = make_shipment(session, order, status="exception")
        assert "当前状态：配送异常" in only(session, customer.id).sentences["zh:logistics"][0]
        shipment.status, shipment.delivered_at = "delivered", at("2026-11-09 09:00")
        session.flush()
        (sentence,) = only(session, customer.id).sentences["zh:logistics"]
        assert "已签收，签收时间 2026年11月9日 09:00；最近一次更新是 2026年11月3日 10:30" in sentence


def test_an_unknown_status_is_the_shops_own_word_or_nothing(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        order = make_order(session, make_shop(session), customer, status="unknown", source_status="预售锁单")
        card = only(session, customer.id)
        assert card.sentences["zh:logistics"] == (
            f"您的订单{order.order_no}（电热水器，1件）目前没有物流信息，当前订单状态：预售锁单。",
        )
        order.source_status = ""
        session.flush()
        assert only(session, customer.id).sentences["en:logistics"] == (
            f"Your order {order.order_no} (电热水器, 1 item) has no tracking information at the moment.",
        )


def test_several_parcels_are_counted_and_the_open_ones_come_first(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        order = make_order(session, make_shop(session), customer, order_no="A-778899")
        session.add(OrderItem(order_id=order.id, sku="B", line=0, name="水管", quantity=2, unit_price=Decimal("9")))
        make_shipment(session, order, tracking_no="SF0001", status="delivered", delivered_at=at("2026-11-04 08:00"))
        make_shipment(session, order, tracking_no="SF0002")
        make_shipment(session, order, tracking_no="SF0003", carrier=None)
        card = only(session, customer.id)
        first, *parcels = card.sentences["zh:logistics"]
        assert first == "您的订单A-778899（电热水器 等3件）分为3个包裹：运输中2个，已签收1个。"
        assert [re.search(r"SF\d+", p).group() for p in parcels] == ["SF0003", "SF0002", "SF0001"]  # type: ignore[union-attr]
        assert parcels[0].startswith("订单A-778899的一个包裹，运单号 SF0003，当前状态：运输中")
        assert card.sentences["en:logistics"][0] == (
            "Your order A-778899 (电热水器 and others, 3 items) was sent in 3 parcels: 2 in transit, 1 delivered."
        )
        assert_every_value_is_a_fact(card)


def test_refunds_come_from_after_sales(db: Database) -> None:
    with db.unit_of_work() as session:
        customer = make_customer(session)
        order = make_order(session, make_shop(session), customer, order_no="313021098954", status="delivered")
        session.add(
            AfterSale(shop_id=order.shop_id, external_id="R77", order_id=order.id, kind="return", status="refunded",
                      amount=Decimal("1299"), currency="CNY", opened_at=at("2026-11-05 09:00"),
                      updated_at=at("2026-11-08 00:00"))
        )  # fmt: skip
        session.add(
            AfterSale(shop_id=order.shop_id, external_id="R78", order_id=order.id, kind="repair", status="requested")
        )
        session.flush()
        card = only(session, customer.id)
        newest, older = card.sentences["zh:refund"]
        assert newest == "您的订单313021098954（电热水器，1件）的维修申请（售后单号 R78）当前状态：待审核。"
        assert older == (
            "您的订单313021098954（电热水器，1件）的退货申请（售后单号 R77）当前状态：已退款，退款金额 ¥1,299.00，"
            "申请时间 2026年11月5日 09:00，最近更新 2026年11月8日。"
        )
        assert card.sentences["en:refund"][1].startswith(
            "Your order 313021098954 (电热水器, 1 item): the return request"
        )
        assert_every_value_is_a_fact(card)


def test_cards_are_of_this_customer_only_and_a_named_order_is_found(db: Database) -> None:
    with db.unit_of_work() as session:
        shop, other_shop = make_shop(session), make_shop(session)
        customer, stranger = make_customer(session), make_customer(session)
        start = datetime(2026, 1, 1, tzinfo=UTC)
        orders = [make_order(session, shop, customer, placed_at=start + timedelta(days=n)) for n in range(4)]
        foreign = make_order(session, shop, stranger)
        elsewhere = make_order(session, other_shop, customer, placed_at=start)
        parcel = make_shipment(session, orders[1])

        def found(text: str, **options: object) -> list[str]:
            return [c.record for c in record_cards(session, customer.id, limit=1, text=text, **options)]

        newest = f"order:{orders[3].id}"
        assert found("你好") == [newest]
        assert found(f"订单{orders[0].order_no}到哪了") == [newest, f"order:{orders[0].id}"]
        assert found(f"tracking {parcel.tracking_no}?") == [newest, f"order:{orders[1].id}"]
        assert found(f"订单{foreign.order_no}") == [newest]
        assert found(elsewhere.order_no, shop_ids=[shop.id]) == [newest]


@pytest.mark.parametrize(
    ("amount", "currency", "written"),
    [("1299", "CNY", "¥1,299.00"), ("47.84", "USD", "$47.84"), ("0.0051", "EUR", "€0.0051"),
     ("1500", "JPY", "JP¥1,500"), ("12.5", "AUD", "AUD 12.50"),
     ("-3", "USD", "-$3.00"), ("1234567.8", "CNY", "¥1,234,567.80")],
)  # fmt: skip
def test_money_is_exact(amount: str, currency: str, written: str) -> None:
    assert money(Decimal(amount), currency) == written


@given(st.decimals(min_value=-(10**9), max_value=10**9, places=4, allow_nan=False))
def test_money_is_never_rounded(amount: Decimal) -> None:
    assert Decimal(money(amount, "CNY").replace("¥", "").replace(",", "")) == amount


def test_midnight_is_a_date() -> None:
    assert moment(at("2026-11-05 00:00"), SHANGHAI, "zh") == "2026年11月5日"
    assert moment(at("2026-11-05 00:01"), SHANGHAI, "en") == "November 5, 2026 00:01"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("电热水器", "电热水器"),
        ("T-Shirt", "T-Shirt"),
        ("【8年质保】电热水器小厨宝", "电热水器小厨宝"),
        ("（限时）", "（限时）"),
        ("Indoor Security Camera", "Indoor Security Camera"),
        ("美的（Midea）60升电热水器", "美的60升电热水器"),
        ("Hearth Flannel Lounge Pants color:charcoal size:XL", "Hearth Flannel Lounge Pants color:charcoal"),
        ("A very long product name of theirs color:dark blue", "A very long product name of theirs"),
        ("禾木 18cm不粘奶锅 颜色:黑色 尺码:XL", "禾木18cm不粘奶锅颜色:黑色尺码:XL"),
        ("木里 白橡木实木床头柜带灯带抽屉可充电静音款 颜色:胡桃色", "木里白橡木实木床头柜带灯带抽屉可充电静音款"),
        ("size:", "size:"),
    ],
)
def test_names_are_shortened(name: str, short: str) -> None:
    assert short_name(name) == short


def test_a_long_name_is_cut_between_words_without_an_ellipsis() -> None:
    long = "美的国家补贴电热水器变频省电一级能效节能安全水电分离F6033-JE6(HE)"
    short = short_name(long)
    assert long.startswith(short) and 10 < len(short) <= MAX_NAME
    assert "…" not in short
    assert short_name("A" * 200)


def test_a_carriers_line_is_one_sentence_without_links() -> None:
    assert description("已签收。感谢您！ 欢迎再来") == "已签收；感谢您；欢迎再来"
    assert description("已装车【车牌：湘A】") == "已装车（车牌：湘A）"
    assert description("点击 https://evil.example/领取") == ""
    assert len(description("很长，" * 200)) <= 120

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import func, select

from core.db import Database
from core.errors import Forbidden, InvalidInput, NotFound
from core.events import Event
from records.commerce.models import AfterSale, Order, OrderItem, Product, Shipment, ShipmentEvent
from records.imports.mapping import load_mapping
from records.imports.models import ImportRun
from records.imports.queries import list_row_errors, list_runs
from records.imports.rows import fields_of
from records.imports.run import import_file
from records.people.models import Customer, CustomerTag
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from tests.factories import make_shop
from tests.records.imports.steps import CUSTOMERS, ORDERS, Import, counts, rows


def test_a_shops_files_and_again(db: Database, load: Import) -> None:
    files = {
        "customers": CUSTOMERS,
        "products": 'sku,name,price,options\nA1,电热水器,1299,"{""升"": 60}"\n',
        "orders": ORDERS,
        "order-items": "order_no,sku,name,quantity,unit_price\n"
        "313021098954,A1,电热水器,1,1299\n313021098954,A1,电热水器,2.0,99\n",
        "shipments": "order_no,tracking_no,carrier,status,shipped_at\n"
        "313021098954,JD1,京东快递,已出库,2025-04-01 12:00\n",
        "shipment-events": "tracking_no,at,status,location,description\nJD1,2025-04-02 08:00:00,已到达,南京,到达\n",
        "after-sales": "external_id,order_no,kind,status,amount,opened_at\n"
        "R1,313021098955,退货退款,审核通过,99.5,2025-04-09\n",
    }
    for kind, text in files.items():
        created = len(text.strip().splitlines()) - 1
        assert counts(load(kind, text)) == (created, 0, 0, 0), kind
    for kind, text in files.items():
        report = load(kind, text)
        assert counts(report) == (0, 0, len(text.strip().splitlines()) - 1, 0), kind
        assert not report.hints() and report.error_file is None
    first, second = rows(db, Order)
    assert (first.status, first.source_status, first.total) == ("paid", "已付款", Decimal(1299))
    assert first.placed_at == datetime(2025, 4, 1, 0, 30, tzinfo=UTC)  # the shop's clock is Shanghai's
    assert (second.status, second.currency, second.total) == ("delivered", "CNY", Decimal("1304.8"))
    assert [(i.line, i.quantity) for i in rows(db, OrderItem)] == [(0, 1), (1, 2)]
    assert [(s.status, s.source_status) for s in rows(db, Shipment)] == [("picked_up", "已出库")]
    assert [(e.status, e.location) for e in rows(db, ShipmentEvent)] == [("in_transit", "南京")]
    assert [(a.kind, a.status, a.amount) for a in rows(db, AfterSale)] == [("return", "approved", Decimal("99.5"))]
    assert rows(db, Product)[0].options == {"升": 60}
    with db.reading() as session:
        assert set(session.scalars(select(CustomerTag.tag))) == {"vip", "老客户"}
        finished = session.scalars(select(Event).where(Event.name == "ImportFinished")).all()
        assert len(finished) == 14 and finished[0].shop_id == first.shop_id


def test_a_changed_row_updates_the_mirror_and_an_empty_cell_nothing(db: Database, load: Import) -> None:
    load("customers", CUSTOMERS)
    load("orders", ORDERS)
    changed = ORDERS.replace("已付款", "已发货").replace("2025/4/2", "")
    assert counts(load("orders", changed)) == (0, 1, 1, 0)
    first, second = rows(db, Order)
    assert first.status == "shipped" and second.placed_at is not None
    fewer = "external_id,name,phone,tags\nu1,王芳芳,,新客\n"
    assert counts(load("customers", fewer)) == (0, 1, 0, 0)
    customer = rows(db, Customer)[0]
    assert (customer.name, customer.phone, customer.version) == ("王芳芳", "13800000001", 2)
    with db.reading() as session:
        assert session.scalar(select(func.count()).select_from(CustomerTag)) == 3


def test_a_wrong_row_names_row_field_value_and_fix_and_stops_nothing(
    db: Database, load: Import, tmp_path: Path
) -> None:
    load("customers", CUSTOMERS)
    broken = (
        "order_no,customer_external_id,status,total,placed_at\n"
        ",u1,已付款,12,\n"
        "1001,u1,已付款,12 or 13,04/05/2025\n"
        "1002,nobody,已付款,12,\n"
        "3.13021E+11,u1,已付款,12,\n"
        "1003,u1,已付款,-5,\n"
        "1004,u1,已付款,12,,surplus\n"
        "1005,u1,已付款,12,\n"
        "1005,u1,已付款,13,\n"
        "1005,u1,已付款,12,\n"
    )
    report = load("orders", broken)
    assert counts(report) == (1, 0, 1, 7)
    told = {(e.row, e.field): e.message for e in report.errors}
    assert told[2, "order_no"] == "order_no is empty: give the shop's order number"
    assert told[3, "total"] == "total '12 or 13' is not an amount: write it as 1299.00"
    assert told[3, "placed_at"] == "placed_at '04/05/2025' is not a time: write it as 2025-04-05 10:24:00"
    assert "import customers first" in told[4, "customer_external_id"]
    assert "lost its digits" in told[5, "order_no"]
    assert told[6, "total"] == "total '-5' is negative: check the sign"
    assert "6 cells, the header 5" in told[7, "row"]
    assert told[9, "order_no"] == "order_no '1005' is in row 8 already with other values: keep one of the two"
    assert report.error_file == tmp_path / "orders.errors.csv"
    with report.error_file.open(encoding="utf-8-sig") as file:
        written = list(csv.DictReader(file))
    assert [w["error_row"] for w in written] == ["2", "3", "4", "5", "6", "7", "9"]
    assert written[1]["total"] == "12 or 13" and written[1]["error_field"] == "total; placed_at"
    with db.reading() as session:
        assert report.run_id is not None
        stored = list_row_errors(session, report.run_id)
        assert [(e.row, e.field, e.value) for e in stored[:2]] == [(2, "order_no", ""), (3, "total", "12 or 13")]
        assert [(r.state, r.failed) for r in list_runs(session, SYSTEM_PRINCIPAL, kinds=["orders"])] == [("done", 7)]


def test_an_address_that_is_none_is_a_wrong_cell(db: Database, load: Import) -> None:
    report = load("customers", "external_id,name,email\nu1,王芳,not-an-email\nu2,李娜,li.na@example.com\nu3,陈静,\n")
    assert counts(report) == (2, 0, 0, 1)
    (wrong,) = report.errors
    assert (wrong.row, wrong.field, wrong.value, wrong.code) == (2, "email", "not-an-email", "not_email")
    assert "write it as name@example.com, or leave the cell empty" in wrong.message
    assert [one.email for one in rows(db, Customer)] == ["li.na@example.com", None]
    assert report.error_file is not None
    mended = report.error_file.read_text(encoding="utf-8-sig").replace("not-an-email", "wang.fang@example.com", 1)
    assert counts(load("customers", mended, name="mended.csv")) == (1, 0, 0, 0)


def test_the_file_of_errors_can_be_mended_and_imported(load: Import) -> None:
    load("customers", CUSTOMERS)
    report = load("orders", ORDERS.replace("¥1299", "many"))
    assert report.error_file is not None
    mended = report.error_file.read_text(encoding="utf-8-sig").replace("many", "1299", 1)
    again = load("orders", mended, name="mended.csv")
    assert counts(again) == (1, 0, 0, 0) and again.ignored_columns == []
    assert counts(load("orders", ORDERS)) == (0, 0, 2, 0)
    assert not report.error_file.exists()  # the last import of this file had no errors


def test_unknown_status_words_are_kept_counted_and_mapped(db: Database, load: Import, tmp_path: Path) -> None:
    load("customers", CUSTOMERS)
    odd = ORDERS.replace("已付款", "预售锁单")
    report = load("orders", odd)
    assert counts(report) == (2, 0, 0, 0)
    assert report.unmapped == {("status", "预售锁单"): 1}
    assert "values: {status: {预售锁单: …}}" in report.hints()[0]
    assert next((o.status, o.source_status) for o in rows(db, Order)) == ("unknown", "预售锁单")
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text("values:\n  status: {预售锁单: paid}\n", encoding="utf-8")
    mapped = load("orders", odd, mapping=mapping)
    assert counts(mapped) == (0, 1, 1, 0) and not mapped.unmapped
    assert rows(db, Order)[0].status == "paid"


def test_a_mapping_names_columns_values_and_defaults(db: Database, load: Import, tmp_path: Path) -> None:
    load("customers", CUSTOMERS)
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(
        "columns: {Bestellnummer: order_no, Kunde: customer_external_id, Summe: total}\n"
        "values: {status: {bezahlt: paid}}\ndefaults: {status: bezahlt, currency: EUR}\n",
        encoding="utf-8",
    )
    text = "Bestellnummer;Kunde;Summe;status;Notiz\n42;u1;9.99;;x\n"
    with pytest.raises(InvalidInput, match="no column order_no, customer_external_id, total"):
        load("orders", text)
    assert rows(db, ImportRun)[-1].kind == "customers"
    report = load("orders", text, mapping=mapping)
    assert counts(report) == (1, 0, 0, 0) and report.ignored_columns == ["Notiz"]
    (order,) = rows(db, Order)
    assert (order.order_no, order.currency, order.source_status) == ("42", "EUR", "bezahlt")


@pytest.mark.parametrize("text", ["columns: [a]", "colums: {a: order_no}", "columns: {a: ordernumber}", "a: {b", "- x"])
def test_a_wrong_mapping_is_refused(tmp_path: Path, text: str) -> None:
    mapping = tmp_path / "mapping.yaml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"mapping\.yaml"):
        load_mapping(mapping, fields_of("orders"))
    with pytest.raises(InvalidInput, match="no mapping file"):
        load_mapping(tmp_path / "none.yaml", fields_of("orders"))


def test_chinese_columns_gb18030_xlsx_and_jsonl(db: Database, load: Import, tmp_path: Path) -> None:
    path = tmp_path / "客户.csv"
    path.write_text("客户编号,姓名,手机号\nu1,王芳,13800000001\n", encoding="gb18030")
    assert counts(load("customers", path)) == (1, 0, 0, 0)
    path.write_text("客户编号,姓名,手机号\nu1,王芳,13800000001\n", encoding="utf-8-sig")
    assert counts(load("customers", path)) == (0, 0, 1, 0)
    book = openpyxl.Workbook()
    book.active.append(["订单编号", "客户编号", "订单状态", "实付金额", "下单时间", "运单号"])
    book.active.append([313021098954, "u1", "已付款", 1299.5, datetime(2025, 4, 1, 8, 30), None])
    book.active.append([12345678901234567, "u1", "已付款", 1, None, None])
    book.save(tmp_path / "orders.xlsx")
    report = load("orders", tmp_path / "orders.xlsx")
    assert counts(report) == (1, 0, 0, 1) and "lost its digits" in report.errors[0].message
    lines = [
        {"order_no": 313021098954, "customer_external_id": "u1", "status": "已付款", "total": 1299.50},
        {"order_no": "7", "customer_external_id": "u1", "status": "已付款"},
    ]
    text = "\n".join(json.dumps(line) for line in lines) + "\nnot json\n"
    report = load("orders", text, name="orders.jsonl")
    assert counts(report) == (0, 0, 1, 2)
    assert {(e.row, e.field) for e in report.errors} == {(2, "total"), (3, "row")}
    assert report.error_file is not None and report.error_file.suffix == ".jsonl"
    assert rows(db, Order)[0].placed_at == datetime(2025, 4, 1, 0, 30, tzinfo=UTC)


def test_a_trace_never_reaches_another_customer(db: Database, load: Import) -> None:
    load("customers", CUSTOMERS)
    load("orders", ORDERS + "3,u2,已发货,1,,\n")
    load(
        "shipments",
        "order_no,tracking_no,status,shipped_at\n"
        "313021098954,JD1,已签收,2024-01-10 08:00\n"
        "313021098955,JD1,运输中,2025-06-01 08:00\n"
        "313021098954,SF1,运输中,\n3,SF1,运输中,\n"
        "313021098955,SF2,运输中,2025-06-01 08:00\n3,SF2,运输中,2025-06-01 08:00\n"
        "313021098954,SF3,运输中,2025-06-01 08:00\n3,SF3,运输中,2025-06-01 08:00\n",
    )
    report = load(
        "shipment-events",
        "tracking_no,order_no,at,description\n"
        "JD1,,2024-01-11 08:00,给第一位\n"
        "JD1,,2025-06-02 08:00,给第二位\n"
        "JD1,,2023-06-02 08:00,更早的包裹\n"
        "SF1,,2025-06-02 08:00,不知道是谁\n"
        "SF1,3,2025-06-02 08:00,给订单3\n"
        "SF2,,2025-06-02 08:00,同一人两单\n"
        "SF2,,2024-06-02 08:00,很久以前\n"
        "SF3,,2025-06-02 08:00,同时发出\n",
    )
    assert counts(report) == (4, 0, 0, 4) and len(report.warnings) == 3
    assert {e.row for e in report.errors} == {4, 5, 8, 9}
    with db.reading() as session:
        query = (
            select(Order.order_no, ShipmentEvent.description)
            .join(Shipment, Shipment.order_id == Order.id)
            .join(ShipmentEvent, ShipmentEvent.shipment_id == Shipment.id)
        )
        assert set(session.execute(query).tuples()) == {
            ("313021098954", "给第一位"),
            ("313021098955", "给第二位"),
            ("3", "给订单3"),
            ("313021098955", "同一人两单"),
            ("3", "同一人两单"),
        }


def test_shops_and_kinds_are_checked(load: Import, db: Database, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="customers, products"):
        load("invoices", CUSTOMERS)
    path = tmp_path / "c.csv"
    path.write_text(CUSTOMERS, encoding="utf-8")
    with pytest.raises(NotFound, match="Shops: jd"):
        import_file(db, "customers", path, shop="taobao")
    with pytest.raises(Forbidden):
        import_file(
            db, "customers", path, shop="jd", principal=Principal("staff", 1, role=Role.AGENT, shops=frozenset())
        )
    assert rows(db, Customer) == []


def test_a_thousand_orders_take_seconds(sqlite_db: Database, tmp_path: Path) -> None:
    with sqlite_db.unit_of_work() as session:
        make_shop(session, code="jd", platform="jd")
    customers, orders = tmp_path / "customers.csv", tmp_path / "orders.csv"
    customers.write_text("external_id,name\n" + "".join(f"u{n},n{n}\n" for n in range(200)), encoding="utf-8")
    lines = "".join(f"{n},u{n % 200},已付款,{n}.5,2025-04-01 08:30\n" for n in range(1000))
    orders.write_text("order_no,customer_external_id,status,total,placed_at\n" + lines, encoding="utf-8")
    import_file(sqlite_db, "customers", customers, shop="jd")
    report = import_file(sqlite_db, "orders", orders, shop="jd")
    assert report.created == 1000 and report.seconds < 10  # 0.3 to 0.7 s alone; the bound allows for a busy machine

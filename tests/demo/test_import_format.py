"""The demo goes through the product's own importers: each row and each front matter must be taken as it is."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from demo.generate import KINDS, ShopRows
from demo.resources import load_shop
from knowledge.imports.metadata import Names, read_metadata
from records.imports import mapping
from records.imports.fields import Reading
from records.imports.rows import ROWS, ImportRow, check_row, fields_of
from tests.demo.articles import all_articles
from tests.demo.test_articles import staff

EXTRAS = {
    "tickets": {"assignee", "order_no"}
}  # for the seeding; the importer leaves columns alone that it does not know


@pytest.mark.parametrize("kind", KINDS)
def test_the_importer_takes_every_row(kind: str, demo_rows: dict[str, ShopRows]) -> None:
    for code, part in demo_rows.items():
        shop = load_shop(code)
        reading = Reading(zone=ZoneInfo(shop.timezone), currency=shop.currency)
        for row in part.rows[kind]:
            assert isinstance(checked := check_row(ROWS[kind], row, reading), ImportRow), checked
            assert set(row) - fields_of(kind) == EXTRAS.get(kind, set())


def test_every_status_word_is_known(demo_rows: dict[str, ShopRows]) -> None:
    tables = {
        "orders": mapping.ORDER_STATUS,
        "shipments": mapping.SHIPMENT_STATUS,
        "after-sales": mapping.AFTER_SALE_STATUS,
        "tickets": mapping.TICKET_STATUS,
    }
    for part in demo_rows.values():
        for kind, table in tables.items():
            assert {row["status"] for row in part.rows[kind]} <= set(table)


def test_the_importer_understands_the_front_matter() -> None:
    names = Names(
        shops={"lehuo": (1, "Asia/Shanghai"), "homeco": (2, "America/New_York")},
        staff={str(row["username"]): number for number, row in enumerate(staff(), start=1)},
    )
    for article in all_articles():
        read = read_metadata(article.meta, names, shop=None, audience=None)
        assert read.language == article.language
        assert read.scope["audience"] == article.meta["audience"]
        assert len(read.scope["shop_ids"]) == len(article.meta["shops"])
        assert read.scope["owner_id"]

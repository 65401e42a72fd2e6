"""Autonomy: the terms of a shop, an intent that is proven and put into force, forbidden, and its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from copilot.autonomy.models import AutonomySettings, EarnedIntent, EarningState
from copilot.grants import revoke_auto_send
from copilot.models import AutoSendGrant
from records.people.models import Staff
from records.shops.models import Shop
from tests.browser.conftest import Guard, Open, axe, sign_in
from tests.factories import staff_principal
from tests.stack import Stack

INTENT = "invoice"
EVIDENCE = {"cases": 120, "right_cases": 119, "n": 96, "right": 96, "lower": 0.9623, "delta": 0.025, "target": 0.95}


@dataclass
class Proven:
    shop: int
    name: str


@pytest.fixture
def proven(demo: Stack) -> Iterator[Proven]:
    """A shop of the demo in which an intent has been proven and waits; all of it is taken away again."""
    database = demo.database()
    try:
        with database.unit_of_work() as session:
            shop = session.scalars(select(Shop).order_by(Shop.id.desc()).limit(1)).one()
            session.add(EarnedIntent(
                shop_id=shop.id, intent=INTENT, state=EarningState.PROPOSED, evidence=EVIDENCE, looks=1, looked_at=120,
                threshold=0.8, score_version="draft-confidence",
            ))  # fmt: skip
            found = Proven(shop.id, shop.name)
        yield found
        with database.unit_of_work() as session:
            admin = staff_principal(session.scalars(select(Staff).where(Staff.username == "admin")).one())
            made = AutoSendGrant.shop_id == found.shop, AutoSendGrant.origin == "earned"
            for grant in session.scalars(select(AutoSendGrant.id).where(*made).order_by(AutoSendGrant.id)).all():
                revoke_auto_send(session, admin, grant)
            session.execute(delete(EarnedIntent).where(EarnedIntent.shop_id == found.shop))
            session.execute(delete(AutonomySettings).where(AutonomySettings.shop_id == found.shop))
    finally:
        database.close()


def test_a_supervisor_puts_into_force_what_is_proven_and_takes_it_back(
    new_page: Open, guard: Guard, proven: Proven
) -> None:
    page = sign_in(new_page(lang="en"), "supervisor", f"/console/quality/autonomy?shop={proven.shop}")
    table = page.get_by_role("region", name="Intents").get_by_role("table")
    expect(table).to_contain_text("Proven, waits")
    expect(table).to_contain_text("96 of 96 right: at least 96.2% (look 1)")
    page.get_by_role("button", name="put into force").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("by itself?")
    dialog.get_by_role("button", name="Put into force").click()
    expect(table).to_contain_text("Earned")
    expect(page.get_by_role("region", name="History")).to_contain_text("Proven, waits → Earned")
    page.get_by_role("button", name="forbid").click()
    page.get_by_role("dialog").get_by_role("button", name="Forbid").click()
    expect(table).to_contain_text("Forbidden")
    page.get_by_role("button", name="allow again").click()
    expect(table).to_contain_text("Suggests")


def test_the_terms_are_saved(new_page: Open, guard: Guard, proven: Proven) -> None:
    page = sign_in(new_page(lang="en"), "supervisor", f"/console/quality/autonomy?shop={proven.shop}")
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    page.get_by_label("Audited share").fill("25")
    page.get_by_label("Audited share").press("Tab")
    save.click()
    expect(page.get_by_text("Saved")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Audited share")).to_have_value("25")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(new_page: Open, guard: Guard, proven: Proven, theme: str) -> None:
    page = sign_in(new_page(theme=theme), "supervisor", f"/console/quality/autonomy?shop={proven.shop}")
    expect(page.get_by_role("region", name="各类问题").get_by_role("table")).to_contain_text("已证明，待确认")
    expect(page.get_by_role("heading", name="历史")).to_be_visible()
    assert axe(page) == []

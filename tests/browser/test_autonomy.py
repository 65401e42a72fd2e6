"""Autonomy: the terms of a shop, an intent that is proven and put into force, forbidden, and its history."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, select

from copilot.autonomy.models import AutonomySettings, EarnedIntent, EarningState
from copilot.autonomy.watching import ENDED
from copilot.grants import revoke_auto_send
from copilot.models import AutoSendGrant
from records.people.models import Staff
from records.shops.models import Shop
from tests.browser.conftest import Guard, Open, axe, sign_in
from tests.factories import staff_principal, unaudited
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
            unaudited(session, found.shop)
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


@pytest.fixture
def fallen(demo: Stack, proven: Proven) -> Iterator[None]:
    """A grant by hand that the monitor withdrew."""
    database = demo.database()
    try:
        with database.unit_of_work() as session:
            author = session.scalars(select(Staff.id).where(Staff.username == "supervisor")).one()
            grant = AutoSendGrant(
                shop_id=proven.shop, intent=INTENT, min_confidence=0.6, author_id=author, reason="test",
                expires_at=datetime.now(UTC) + timedelta(days=1), revoked_at=datetime.now(UTC),
            )  # fmt: skip
            session.add(grant)
            session.flush()
            row = session.scalars(select(EarnedIntent).where(EarnedIntent.shop_id == proven.shop)).one()
            row.evidence = {**row.evidence, ENDED: grant.id}
            made = grant.id
        yield
        with database.unit_of_work() as session:
            session.execute(delete(AutoSendGrant).where(AutoSendGrant.id == made))
    finally:
        database.close()


def test_what_is_granted_by_hand_is_measured_and_a_withdrawal_is_told(
    new_page: Open, guard: Guard, proven: Proven, fallen: None
) -> None:
    page = sign_in(new_page(lang="en"), "supervisor", f"/console/quality/autonomy?shop={proven.shop}")
    panel = page.get_by_role("region", name="Granted by hand")
    expect(panel.get_by_role("alert")).to_contain_text("withdrawn by the monitor on")
    expect(panel.get_by_role("listitem").filter(has_text="Where is my parcel")).to_contain_text("not measured yet")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_everybody_can_use_it(new_page: Open, guard: Guard, proven: Proven, theme: str) -> None:
    page = sign_in(new_page(theme=theme), "supervisor", f"/console/quality/autonomy?shop={proven.shop}")
    expect(page.get_by_role("region", name="各类问题").get_by_role("table")).to_contain_text("已证明，待确认")
    expect(page.get_by_role("heading", name="历史")).to_be_visible()
    assert axe(page) == []

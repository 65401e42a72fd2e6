"""Put the demo shops into an empty installation, through the same importers that a shop's own data goes through.

Every step can be repeated: an interrupted seeding goes on where it stopped.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from copilot.autonomy.models import AutonomySettings
from copilot.grants import active_grant, grant_auto_send
from core.db import Database
from core.errors import ConfigurationError
from core.events import SYSTEM, Event, EventType, emit
from core.yaml_text import parse_yaml
from demo.chat import find_or_create_chat
from demo.dated import write_articles
from demo.gaps import answer_questions, write_questions
from demo.generate import KINDS, write_demo
from demo.resources import SHOP_CODES
from knowledge.cases.actions import discard_case
from knowledge.cases.proposing import propose_cases, tickets_without_case
from knowledge.imports.articles import import_articles
from knowledge.models import CaseStatus
from records.imports.run import import_file
from records.macros.actions import create_macro
from records.macros.queries import list_macros
from records.people.actions import create_staff, find_or_create_identity, verify_identity
from records.people.models import ChannelIdentity, Staff
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.shops.actions import create_shop, find_or_create_account
from records.shops.models import Shop
from records.tickets.actions import assign
from records.tickets.models import Ticket, TicketStatus

DemoSeeded = EventType("DemoSeeded")
PASSWORD = "demo-copilot-2026"
HERE = Path(__file__).parent
GRANTED_INTENT = "where_is_my_parcel"
GRANTS = {
    GRANTED_INTENT: "演示：物流查询由机器人按订单记录答复 / demo: parcel questions are answered from order records",
    "greeting_thanks": "演示：问候与感谢由机器人回应 / demo: the bot returns greetings and thanks",
}
AUDIT_SHARE = 0.02  # of what the bot would send
CASES_A_UNIT = 20
CASES_UNDECIDED = 8  # a shop: a queue that a person would work through
WAITING = (TicketStatus.NEW, TicketStatus.OPEN, TicketStatus.PENDING)
Tell = Callable[[str, int, int], None]


def is_finished(session: Session) -> bool:
    return bool(session.scalar(select(exists().where(Event.name == DemoSeeded.name))))


def seed(db: Database, folder: Path, tell: Tell, now: datetime | None = None) -> None:
    """Shops, staff, articles, records, tickets, cases and grants for each shop. `folder` takes the generated files.

    `tell(what, done, total)` shows progress. Raises ConfigurationError when a demo row does not import.
    """
    now = now or datetime.now(UTC)
    files = write_demo(folder, now=now)
    with db.unit_of_work() as session:
        _shops_and_staff(session, json.loads(files[0].read_text("utf-8")))
    dated = write_articles(folder / "articles", now)
    report = import_articles(db, dated, SYSTEM_PRINCIPAL, progress=lambda done, total: tell("articles", done, total))
    _require_clean("articles", report.failed, report.errors)
    for code in SHOP_CODES:
        for kind in KINDS:
            path = next((folder / code).glob(f"{kind}.*"))
            _import(db, kind, path, code, tell)
        unanswered = write_questions(folder, code, now)
        _import(db, "tickets", unanswered, code, tell)
        _sign_in_and_assign(db, code, next((folder / code).glob("tickets.*")))
    _cases(db, tell)
    with db.unit_of_work() as session:
        _macros(session)
        _grants(session)
        emit(session, DemoSeeded, actor=SYSTEM)


def answer(db: Database) -> int:
    """Once drafts are made: agents answer what nobody has written an article about. Returns how many tickets."""
    count = 0
    for code in SHOP_CODES:
        with db.unit_of_work() as session:
            count += answer_questions(session, code)
    return count


def sign_in_help() -> str:
    """Who can sign in, for the terminal."""
    staff = parse_yaml((HERE / "staff.yaml").read_text("utf-8"))["staff"]
    names = "\n".join(f"    {one['username']:<12}{one['role']:<12}{one['name']}" for one in staff)
    return f"Sign in as one of these, password {PASSWORD}:\n{names}"


def _import(db: Database, kind: str, path: Path, code: str, tell: Tell) -> None:
    def progress(done: int, total: int) -> None:
        tell(f"{code} {kind}", done, total)

    report = import_file(db, kind, path, shop=code, progress=progress)
    _require_clean(f"{code} {kind}", report.failed, report.errors)


def _require_clean(what: str, failed: int, errors: Any) -> None:
    if failed:
        raise ConfigurationError(f"{failed} demo rows of {what} do not import: {errors[:1]}. Please report this.")


def _shops_and_staff(session: Session, shops: list[dict[str, Any]]) -> None:
    known = {shop.code: shop for shop in session.scalars(select(Shop))}
    for values in shops:
        code = values["code"]
        if code not in known:
            known[code] = create_shop(session, SYSTEM_PRINCIPAL, **values)
        find_or_create_account(session, SYSTEM_PRINCIPAL, known[code].id, kind="webhook", name="demo")
        find_or_create_chat(session, known[code])
    names = set(session.scalars(select(Staff.username)))
    for one in parse_yaml((HERE / "staff.yaml").read_text("utf-8"))["staff"]:
        if one["username"] not in names:
            create_staff(
                session,
                SYSTEM_PRINCIPAL,
                username=one["username"],
                display_name=one["name"],
                role=one["role"],
                password=PASSWORD,
                email=one["email"],
                language=one["language"],
                shop_ids=[known[code].id for code in one["shops"]],
            )


def _sign_in_and_assign(db: Database, code: str, tickets: Path) -> None:
    """Customers of waiting tickets wrote from the shop's page, signed in; some tickets are on an agent's desk."""
    rows = [json.loads(line) for line in tickets.read_text("utf-8").splitlines()]
    assignees = {row["external_id"]: row["assignee"] for row in rows if row.get("assignee")}
    with db.unit_of_work() as session:
        shop = session.scalars(select(Shop).where(Shop.code == code)).one()
        account = find_or_create_chat(session, shop)
        staff = {row.username: row.id for row in session.scalars(select(Staff))}
        waiting = (
            select(Ticket)
            .outerjoin(ChannelIdentity, ChannelIdentity.id == Ticket.identity_id)
            .where(Ticket.shop_id == shop.id, Ticket.status.in_(WAITING), ChannelIdentity.verified_at.is_(None))
            .options(joinedload(Ticket.customer))
        )
        for ticket in list(session.scalars(waiting)):
            address = ticket.customer.external_id
            identity = find_or_create_identity(session, account.id, address, ticket.customer_id)
            verify_identity(session, SYSTEM_PRINCIPAL, identity, "jwt")
            ticket.identity_id, ticket.channel_account_id = identity.id, account.id
            if ticket.external_id in assignees:
                assign(session, SYSTEM_PRINCIPAL, ticket, staff[assignees[ticket.external_id]])


def _cases(db: Database, tell: Tell) -> None:
    """Cases of the resolved tickets, decided as an editor would have done by now: the older half is published, of the
    rest only the newest wait."""
    with db.reading() as session:
        waiting = tickets_without_case(session)
        editor = session.scalars(select(Staff).where(Staff.username == "editor")).one()
        undecided = _newest_resolved(session)
    who = Principal("staff", editor.id, editor.display_name, Role.EDITOR)
    for start in range(0, len(waiting), CASES_A_UNIT):
        with db.unit_of_work() as session:
            for number, ticket_id in enumerate(waiting[start : start + CASES_A_UNIT], start):
                for case in propose_cases(session, ticket_id, publish=number < len(waiting) // 2):
                    if case.status == CaseStatus.PROPOSED and ticket_id not in undecided:
                        discard_case(session, who, case.id)
        tell("cases", min(start + CASES_A_UNIT, len(waiting)), len(waiting))


def _newest_resolved(session: Session) -> set[int]:
    """Ids of each shop's tickets that were resolved last."""
    newest = select(Ticket.id).where(Ticket.resolved_at.is_not(None)).order_by(Ticket.resolved_at.desc(), Ticket.id)
    shops = session.scalars(select(Shop.id).where(Shop.code.in_(SHOP_CODES)))
    return {id for shop in shops for id in session.scalars(newest.where(Ticket.shop_id == shop).limit(CASES_UNDECIDED))}


def _macros(session: Session) -> None:
    known = {macro.title_en for macro in list_macros(session, SYSTEM_PRINCIPAL)}
    for one in parse_yaml((HERE / "macros.yaml").read_text("utf-8"))["macros"]:
        if one["title_en"] not in known:
            create_macro(session, SYSTEM_PRINCIPAL, **one)


def _grants(session: Session) -> None:
    """The demo's grants, two a shop: where-is-my-parcel, answered from the customer's own order records, and greetings.

    One answer of fifty is drawn for review, so that who tries the chat seldom waits for an agent that is not there.
    """
    supervisor = session.scalars(select(Staff).where(Staff.username == "supervisor")).one()
    who = Principal("staff", supervisor.id, supervisor.display_name, Role.SUPERVISOR)
    for shop in session.scalars(select(Shop).where(Shop.code.in_(SHOP_CODES)).order_by(Shop.id)):
        if session.get(AutonomySettings, shop.id) is None:
            session.add(AutonomySettings(shop_id=shop.id, audit_share=AUDIT_SHARE))
        for intent, reason in GRANTS.items():
            if active_grant(session, shop.id, intent) is None:
                grant_auto_send(
                    session,
                    who,
                    shop_id=shop.id,
                    intent=intent,
                    min_confidence=0.6,
                    expires_at=datetime.now(UTC) + timedelta(days=180),
                    reason=reason,
                )

"""Make cases of a resolved ticket, one a question: extract, redact, compare with what is known."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload, selectinload

from core.db import db_now
from core.errors import Conflict, NotFound
from core.events import SYSTEM, EventType, emit
from knowledge import events
from knowledge.cases.dialogue import Exchange, exchanges
from knowledge.cases.redaction import Personal, redact
from knowledge.models import Case, CaseStatus
from knowledge.passages import create_case_passage
from knowledge.similarity import candidates, jaccard, shingles, store_bands
from records.commerce.models import Order
from records.people.models import Customer, Staff
from records.tickets.models import AuthorKind, DeliveryState, Direction, Message, Ticket, TicketStatus, Visibility

# A case is a duplicate when question and answer both say the same: another answer to the same question is news.
SAME_QUESTION, SAME_ANSWER = 0.8, 0.6
_UNSENT = (DeliveryState.FAILED, DeliveryState.CANCELLED)
_ORDERS = 50


def propose_cases(session: Session, ticket_id: int, *, publish: bool = False) -> list[Case]:
    """The proposed cases of a resolved ticket, one for each question that an agent answered; none when it teaches
    nothing. Those of which somebody has decided stay as they are and are among them.

    `publish` is the setting `publish_cases`. Only what agents wrote counts as an answer: what the bot sent must not
    teach the bot. A near duplicate is kept as discarded with `duplicate_of`. Doing it again (the ticket was reopened,
    the job retried) brings proposals that nobody has decided on up to date, and nothing else.
    Raises NotFound and, for an unresolved ticket, Conflict.
    """
    ticket = _load(session, ticket_id)
    said = [message for message in ticket.messages if was_said(message)]
    rows = session.scalars(select(Case).where(Case.ticket_id == ticket_id).order_by(Case.id).with_for_update())
    known = {case.question_seq: case for case in rows}
    personal = personal_data(session, ticket)
    cases = []
    for number, exchange in enumerate(
        exchanges([(m.direction == Direction.IN, m.text) for m in said], ticket.language)
    ):
        seq = said[exchange.at].seq
        case = known.get(seq) or (known.get(0) if number == 0 else None)  # 0: proposed when a ticket made one case
        if case is None or (case.status == CaseStatus.PROPOSED and case.decided_by is None):
            case = _propose(session, ticket, exchange, seq, number == 0, personal, case, publish)
        cases.append(case)
    return cases


def _propose(
    session: Session,
    ticket: Ticket,
    exchange: Exchange,
    seq: int,
    first: bool,
    personal: Personal,
    case: Case | None,
    publish: bool,
) -> Case:
    question, answer = (redact(text, personal).text for text in (exchange.question, exchange.answer))
    if case is not None and (case.question, case.answer) == (question, answer):
        return case
    if case is None:
        case = Case(ticket_id=ticket.id, shop_id=ticket.shop_id, status=CaseStatus.PROPOSED)
        session.add(case)
    case.question, case.answer, case.question_seq = question, answer, seq
    case.intent = ticket.intent if first else None  # the ticket's is that of its first question
    case.language, case.audience = exchange.language, "public"
    session.flush()
    return _decide(session, ticket, case, publish)


def tickets_without_case(session: Session, limit: int = 100_000) -> list[int]:
    """Ids of resolved tickets of which nothing has been proposed yet, oldest first."""
    query = (
        select(Ticket.id)
        .where(Ticket.status.in_([TicketStatus.RESOLVED, TicketStatus.CLOSED]))
        .where(~exists().where(Case.ticket_id == Ticket.id))
        .order_by(Ticket.id)
        .limit(limit)
    )
    return list(session.scalars(query))


def _decide(session: Session, ticket: Ticket, case: Case, publish: bool) -> Case:
    twin = find_duplicate(session, case)
    if twin is not None:
        case.status, case.duplicate_of = CaseStatus.DISCARDED, twin.id
        session.flush()
        _emit(session, events.CaseDiscarded, ticket, case, duplicate_of=twin.id)
        return case
    store_bands(session, f"case:{case.id}", case.question)
    if publish:
        case.status, case.published_at = CaseStatus.PUBLISHED, session.execute(select(db_now())).scalar_one()
        create_case_passage(session, case)
        _emit(session, events.CasePublished, ticket, case)
    else:
        _emit(session, events.CaseProposed, ticket, case)
    return case


def find_duplicate(session: Session, case: Case) -> Case | None:
    """The most similar proposed or published case of the same shop and audience that says the same, or None."""
    question, answer = shingles(case.question), shingles(case.answer)
    rows = session.scalars(
        select(Case).where(
            Case.id.in_(candidates(session, "case", question)),
            Case.id != case.id,
            Case.shop_id == case.shop_id,
            Case.audience == case.audience,
            Case.status.in_((CaseStatus.PROPOSED, CaseStatus.PUBLISHED)),
        )
    )
    scored = [
        (same, other.id, other)
        for other in rows
        if (same := jaccard(question, shingles(other.question))) >= SAME_QUESTION
        and jaccard(answer, shingles(other.answer)) >= SAME_ANSWER
    ]
    return max(scored)[2] if scored else None


def personal_data(session: Session, ticket: Ticket) -> Personal:
    """What the records know of the people of this ticket: the customer, the recipients of their orders, the agents."""
    customer: Customer = ticket.customer
    orders = list(
        session.scalars(
            select(Order)
            .where(Order.customer_id == customer.id)
            .options(selectinload(Order.items), selectinload(Order.shipments), selectinload(Order.after_sales))
            .order_by(Order.id.desc())
            .limit(_ORDERS)
        )
    )
    shipments = [shipment for order in orders for shipment in order.shipments]
    after_sales = [row for order in orders for row in order.after_sales]
    agents = {m.author_id for m in ticket.messages if m.author_kind == AuthorKind.AGENT and m.author_id}
    addresses = [identity.address for identity in customer.identities]
    amounts: list[Decimal | None] = [order.total for order in orders]
    amounts += [item.unit_price for order in orders for item in order.items]
    amounts += [row.amount for row in after_sales]
    times: list[datetime | None] = [order.placed_at for order in orders]
    times += [at for s in shipments for at in (s.shipped_at, s.estimated_at, s.delivered_at)]
    times += [at for row in after_sales for at in (row.opened_at, row.updated_at)]
    zone = ZoneInfo(ticket.shop.timezone)
    return Personal(
        names=_texts(customer.name, *(order.recipient for order in orders)),
        agents=_texts(*session.scalars(select(Staff.display_name).where(Staff.id.in_(agents)))),
        phones=_texts(customer.phone, *(order.phone for order in orders), *(a for a in addresses if "@" not in a)),
        emails=_texts(customer.email, *(address for address in addresses if "@" in address)),
        addresses=_texts(customer.address, *(order.address for order in orders)),
        order_nos=_texts(*(order.order_no for order in orders)),
        tracking_nos=_texts(*(shipment.tracking_no for shipment in shipments)),
        amounts=frozenset(amount for amount in amounts if amount),
        dates=frozenset(at.astimezone(zone).date() for at in times if at is not None),
        ids=_texts(customer.external_id, *addresses),
    )


def _texts(*values: str | None) -> frozenset[str]:
    return frozenset(value.strip() for value in values if value and value.strip())


def find_with_people(session: Session, ticket_id: int) -> Ticket | None:
    """A ticket with all that `personal_data` reads of it."""
    return session.scalar(
        select(Ticket)
        .where(Ticket.id == ticket_id)
        .options(
            selectinload(Ticket.messages).selectinload(Message.delivery),
            joinedload(Ticket.customer).selectinload(Customer.identities),
            joinedload(Ticket.shop),
        )
    )


def ticket_with_people(session: Session, ticket_id: int) -> Ticket:
    """As `find_with_people`. Raises NotFound."""
    ticket = find_with_people(session, ticket_id)
    if ticket is None:
        raise NotFound("There is no such ticket.", ticket_id=ticket_id)
    return ticket


def _load(session: Session, ticket_id: int) -> Ticket:
    ticket = ticket_with_people(session, ticket_id)
    if ticket.status not in (TicketStatus.RESOLVED, TicketStatus.CLOSED):
        raise Conflict("The ticket is not resolved: its answer may not be the last word.", ticket_id=ticket_id)
    return ticket


def was_said(message: Message) -> bool:
    """Words of the customer, or of an agent that reached them: what a case or a replay may read of a ticket.

    Notes, the bot's words, and replies that were not sent are left out. Reads `delivery`.
    """
    if message.visibility != Visibility.PUBLIC:
        return False
    if message.direction == Direction.IN:
        return message.author_kind == AuthorKind.CUSTOMER
    sent = message.delivery is None or message.delivery.state not in _UNSENT
    return message.author_kind == AuthorKind.AGENT and sent


def _emit(session: Session, kind: EventType, ticket: Ticket, case: Case, **data: int | None) -> None:
    session.flush()
    emit(session, kind, actor=SYSTEM, shop_id=ticket.shop_id, ticket_id=ticket.id, case_id=case.id, **data)

"""The facts of this customer's own records, in the shape that drafting and verification read."""

from __future__ import annotations

from records.commerce.cards import OrderCard, order_cards
from sqlalchemy.orm import Session

from records.tickets.models import Ticket
from retrieval.types import Fact, RecordCard

ORDERS = 10  # the newest ones; a question that names another order finds it by number


def cards_for(session: Session, ticket: Ticket) -> tuple[RecordCard, ...]:
    """The records of the ticket's customer in the ticket's shop. The caller has checked that the sender is verified."""
    return customer_cards(session, ticket.customer_id, ticket.shop_id)


def customer_cards(session: Session, customer_id: int, shop_id: int | None) -> tuple[RecordCard, ...]:
    """The newest orders of a customer, in one shop or (None) in all."""
    return tuple(_card(card) for card in order_cards(session, customer_id, shop_id=shop_id, limit=ORDERS))


def _card(card: OrderCard) -> RecordCard:
    return RecordCard(
        record=card.record,
        title=card.title,
        facts=tuple(Fact(f.kind, f.value, f.record, f.label) for f in card.facts),
        sentences=card.sentences,
    )

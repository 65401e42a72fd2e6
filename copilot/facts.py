"""The facts of this customer's own records, in the shape that drafting and verification read."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from records.commerce.cards import OrderCard, record_cards
from records.tickets.models import Ticket
from retrieval.types import Draft, Fact, RecordCard
from retrieval.verify.notes import is_ordinary, is_place

ORDERS = 10  # the newest ones; a question that names an older order finds it by its number


def cards_for(session: Session, ticket: Ticket, text: str) -> tuple[RecordCard, ...]:
    """The records of the ticket's customer in the ticket's shop. The caller has checked that the sender is verified."""
    return customer_cards(session, ticket.customer_id, ticket.shop_id, text)


def customer_cards(session: Session, customer_id: int, shop_id: int | None, text: str) -> tuple[RecordCard, ...]:
    """The newest orders of a customer and those that `text` names, in one shop or (None) in all."""
    shops = None if shop_id is None else [shop_id]
    return tuple(_card(card) for card in record_cards(session, customer_id, shop_ids=shops, limit=ORDERS, text=text))


def strange_notes(records: Sequence[RecordCard], draft: Draft) -> tuple[str, ...]:
    """Notes and places of a parcel's trace that `draft` tells of and that no carrier would write so."""
    cited = {citation.document_id for citation in draft.citations if citation.source_kind == "record"}
    told = [fact for card in records if card.record in cited for fact in card.facts if fact.value in draft.text]
    ordinary = {"text": is_ordinary, "location": is_place}
    return tuple(fact.value for fact in told if fact.kind in ordinary and not ordinary[fact.kind](fact.value))


def _card(card: OrderCard) -> RecordCard:
    return RecordCard(
        record=card.record,
        title=card.title,
        facts=tuple(Fact(f.kind, f.value, f.record, f.label) for f in card.facts),
        sentences=card.sentences,
    )

"""One question outside of any ticket: for the command line, the search playground and evaluations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from copilot.decide import RULE_VERSION, Circumstances, Ruling, decide
from copilot.facts import customer_cards, strange_notes
from copilot.grants import active_grant
from copilot.handover.reading import wants_person
from copilot.prepare import sources_valid
from copilot.runtime import Runtime
from copilot.serialize import answer_to_json
from core.errors import InvalidInput, NotFound
from records.people.models import Customer
from records.people.queries import get_customer
from records.principals import SYSTEM_PRINCIPAL, Principal
from records.shops.models import Shop
from retrieval.types import INTERNAL, PUBLIC, Answer, Question, RecordCard, SearchScope

TICKET_AUDIENCES = frozenset({PUBLIC, INTERNAL})  # what is retrieved for a ticket, so that agents see all of it


@dataclass(frozen=True, slots=True)
class Asked:
    answer: Answer
    ruling: Ruling


def ask(
    runtime: Runtime,
    text: str,
    *,
    customer: str | None = None,
    shop: str | None = None,
    principal: Principal = SYSTEM_PRINCIPAL,
    audiences: frozenset[str] = TICKET_AUDIENCES,
) -> Asked:
    """Answer `text` as for a ticket of `shop` (a code) from the verified customer with this external id.

    `audiences` bounds what is retrieved and shown; the draft cites only what the customer may see, whoever asks.

    Writes nothing. Raises InvalidInput for an empty text, NotFound for an unknown shop or customer, Unavailable.
    """
    if not text.strip():
        raise InvalidInput("The question is empty: write what a customer would ask.")
    with runtime.db.reading() as session:
        shop_row = session.scalar(select(Shop).where(Shop.code == shop)) if shop else None
        if shop and shop_row is None:
            known = ", ".join(session.scalars(select(Shop.code))) or "none yet"
            raise NotFound(f"There is no shop {shop!r}. Known: {known}.")
        if shop_row is not None:
            principal.require_shop(shop_row.id)
        person = None
        cards: tuple[RecordCard, ...] = ()
        if customer:
            found = list(session.scalars(select(Customer).where(Customer.external_id == customer).limit(2)))
            if not found:
                raise NotFound(f"There is no customer {customer!r}. `copilot import customers` brings them in.")
            person = get_customer(session, principal, found[0].id)
            cards = customer_cards(session, person.id, shop_row.id if shop_row else None, text)
    shop_id = shop_row.id if shop_row else None
    engine = runtime.engine()
    answer = engine.answer(
        Question(
            text=text,
            scope=SearchScope(audiences=audiences, shop=shop_id),
            customer_name=person.name if person else "",
            verified=person is not None,
            records=cards,
        )
    )
    intent = answer.classification.intent
    with runtime.db.reading() as session:
        now = Circumstances(
            grant=active_grant(session, shop_id, intent) if shop_id is not None else None,
            never_auto=intent is None or engine.classifier.taxonomy[intent].risk,
            bot_stopped=False,
            agent_present=False,
            newest=True,
            sources_valid=sources_valid(session, answer.draft.citations, shop_id),
            priority=answer.classification.priority,
            wants_person=wants_person(text),
            strange_notes=strange_notes(cards, answer.draft),
        )
    return Asked(answer, decide(answer, now))


def to_json(asked: Asked) -> dict[str, Any]:
    """The answer as a suggestion stores it, and the ruling."""
    return {
        **answer_to_json(asked.answer),
        "reply": asked.answer.draft.text,
        "decision": {
            "outcome": asked.ruling.outcome,
            "reason": asked.ruling.reason,
            "rule_version": RULE_VERSION,
            "grant_id": asked.ruling.grant_id,
            "evidence": [dict(item) for item in asked.ruling.evidence],
        },
    }

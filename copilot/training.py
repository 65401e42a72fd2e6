"""Train the intent classifier on this installation's own labelled tickets and take it up at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from copilot.runtime import CLASSIFIER_KIND, Runtime
from copilot.versions import promote
from core.artifacts import Artifact, active_artifact, add_artifact, list_artifacts
from core.errors import InvalidInput
from core.events import SYSTEM, Event
from records.events import TicketChanged
from records.tickets.models import Direction, Message, Ticket, TicketStatus
from retrieval.classify import load_taxonomy, save

Progress = Callable[[int, int, str], None]
MIN_TICKETS = 20


@dataclass(frozen=True, slots=True)
class Trained:
    version: str
    tickets: int
    intents: int
    metrics: dict[str, Any]


def labelled_tickets(session: Session) -> list[tuple[str, str]]:
    """(the customer's first message, intent) of tickets whose intent a person stands behind."""
    return [(row.text, row.intent) for row in session.execute(_labelled().order_by(Ticket.id)) if row.intent]


def count_labelled(session: Session) -> dict[str, int]:
    """{intent: how many tickets training would learn it from}."""
    labelled = _labelled().subquery()
    counted = session.execute(select(labelled.c.intent, func.count()).group_by(labelled.c.intent))
    return {intent: count for intent, count in counted if intent}


def _labelled() -> Select[*tuple[Any, ...]]:
    """(text, intent) of resolved tickets with an intent that was imported or set by staff.

    The classifier's own guess on a ticket that nobody corrected would teach it what it already believes.
    """
    first = (
        select(Message.ticket_id, func.min(Message.seq).label("seq"))
        .where(Message.direction == Direction.IN)
        .group_by(Message.ticket_id)
        .subquery()
    )
    by_intent = (Event.name == TicketChanged.name) & (Event.ticket_id == Ticket.id)
    changes = select(Event.id).where(by_intent, Event.data["field"].as_string() == "intent")
    guessed = exists(changes.where(Event.actor_kind == "bot"))
    by_person = exists(changes.where(Event.actor_kind.in_(["staff", "api"])))
    return (
        select(Message.text, Ticket.intent)
        .join(Ticket, Ticket.id == Message.ticket_id)
        .join(first, (first.c.ticket_id == Message.ticket_id) & (first.c.seq == Message.seq))
        .where(Ticket.intent.is_not(None), Ticket.status.in_([TicketStatus.RESOLVED, TicketStatus.CLOSED]))
        .where(~guessed | by_person)
    )


def train_from_tickets(runtime: Runtime, progress: Progress | None = None) -> Trained:
    """Train, store and activate. Raises InvalidInput when there are too few labelled tickets."""
    with runtime.db.reading() as session:
        pairs = labelled_tickets(session)
    if len(pairs) < MIN_TICKETS:
        raise InvalidInput(
            f"{len(pairs)} labelled tickets; at least {MIN_TICKETS} resolved ones with an intent are needed. Import "
            "past tickets with `copilot import tickets`, or correct intents in the inbox."
        )

    from retrieval.classify.training import train_classifier  # noqa: PLC0415 - scikit-learn: two seconds of start-up

    def tell(stage: str, done: int, total: int) -> None:
        if progress is not None:
            progress(done, total, stage)

    texts, labels = [text for text, _ in pairs], [label for _, label in pairs]
    classifier, report = train_classifier(
        texts, labels, runtime.encoder, taxonomy=load_taxonomy(), drop_rare=True, progress=tell
    )
    base = runtime.settings.data_dir / "classifiers"
    version = save(classifier, base / "pending")
    folder = base / version.replace("/", "_")
    if not folder.exists():
        (base / "pending").rename(folder)
    metrics = {"tickets": len(pairs), **asdict(report)}
    with runtime.db.unit_of_work() as session:
        path = str(folder.relative_to(runtime.settings.data_dir))
        promote(session, SYSTEM, add_artifact(session, CLASSIFIER_KIND, version, path, metrics))
    return Trained(version, len(pairs), len(set(labels)), metrics)


@dataclass(frozen=True, slots=True)
class Report:
    """{intent: tickets} of all tickets and of those that training would learn from (at least `needed` altogether).

    `active` and `versions` are the trained classifiers, newest first; None and none: only descriptions are used.
    """

    tickets: dict[str, int]
    unknown: int
    labelled: dict[str, int]
    needed: int
    active: Artifact | None
    versions: list[Artifact]


def report(session: Session) -> Report:
    counted = session.execute(select(Ticket.intent, func.count()).group_by(Ticket.intent)).all()
    return Report(
        tickets={intent: count for intent, count in counted if intent},
        unknown=sum(count for intent, count in counted if not intent),
        labelled=count_labelled(session),
        needed=MIN_TICKETS,
        active=active_artifact(session, CLASSIFIER_KIND),
        versions=list_artifacts(session, CLASSIFIER_KIND),
    )

"""Train the intent classifier on this installation's own labelled tickets, and serve it only if it is better.

Better means: on held-out tickets, which no training of this installation learns from, significantly more are right than
with what serves now. What is not better is kept with its report and stays inactive.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from copilot.runtime import CLASSIFIER_KIND, Runtime
from copilot.versions import promote
from core.artifacts import Artifact, active_artifact, add_artifact, list_artifacts
from core.errors import InvalidInput
from core.events import SYSTEM, Actor, Event
from records.events import TicketChanged
from records.tickets.models import Direction, Message, Ticket, TicketStatus
from retrieval.classify import Classifier, load_taxonomy, save
from retrieval.classify.comparing import compare
from retrieval.small_talk import INTENT, small_talk

Progress = Callable[[int, int, str], None]
MIN_TICKETS = 20
HELD_OUT = 5  # one of so many messages is never trained on, by any training of this installation
NEAR = 0.95  # cosine from which on two messages say the same
BLOCK = 4096  # messages compared at once


@dataclass(frozen=True, slots=True)
class Trained:
    """`promoted`: it serves from now on. `metrics` is its report, with the comparison under `held_out`."""

    version: str
    tickets: int
    intents: int
    promoted: bool
    metrics: dict[str, Any]


def labelled_tickets(session: Session) -> list[tuple[str, str]]:
    """(the customer's first message, intent) of tickets whose intent a person stands behind.

    A greeting with which a question about something else begins would teach the wrong thing.
    """
    rows = session.execute(_labelled().order_by(Ticket.id))
    return [(text, intent) for text, intent in rows if intent and (intent == INTENT or small_talk(text) is None)]


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


def train_from_tickets(runtime: Runtime, *, actor: Actor = SYSTEM, progress: Progress | None = None) -> Trained:
    """Train on what is not held out, compare, keep, and let it serve if it is significantly better.

    Raises InvalidInput when there are too few labelled tickets to learn from or to compare on.
    """
    with runtime.db.reading() as session:
        pairs = labelled_tickets(session)
        active = active_artifact(session, CLASSIFIER_KIND)
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
    tell("encode", 0, 1)
    vectors = runtime.embedding_cache.queries(runtime.encoder, texts)
    teaches, decides = division(texts, vectors)
    taught = np.flatnonzero(teaches).tolist()
    second = runtime.second_encoder
    seen = vectors if second is None else np.hstack([vectors, runtime.embedding_cache.queries(second, texts)])
    classifier, report = train_classifier(
        [texts[at] for at in taught],
        [labels[at] for at in taught],
        runtime.encoder,
        vectors=seen[teaches],
        second=second,
        taxonomy=load_taxonomy(),
        drop_rare=True,
        progress=tell,
    )
    asked = np.flatnonzero(decides).tolist()
    serving = runtime.classifier(active)
    said = [one.predict_many([texts[at] for at in asked], vectors[decides]).best for one in (classifier, serving)]
    compared = compare([labels[at] for at in asked], said[0], said[1])
    metrics = {
        "tickets": len(pairs),
        **asdict(report),
        "held_out": asdict(compared),
        "compared_with": serving.model_version,
    }
    version = _keep(runtime, actor, classifier, metrics, promoted=compared.better)
    return Trained(version, len(pairs), len(set(labels)), compared.better, metrics)


def division(texts: Sequence[str], vectors: NDArray[np.float32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """(what teaches, what decides), two masks that never meet. `vectors` (n, d) are unit query embeddings of `texts`.

    Which messages decide depends on their words alone, so it is the same at every training. What nearly says the same
    as one of them (cosine of `NEAR` or more) does not teach.
    """
    plain = ["".join(unicodedata.normalize("NFKC", text).lower().split()) for text in texts]
    decides = np.array([_fold(text) == 0 for text in plain])
    teaches = ~decides
    if decides.any():
        for start in range(0, len(texts), BLOCK):
            near = (vectors[start : start + BLOCK] @ vectors[decides].T).max(axis=1) >= NEAR
            teaches[start : start + BLOCK] &= ~near
    return teaches, decides


def _fold(text: str) -> int:
    return int.from_bytes(hashlib.sha256(f"held out\0{text}".encode()).digest()[:8], "big") % HELD_OUT


def _keep(runtime: Runtime, actor: Actor, classifier: Classifier, metrics: dict[str, Any], *, promoted: bool) -> str:
    base = runtime.settings.data_dir / "classifiers"
    version = save(classifier, base / "pending")
    folder = base / version.replace("/", "_")
    if not folder.exists():
        (base / "pending").rename(folder)
    with runtime.db.unit_of_work() as session:
        path = str(folder.relative_to(runtime.settings.data_dir))
        row = add_artifact(session, CLASSIFIER_KIND, version, path, metrics)
        if promoted:
            promote(session, actor, row)
    return version


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

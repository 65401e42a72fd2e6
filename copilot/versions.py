"""The versions of what was trained: which one serves, and the way back. One row a version, files under the data folder.

An adapter and the fusion that was tuned with it belong together: the weight of BM25 that is right for adapted questions
is not that of plain ones. So they come and go together, and a fusion whose adapter does not serve is not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from copilot.autonomy.model import KIND as ACCEPTANCE_KIND
from copilot.events import ModelActivated
from copilot.runtime import ADAPTER_KIND, CLASSIFIER_KIND, FUSION_KIND
from core import artifacts
from core.artifacts import Artifact
from core.errors import Conflict, NotFound
from core.events import Actor, Event, emit

KINDS = (CLASSIFIER_KIND, ADAPTER_KIND, FUSION_KIND, ACCEPTANCE_KIND)


def list_versions(session: Session, kind: str | None = None) -> list[Artifact]:
    """Versions of one kind or of all, newest first within a kind. Raises NotFound for a kind that there is not."""
    kinds = KINDS if kind is None else (_known(kind),)
    return [row for one in kinds for row in artifacts.list_artifacts(session, one)]


@dataclass(frozen=True, slots=True)
class TakenUp:
    """Who let a version serve last, and when; `actor` as in the event log ("staff:3", "system")."""

    actor: str
    at: datetime


def taken_up(session: Session) -> dict[int, TakenUp]:
    """{artifact id: the last time that it was let serve}, by activation, by roll-back or by its training."""
    query = select(Event).where(Event.name == ModelActivated.name).order_by(Event.id)
    found: dict[int, TakenUp] = {}
    for event in session.scalars(query):
        if (artifact_id := event.data.get("artifact_id")) is not None:
            actor = event.actor_kind if event.actor_id is None else f"{event.actor_kind}:{event.actor_id}"
            found[int(artifact_id)] = TakenUp(actor, event.at)
    return found


def activate(session: Session, actor: Actor, kind: str, version: str) -> Artifact:
    """Serve with this version from the next question on, whatever its report says: a person has decided.

    A fusion that was tuned with another adapter takes that adapter along, and the other way round. Raises NotFound.
    """
    row = artifacts.find_artifact(session, _known(kind), version)
    if row is None:
        raise NotFound(f"There is no {kind} {version}; `copilot models list` shows the versions.")
    promote(session, actor, row)
    partner = _partner(session, row)
    if partner is not None:
        promote(session, actor, partner)
    elif kind == FUSION_KIND:
        retire(session, actor, ADAPTER_KIND)  # it was tuned for plain questions
    return row


def activate_by_id(session: Session, actor: Actor, artifact_id: int) -> Artifact:
    """As `activate`. Raises NotFound."""
    row = session.get(Artifact, artifact_id)
    if row is None:
        raise NotFound(f"There is no trained version {artifact_id}.")
    return activate(session, actor, row.kind, row.version)


def promote(session: Session, actor: Actor, row: Artifact) -> None:
    """Make it the active version of its kind and say so in the event log; nothing happens when it is."""
    if row.active:
        return
    artifacts.activate(session, row)
    emit(session, ModelActivated, actor=actor, artifact_kind=row.kind, artifact_id=row.id, replaced_id=row.replaced_id)


def retire(session: Session, actor: Actor, kind: str) -> None:
    """Serve without any version of this kind; nothing happens when that is so."""
    current = artifacts.active_artifact(session, kind)
    if current is not None:
        artifacts.deactivate(session, kind)
        emit(session, ModelActivated, actor=actor, artifact_kind=kind, artifact_id=None, replaced_id=current.id)


def roll_back(session: Session, actor: Actor, kind: str, *, expected: str | None = None) -> Artifact | None:
    """Back to the version before, None: to what comes with the program. Raises Conflict when none is active, or
    another one than `expected`: somebody was first.

    Of an adapter and its fusion both go back, as they came.
    """
    current = artifacts.active_artifact(session, _known(kind))
    if expected is not None and (current is None or current.version != expected):
        raise Conflict(f"{expected} does not serve any more. Look at the versions again.")
    partner = None if current is None else _partner(session, current)
    before = _back(session, actor, kind)
    if partner is not None and partner.active:
        _back(session, actor, partner.kind)
    return before


def _back(session: Session, actor: Actor, kind: str) -> Artifact | None:
    current = artifacts.active_artifact(session, kind)
    before = artifacts.roll_back(session, kind)
    replaced = current.id if current else None
    emit(session, ModelActivated, actor=actor, artifact_kind=kind, artifact_id=before.id if before else None,
         replaced_id=replaced)  # fmt: skip
    return before


def _partner(session: Session, row: Artifact) -> Artifact | None:
    """The fusion of an adapter, the adapter of a fusion."""
    other: Mapping[str, tuple[str, str]] = {
        ADAPTER_KIND: (FUSION_KIND, "fusion"),
        FUSION_KIND: (ADAPTER_KIND, "adapter"),
    }
    if row.kind not in other:
        return None
    kind, field = other[row.kind]
    version = row.metrics.get(field)
    return artifacts.find_artifact(session, kind, version) if isinstance(version, str) else None


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise NotFound(f"There is no kind of model {kind!r}; there are {', '.join(KINDS)}.")
    return kind

"""The intents, and what asks a job to learn or to index anew."""

from __future__ import annotations

from functools import lru_cache
from typing import Annotated

from fastapi import Depends, Query, Response, status

from api.deps import Once, Reading, RuntimeDep, Writing, allowed
from api.schemas.common import Accepted
from api.schemas.models import (
    IntentsReportOut,
    ModelRollBackIn,
    ModelsOut,
    ModelVersionOut,
    RetrievalTrainingOut,
    ServingOut,
)
from api.schemas.settings import IntentOut
from api.versioned import versioned
from copilot import adapting, running, training, versions
from copilot.citations import count_accepted
from copilot.events import IntentTrainingRequested, RetrievalTrainingRequested
from copilot.policies import Permission
from core.errors import Conflict
from core.events import EventType, emit
from core.jobs.queue import is_under_way
from knowledge.events import ReindexRequested
from records.principals import Principal
from retrieval.classify.taxonomy import Taxonomy, load_taxonomy

router = versioned(tags=["learning"])
JobReader = Annotated[Principal, Depends(allowed(Permission.READ_JOBS))]
ModelManager = Annotated[Principal, Depends(allowed(Permission.MANAGE_MODELS))]
JobWriter = Annotated[Principal, Depends(allowed(Permission.RETRY_JOBS))]


@lru_cache(maxsize=1)
def taxonomy() -> Taxonomy:
    """Read once: it is a file of the package."""
    return load_taxonomy()


@router.get("/intents")
def list_intents(principal: Annotated[Principal, Depends(allowed(Permission.READ_TICKETS))]) -> list[IntentOut]:
    """What a ticket may be about, in the order of the taxonomy."""
    return [IntentOut.of(intent) for intent in taxonomy().intents.values()]


@router.get("/intents/report")
def report_intents(session: Reading, principal: JobReader) -> IntentsReportOut:
    """How many tickets each intent has, what training would learn from, and what it learned last."""
    return IntentsReportOut.model_validate(training.report(session))


@router.post("/intents/training", status_code=status.HTTP_202_ACCEPTED, response_model=Accepted)
def train_intents(session: Writing, principal: JobWriter, once: Once) -> Accepted | Response:
    """Train the classifier on this installation's labelled tickets; the job is under /api/v1/jobs. 409 while one is
    under way."""
    return _accept(session, principal, once, IntentTrainingRequested, "copilot.train_intents")


@router.post("/index/rebuild", status_code=status.HTTP_202_ACCEPTED, response_model=Accepted)
def rebuild_index(session: Writing, principal: JobWriter, once: Once) -> Accepted | Response:
    """Build the vector index anew, aside; searches go on meanwhile. The job is under /api/v1/jobs."""
    return _accept(session, principal, once, ReindexRequested)


@router.post("/retrieval/training", status_code=status.HTTP_202_ACCEPTED, response_model=Accepted)
def train_retrieval(session: Writing, principal: ModelManager, once: Once) -> Accepted | Response:
    """Learn an adapter and a fusion from accepted citations; they serve only if they are better on held-out cases. 409
    while a training is under way."""
    return _accept(session, principal, once, RetrievalTrainingRequested, "copilot.train_retrieval")


@router.get("/retrieval/training")
def read_retrieval_training(session: Reading, principal: ModelManager) -> RetrievalTrainingOut:
    """What there is to learn from."""
    return RetrievalTrainingOut(questions=count_accepted(session), needed=adapting.MIN_QUESTIONS)


@router.get("/models/versions")
def list_versions(
    session: Reading, principal: ModelManager, kind: Annotated[str | None, Query(max_length=32)] = None
) -> list[ModelVersionOut]:
    """Trained versions of every kind, or of one, newest first within a kind."""
    history = versions.taken_up(session)
    shown = []
    for row in versions.list_versions(session, kind):
        one = ModelVersionOut.model_validate(row)
        if (last := history.get(row.id)) is not None:
            one.taken_up_by, one.taken_up_at = last.actor, last.at
        shown.append(one)
    return shown


@router.post("/models/versions/{version_id}/activate")
def activate_version(version_id: int, session: Writing, principal: ModelManager) -> ModelVersionOut:
    """Serve with this version from the next question on; an adapter brings the fusion that was tuned with it."""
    return ModelVersionOut.model_validate(versions.activate_by_id(session, principal.actor, version_id))


@router.post("/models/{kind}/rollback")
def roll_back(kind: str, body: ModelRollBackIn, session: Writing, principal: ModelManager) -> ServingOut:
    """Back to the version before; an adapter and its fusion go back together. 409 when another version serves."""
    before = versions.roll_back(session, principal.actor, kind, expected=body.version)
    return ServingOut(kind=kind, version=before.version if before else None)


@router.get("/models")
def read_models(session: Reading, runtime: RuntimeDep, principal: JobReader) -> ModelsOut:
    """What is running: embedding model, index, classifier versions, how drafts are written and verified."""
    return ModelsOut.model_validate(running.running(runtime, session))


def _accept(
    session: Writing, principal: Principal, once: Once, wanted: EventType, job: str | None = None
) -> Accepted | Response:
    """Ask a job for it, once a key. With its name: raises Conflict while one is under way."""
    if (known := once.known(session)) is not None:
        return known
    if job is not None and is_under_way(session, job, wanted.name):
        raise Conflict("A training is under way. Wait until it is over; its progress is under /api/v1/jobs.")
    emit(session, wanted, actor=principal.actor)
    once.keep(session, status.HTTP_202_ACCEPTED, Accepted())
    return Accepted()

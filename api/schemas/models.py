from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field

from api.schemas.common import Body, Row


class TrainedOut(Row):
    version: str
    created_at: datetime
    active: bool
    metrics: dict[str, Any]


class IntentsReportOut(Row):
    """{intent: tickets}; `labelled` are those that a person stands behind, `needed` how many training asks for."""

    tickets: dict[str, int]
    unknown: int = Field(description="tickets without an intent")
    labelled: dict[str, int]
    needed: int
    active: TrainedOut | None
    versions: list[TrainedOut]


class RetrievalTrainingOut(BaseModel):
    """`questions` with accepted citations; training asks for `needed`."""

    questions: int
    needed: int


class ModelVersionOut(TrainedOut):
    """`metrics` is the report of the training: what was tried, what was chosen, how it did on held-out cases."""

    id: int
    kind: str
    taken_up_by: str | None = Field(None, description='who let it serve last: "staff:3", "system" after a training')
    taken_up_at: datetime | None = None


class ModelRollBackIn(Body):
    version: str = Field(max_length=128, description="the version that serves and is to be taken back")


class ServingOut(BaseModel):
    """What serves now; `version` null: what comes with the program."""

    kind: str
    version: str | None


class IndexOut(Row):
    backend: str
    count: int = Field(description="passages")
    dimension: int
    model_version: str
    sparse_version: str
    generation: int = Field(description="grows with each rebuild")
    rebuilding: bool


class ModelsOut(Row):
    """What is running. `index` null: it does not answer, `index_error` says why."""

    encoder: str
    dimension: int
    index: IndexOut | None
    index_error: str | None
    stale: bool
    classifier: str | None
    classifier_since: datetime | None
    llm_host: str | None
    llm_model: str | None
    reranker: str | None
    fusion: str
    adapter: str | None
    verifier: str
    chunker: str
    rules: str

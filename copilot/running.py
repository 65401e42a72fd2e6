"""What is running, for people to read: every part with its version; of a language model its host, never its key."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy.orm import Session

from copilot.decide import RULE_VERSION
from copilot.runtime import ADAPTER_KIND, CLASSIFIER_KIND, FUSION_KIND, Runtime
from core.artifacts import active_artifacts
from core.errors import CopilotError
from retrieval.chunking import CHUNKER_VERSION
from retrieval.index.store import IndexInfo
from retrieval.verify import VERSION as VERIFIER_VERSION


@dataclass(frozen=True, slots=True)
class Running:
    """`index` is None when it does not answer; `index_error` then says what to do. `stale`: it was built with another
    embedding model. `classifier` None: intents are told by their descriptions. `adapter` None: questions are
    searched as they are encoded. `llm_host` None: drafts quote."""

    encoder: str
    dimension: int
    index: IndexInfo | None
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


def running(runtime: Runtime, session: Session) -> Running:
    settings, encoder = runtime.settings, runtime.encoder
    index, fault = _index(runtime)
    active = active_artifacts(session)
    trained = active.get(CLASSIFIER_KIND)
    ranking = runtime.ranking(active.get(ADAPTER_KIND), active.get(FUSION_KIND))
    return Running(
        encoder=encoder.model_version,
        dimension=encoder.dimension,
        index=index,
        index_error=fault,
        stale=index is not None and index.count > 0 and index.model_version != encoder.model_version,
        classifier=trained.version if trained else None,
        classifier_since=trained.created_at if trained else None,
        llm_host=_host(settings.llm_url),
        llm_model=settings.llm_model or None,
        reranker=settings.reranker_model.rstrip("/").rsplit("/", 1)[-1] or None,
        fusion=ranking.fusion.version,
        adapter=ranking.adapter.version if ranking.adapter else None,
        verifier=VERIFIER_VERSION,
        chunker=CHUNKER_VERSION,
        rules=RULE_VERSION,
    )


def _index(runtime: Runtime) -> tuple[IndexInfo | None, str | None]:
    try:
        return runtime.store.info(), None
    except CopilotError as error:
        return None, error.message


def _host(url: str) -> str | None:
    """Host and port only: the rest of a URL may hold a name and a key."""
    parts = urlsplit(url)
    return None if not parts.hostname else f"{parts.hostname}:{parts.port}" if parts.port else parts.hostname

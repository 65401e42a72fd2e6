"""The parts that every door shares: settings, database, and the retrieval engine, built when first needed."""

from __future__ import annotations

import json
import logging
import threading
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from copilot.autonomy.model import KIND as ACCEPTANCE
from copilot.autonomy.model import AcceptanceModel, load_model
from core.artifacts import Artifact, active_artifact, active_artifacts
from core.db import Database
from core.errors import CopilotError
from core.settings import Settings
from retrieval import adapter as adapters
from retrieval.adapter import QueryAdapter
from retrieval.classify import Classifier, load, load_default
from retrieval.draft.llm_probe import LlmProbe
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.encoder.load import load_encoder, load_second
from retrieval.engine import Engine
from retrieval.engine_parts import build_engine
from retrieval.fusion import DEFAULT_FUSION, Fusion, from_name
from retrieval.index.client import IndexClient
from retrieval.index.connect import connect
from retrieval.index.store import VectorStore

log = logging.getLogger(__name__)
CLASSIFIER_KIND = "intent-classifier"
ADAPTER_KIND = "adapter"
FUSION_KIND = "fusion"
FUSION_FILE = "fusion.json"
LLM_PATIENCE = 2.0  # seconds that a probe waits for the language model


@dataclass(frozen=True, slots=True)
class Ranking:
    """How questions are searched: what moves their vectors (None: nothing) and how both legs become one list."""

    adapter: QueryAdapter | None = None
    fusion: Fusion = DEFAULT_FUSION


class Runtime:
    """One a process. Encoder, store and engine are thread-safe and made once, by whoever asks first.

    What was newly trained, or taken back, is taken up without a restart: `engine()` looks which versions are active.
    """

    def __init__(self, settings: Settings, db: Database | None = None, *, store: VectorStore | None = None) -> None:
        self.settings = settings
        self.db = db or Database(settings.sqlalchemy_url)
        self._given_store = store
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._serving: dict[str, str] | None = None
        self._acceptance: AcceptanceModel | None = None

    @cached_property
    def encoder(self) -> Encoder:
        with self._lock:
            return load_encoder(self.settings)

    @cached_property
    def second_encoder(self) -> Encoder | None:
        """Of the trained classifier alone; None when the settings name none."""
        with self._lock:
            return load_second(self.settings)

    @cached_property
    def store(self) -> VectorStore:
        with self._lock:
            return self._given_store or connect(self.settings)

    def probe_index(self, patience: float) -> None:
        """Raises Unavailable when the index does not answer within `patience` seconds (a server: its own time-out)."""
        if isinstance(self.store, IndexClient):
            self.store.ping(patience)
        else:
            self.store.info()

    @cached_property
    def llm_probe(self) -> LlmProbe | None:
        """None: no language model is set."""
        return LlmProbe(self.settings, LLM_PATIENCE) if self.settings.llm_url else None

    @cached_property
    def embedding_cache(self) -> EmbeddingCache:
        """Vectors of passages by content: an interrupted rebuild goes on, a new version encodes what it changes."""
        return EmbeddingCache(self.settings.data_dir / "cache" / "embeddings.db")

    def engine(self) -> Engine:
        """The engine with the active classifier, adapter and fusion. Raises ConfigurationError when models are not
        prepared."""
        with self.db.reading() as session:
            active = active_artifacts(session)
        wanted = {kind: row.version for kind, row in active.items()}
        with self._lock:
            if self._engine is None or wanted != self._serving:
                classifier = self.classifier(active.get(CLASSIFIER_KIND))
                ranking = self.ranking(active.get(ADAPTER_KIND), active.get(FUSION_KIND))
                self._engine = build_engine(
                    self.settings, self.encoder, self.store, classifier, ranking.fusion, ranking.adapter
                )
                self._serving = wanted
            return self._engine

    def ranking(self, adapter: Artifact | None, fusion: Artifact | None) -> Ranking:
        """These versions, read. One that cannot be read or belongs to another model is left out, and the log says so:
        search goes on as it is without."""
        moved = None if adapter is None else self._adapter(adapter)
        if fusion is None:
            return Ranking(moved)
        if fusion.metrics.get("adapter") != (adapter.version if adapter and moved else None):
            log.warning("The fusion %s was tuned with another adapter than the one that serves.", fusion.version)
            return Ranking(moved)
        try:
            spec = json.loads((self.settings.data_dir / fusion.path / FUSION_FILE).read_text(encoding="utf-8"))
            return Ranking(moved, from_name(spec["name"], spec["constants"]))
        except (OSError, ValueError, KeyError, TypeError, CopilotError) as error:
            log.error("The fusion %s cannot be read (%s); the default one serves.", fusion.version, error)
            return Ranking(moved)

    def acceptance(self) -> AcceptanceModel | None:
        """The active acceptance model; None when there is none, or when it cannot be read."""
        with self.db.reading() as session:
            active = active_artifact(session, ACCEPTANCE)
        if active is None:
            return None
        with self._lock:
            if self._acceptance is None or self._acceptance.version != active.version:
                try:
                    self._acceptance = load_model(self.settings.data_dir / active.path)
                except (OSError, ValueError) as error:
                    log.error(
                        "The acceptance model %s cannot be read (%s): nothing earned is sent.", active.version, error
                    )
                    return None
            return self._acceptance

    def warm_up(self) -> None:
        """Load the models now rather than with the first question; a long text loads one more graph (.1 s)."""
        self.engine().encoder.encode_queries(["warm up"])

    def close(self) -> None:
        if "store" in self.__dict__ and self._given_store is None:
            self.store.close()
        self.db.close()

    def _adapter(self, row: Artifact) -> QueryAdapter | None:
        try:
            loaded = adapters.load(self.settings.data_dir / row.path)
        except CopilotError as error:
            log.error("%s Questions are searched as they are.", error.message)
            return None
        if loaded.encoder_version == self.encoder.model_version:
            return loaded
        log.warning("The adapter was trained with another embedding model; run `copilot train retrieval`.")
        return None

    def classifier(self, trained: Artifact | None) -> Classifier:
        """This version, read; without one, or when it cannot be read or belongs to another model, the one that needs
        no labels."""
        if trained is not None:
            folder: Path = self.settings.data_dir / trained.path
            try:
                loaded = load(folder, lambda: self.second_encoder)
            except (OSError, ValueError, CopilotError) as error:
                log.error("The trained classifier %s cannot be read (%s); descriptions are used.", folder, error)
            else:
                if loaded.encoder_version == self.encoder.model_version:
                    return loaded
                log.warning("The classifier was trained with another embedding model; run `copilot train intents`.")
        return load_default(self.encoder, cache_dir=self.settings.models_dir / "descriptions")

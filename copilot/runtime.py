"""The parts that every door shares: settings, database, and the retrieval engine, built when first needed."""

from __future__ import annotations

import logging
import threading
from functools import cached_property
from pathlib import Path

from core.artifacts import active_artifact
from core.db import Database
from core.settings import Settings
from retrieval.classify import Classifier, load, load_default
from retrieval.encoder.base import Encoder
from retrieval.encoder.cache import EmbeddingCache
from retrieval.encoder.load import load_encoder
from retrieval.engine import Engine
from retrieval.engine_parts import build_engine
from retrieval.index.client import IndexClient
from retrieval.index.connect import connect
from retrieval.index.store import VectorStore

log = logging.getLogger(__name__)
CLASSIFIER_KIND = "intent-classifier"


class Runtime:
    """One a process. Encoder, store and engine are thread-safe and made once, by whoever asks first.

    A newly trained classifier is taken up without a restart: `engine()` looks which version is active.
    """

    def __init__(self, settings: Settings, db: Database | None = None, *, store: VectorStore | None = None) -> None:
        self.settings = settings
        self.db = db or Database(settings.sqlalchemy_url)
        self._given_store = store
        self._lock = threading.RLock()
        self._engine: Engine | None = None
        self._classifier_version: str | None = None

    @cached_property
    def encoder(self) -> Encoder:
        with self._lock:
            return load_encoder(self.settings)

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
    def embedding_cache(self) -> EmbeddingCache:
        """Vectors of passages by content, so that an interrupted rebuild goes on where it stopped."""
        return EmbeddingCache(self.settings.data_dir / "cache" / "embeddings.db")

    def engine(self) -> Engine:
        """The engine with the active classifier. Raises ConfigurationError when models are not prepared."""
        with self.db.reading() as session:
            active = active_artifact(session, CLASSIFIER_KIND)
        wanted = active.version if active else None
        with self._lock:
            if self._engine is None or wanted != self._classifier_version:
                classifier = self._classifier(active.path if active else None)
                self._engine = build_engine(self.settings, self.encoder, self.store, classifier)
                self._classifier_version = wanted
            return self._engine

    def warm_up(self) -> None:
        """Load the models now rather than with the first question."""
        self.engine().encoder.encode_queries(["warm up"])

    def close(self) -> None:
        if "store" in self.__dict__ and self._given_store is None:
            self.store.close()
        self.db.close()

    def _classifier(self, path: str | None) -> Classifier:
        if path is not None:
            folder: Path = self.settings.data_dir / path
            try:
                loaded = load(folder)
            except (OSError, ValueError) as error:
                log.error("The trained classifier %s cannot be read (%s); descriptions are used.", folder, error)
            else:
                if loaded.encoder_version == self.encoder.model_version:
                    return loaded
                log.warning("The classifier was trained with another embedding model; run `copilot train intents`.")
        return load_default(self.encoder, cache_dir=self.settings.models_dir / "descriptions")

"""Wires the real parts into an `Engine`. LangChain is imported only when a language model is configured."""

from __future__ import annotations

from core.settings import Settings
from retrieval.adapter import QueryAdapter
from retrieval.chunking import CHUNKER_VERSION
from retrieval.classify import Classifier, load_default
from retrieval.classify.mood import load_prototypes
from retrieval.encoder.base import Encoder
from retrieval.encoder.load import load_encoder
from retrieval.engine import Engine, StreamsDraft
from retrieval.fusion import DEFAULT_FUSION, Fusion
from retrieval.index.connect import connect
from retrieval.index.store import VectorStore
from retrieval.rerank import load_reranker
from retrieval.search import Searcher


def build_engine(
    settings: Settings,
    encoder: Encoder | None = None,
    store: VectorStore | None = None,
    classifier: Classifier | None = None,
    fusion: Fusion = DEFAULT_FUSION,
    adapter: QueryAdapter | None = None,
) -> Engine:
    """The engine that `settings` name; parts that the caller has already are given.

    Without a trained classifier the intents' descriptions serve. Raises ConfigurationError when a model is not
    prepared.
    """
    encoder = encoder or load_encoder(settings)
    store = store or connect(settings)
    classifier = classifier or load_default(encoder, cache_dir=settings.models_dir / "descriptions")
    searcher = Searcher(encoder, store, fusion, load_reranker(settings), adapter)
    versions = {"chunker": CHUNKER_VERSION, "collection": settings.collection}
    moods = load_prototypes(encoder, settings.models_dir / "descriptions")
    return Engine(encoder, searcher, classifier, llm=_llm(settings), versions=versions, moods=moods)


def _llm(settings: Settings) -> StreamsDraft | None:
    if not settings.llm_url:
        return None
    from retrieval.draft.llm import LlmDrafter  # noqa: PLC0415 - LangChain: a second of start-up, only if it is used

    return LlmDrafter(settings)

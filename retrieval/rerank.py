"""Optional reranking by a cross-encoder. Off by default: no multilingual cross-encoder comes in a package."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import Any, Protocol

from core.errors import ConfigurationError
from core.settings import Settings
from retrieval.types import Hit


class Reranker(Protocol):
    """Puts hits in a better order; `version` goes into the answer's record so that it can be replayed."""

    @property
    def version(self) -> str: ...

    def rerank(self, query: str, hits: Sequence[Hit], limit: int) -> list[Hit]:
        """The best `limit` of `hits` for `query`, `score` replaced by the reranker's, highest first."""
        ...


class CrossEncoderReranker:
    """A sentence-transformers `CrossEncoder` by model id or path, loaded with torch when the first query comes.

    `depth` hits are scored a query: each costs a forward pass over query and passage. `model` (anything with
    `predict(pairs) -> scores`) replaces the loaded one. Its effect on quality is for `copilot eval retrieval` to
    measure with your model; no figure is claimed for it here.
    """

    def __init__(self, model_id: str, *, depth: int = 30, max_length: int = 512, model: Any = None) -> None:
        self.model_id, self.depth, self.max_length = model_id, depth, max_length
        self._model = model
        self._loading = Lock()

    @property
    def version(self) -> str:
        return f"cross-encoder:{self.model_id}"

    def rerank(self, query: str, hits: Sequence[Hit], limit: int) -> list[Hit]:
        """Only the first `depth` (at least `limit`) hits are scored; the others are dropped.

        Raises `ConfigurationError` when the model cannot be loaded.
        """
        head = list(hits[: max(self.depth, limit)])
        if not head:
            return []
        scores = [float(score) for score in self._loaded().predict([(query, hit.passage.embed_text) for hit in head])]
        ranked = sorted(zip(scores, range(len(head)), strict=True), key=lambda pair: (-pair[0], pair[1]))
        return [replace(head[at], score=score) for score, at in ranked[:limit]]

    def _loaded(self) -> Any:
        with self._loading:
            if self._model is None:
                try:
                    # torch takes seconds and a gigabyte: only a process that reranks may load it
                    from sentence_transformers import CrossEncoder  # noqa: PLC0415

                    self._model = CrossEncoder(self.model_id, max_length=self.max_length)
                except Exception as error:
                    raise ConfigurationError(
                        f"The reranker model {self.model_id!r} cannot be loaded ({error}). Set COPILOT_RERANKER_MODEL "
                        "to the path or id of a sentence-transformers cross-encoder, or unset it to search without."
                    ) from error
            return self._model


def load_reranker(settings: Settings) -> Reranker | None:
    """The configured reranker, or None when `COPILOT_RERANKER_MODEL` is not set."""
    return CrossEncoderReranker(settings.reranker_model) if settings.reranker_model else None

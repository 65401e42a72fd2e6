"""The encoder of last resort: sentence-transformers on torch, for a model that could not be compiled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import ConfigurationError, InvalidInput
from retrieval.encoder.base import Vectors

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MAX_TOKENS = 512
PASSAGE_PROMPTS = ("passage", "document")


def load_sentence_transformer(source: str, **options: Any) -> SentenceTransformer:
    """The torch model on the CPU, cut at MAX_TOKENS. Raises ConfigurationError when it cannot be loaded."""
    # torch takes seconds to import and 400 MB: only set-up and this fall-back may load them.
    from sentence_transformers import SentenceTransformer  # noqa: PLC0415
    from transformers.utils.logging import disable_progress_bar  # noqa: PLC0415  (as above)

    disable_progress_bar()  # "Loading weights" says nothing to whom set-up speaks
    try:
        model = SentenceTransformer(source, device="cpu", **options)
    except Exception as error:  # the hub client, transformers and torch each raise their own
        raise ConfigurationError(
            f"The embedding model {source!r} cannot be loaded: {error}. COPILOT_EMBEDDING_MODEL takes a "
            "sentence-transformers id or the path of a directory; leave it empty for the packaged model."
        ) from error
    model.max_seq_length = min(model.max_seq_length or MAX_TOKENS, MAX_TOKENS)
    return model


def prompts_of(model: SentenceTransformer) -> tuple[str, str]:
    """(query prompt, passage prompt) as the model's own configuration states them; "" where it states none."""
    prompts = dict(model.prompts or {})
    default = prompts.get(model.default_prompt_name or "", "") or ""
    passage = next((prompts[name] for name in PASSAGE_PROMPTS if prompts.get(name)), default)
    return prompts.get("query") or default, passage


class SentenceTransformerEncoder:
    """A torch model behind the `Encoder` protocol."""

    def __init__(self, model: SentenceTransformer, model_version: str) -> None:
        self._model = model
        self.model_version = model_version
        self.query_prompt, self.passage_prompt = prompts_of(model)
        self.dimension = int(model.get_embedding_dimension() or 0)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self.query_prompt, texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        return self._encode(self.passage_prompt, texts)

    def _encode(self, prompt: str, texts: Sequence[str]) -> Vectors:
        if isinstance(texts, str):
            raise InvalidInput("Pass a list of texts to the encoder, not one string.")
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        vectors = self._model.encode(
            list(texts), prompt=prompt or None, batch_size=32, normalize_embeddings=True, show_progress_bar=False
        )
        return np.asarray(vectors, np.float32)

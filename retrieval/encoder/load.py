"""The encoder of this process. Never imports torch unless the configured model could not be compiled."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from core.errors import ConfigurationError
from core.settings import Settings
from retrieval.encoder.base import Encoder
from retrieval.encoder.compiled import CompiledEncoder
from retrieval.encoder.fallback import SentenceTransformerEncoder, load_sentence_transformer
from retrieval.encoder.manifest import COMPILED, ONNX, RECIPE, Manifest, model_directory

log = logging.getLogger(__name__)
_loaded: dict[tuple[Path, str, int], Encoder] = {}
_lock = threading.Lock()


def load_encoder(settings: Settings) -> Encoder:
    """The prepared encoder that the settings name; one per process, model and thread count.

    Raises ConfigurationError, naming `copilot models prepare`, when the model is not prepared.
    """
    return _load(settings, settings.embedding_model)


def load_second(settings: Settings) -> Encoder | None:
    """The encoder that `settings.classifier_model` names, None without one. Raises as `load_encoder`."""
    return _load(settings, settings.classifier_model) if settings.classifier_model else None


def _load(settings: Settings, model: str) -> Encoder:
    directory = model_directory(settings.models_dir, model) / COMPILED
    try:
        manifest = Manifest.read(directory)
    except FileNotFoundError:
        manifest = None
    if manifest is None or manifest.recipe != RECIPE:
        what = f"model {model!r}" if model else "packaged embedding model"
        state = "not prepared" if manifest is None else "prepared by another version"
        raise ConfigurationError(f"The {what} is {state} in {settings.models_dir}. Run `copilot models prepare`.")
    key = (directory, manifest.model_version, settings.encoder_threads)
    with _lock:
        if key not in _loaded:
            _loaded[key] = _open(directory, manifest, settings.encoder_threads)
        return _loaded[key]


def _open(directory: Path, manifest: Manifest, threads: int) -> Encoder:
    if manifest.backend == ONNX:
        return CompiledEncoder(directory, threads)
    log.warning(
        "The embedding model %s could not be compiled (%s): serving it with sentence-transformers on torch, which is "
        "several times slower and takes several times the memory.",
        manifest.name,
        "; ".join(manifest.rejected),
    )
    return SentenceTransformerEncoder(load_sentence_transformer(manifest.source), manifest.model_version)

"""The English model: its package is found and checked without being run, and the compiled one is near fp32."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError
from core.settings import Settings
from retrieval.encoder import english
from retrieval.encoder.compile import prepare_models
from retrieval.encoder.load import load_second
from retrieval.encoder.manifest import ONNX, Manifest
from retrieval.encoder.reference import english_texts, english_vectors


def test_finding_the_model_does_not_import_the_package() -> None:
    assert (english.find_directory() / english.WEIGHTS_FILE).is_file()
    assert english.MODULE not in sys.modules


def test_another_file_is_refused(tmp_path: Path) -> None:
    for name in english.SHA256:
        shutil.copyfile(english.find_directory() / name, tmp_path / name)
    with (tmp_path / english.TOKENIZER_FILE).open("ab") as file:
        file.write(b" ")
    with pytest.raises(ConfigurationError, match=r"tokenizer.json .* is not the pinned file.*==0.1.0"):
        english.verified(tmp_path)


def test_committed_vectors_fit_the_english_texts() -> None:
    queries, passages, long = english_texts()
    vectors = english_vectors()
    assert vectors.queries.shape == (len(queries), 384)
    assert vectors.passages.shape == (len(passages), 384)
    assert vectors.long.shape == (len(long), 384)
    assert min(len(queries), len(passages)) >= 9


def test_it_is_compiled_to_int8_near_fp32(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, classifier_model=english.ENGLISH)
    with pytest.raises(ConfigurationError, match="'english' is not prepared"):
        load_second(settings)
    manifest = Manifest.read(prepare_models(settings.models_dir, english.ENGLISH, lambda _: None))
    assert (manifest.backend, manifest.name, manifest.dimension) == (ONNX, english.MODEL_NAME, 384)
    assert manifest.minimum_cosine >= 0.99
    assert (manifest.rung, manifest.rejected) == ("int8", ())
    encoder = load_second(settings)
    assert encoder is not None
    near, far = (
        encoder.encode_queries(["my card has not arrived", "still waiting for the card", "cancel a transfer"])[[1, 2]]
        @ encoder.encode_queries(["my card has not arrived"])[0]
    )
    assert near > far + 0.2
    assert np.isclose(np.linalg.norm(encoder.encode_queries(["hello"])), 1, atol=1e-4)


def test_none_is_loaded_when_none_is_named(tmp_path: Path) -> None:
    assert load_second(Settings(data_dir=tmp_path)) is None

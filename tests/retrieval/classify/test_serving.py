"""What serves: artefacts on disk, speed of a message, no scikit-learn, no code on loading."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

from core.errors import ConfigurationError, InvalidInput
from retrieval.classify import load, save
from retrieval.classify.fitting import CANDIDATES
from retrieval.classify.heads import CANDIDATES as HEAD_CANDIDATES
from retrieval.classify.heads import NeighbourHead, PrototypeHead
from retrieval.classify.model import Classifier
from retrieval.classify.ngrams import NgramVocabulary, grams
from retrieval.classify.rows import build
from retrieval.classify.storage import SPEC, WEIGHTS
from retrieval.classify.taxonomy import Taxonomy
from retrieval.classify.training import train_classifier
from retrieval.classify.zero_label import load_default
from tests.retrieval.classify.word_encoder import WORDS, WordEncoder, sentences


@cache
def every_head() -> tuple[Classifier, WordEncoder, list[str]]:
    """A classifier that uses all candidates at once, whatever cross-validation would choose."""
    encoder = WordEncoder()
    texts, labels = sentences(list(WORDS), 12, seed=1)
    trained, _ = train_classifier(texts, labels, encoder)
    rows = build(texts, labels, encoder.encode_queries(texts), encoder, None, None)
    heads = tuple(candidate.fit(rows, 0) for candidate in CANDIDATES.values())
    classifier = Classifier(
        trained.labels,
        heads,
        (1.0,) * len(heads),
        Taxonomy({}),
        encoder.model_version,
        encoder.dimension,
        trained.calibration,
        trained.known,
        scope=trained.scope,
        minimum_confidence=0.3,
        maximum_out_of_scope=0.7,
    )
    return classifier, encoder, texts


def test_saved_and_loaded_predicts_the_same(tmp_path):
    classifier, encoder, texts = every_head()
    version = save(classifier, tmp_path)
    loaded = load(tmp_path)
    assert loaded.model_version == version
    assert (loaded.minimum_confidence, loaded.maximum_out_of_scope) == (0.3, 0.7)
    before = classifier.predict_many(texts, encoder.encode_queries(texts))
    after = loaded.predict_many(texts, encoder.encode_queries(texts))
    np.testing.assert_array_equal(before.probabilities, after.probabilities)
    np.testing.assert_array_equal(before.out_of_scope, after.out_of_scope)


def test_the_zero_label_classifier_can_be_saved(tmp_path):
    encoder = WordEncoder()
    classifier = load_default(encoder)
    assert save(classifier, tmp_path) == classifier.model_version
    loaded = load(tmp_path)
    assert loaded.taxonomy == classifier.taxonomy
    assert isinstance(loaded.heads[0], PrototypeHead)


def test_loading_never_unpickles(tmp_path):
    """A poisoned array: were pickle allowed, loading would run its code."""
    classifier, _, _ = every_head()
    save(classifier, tmp_path)

    class Bomb:
        def __reduce__(self):
            return (exec, ("import pathlib; pathlib.Path(r'%s').touch()" % (tmp_path / "exploded"),))

    with np.load(tmp_path / WEIGHTS) as file:
        arrays = dict(file)
    arrays["head0.bias"] = np.array([Bomb()], dtype=object)
    np.savez(tmp_path / WEIGHTS, **arrays)
    import hashlib

    spec = json.loads((tmp_path / SPEC).read_text())
    spec["weights_sha256"] = hashlib.sha256((tmp_path / WEIGHTS).read_bytes()).hexdigest()
    (tmp_path / SPEC).write_text(json.dumps(spec))
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load(tmp_path)
    assert not (tmp_path / "exploded").exists()


def test_damaged_or_missing_artefacts_say_so(tmp_path):
    with pytest.raises(ConfigurationError, match="No trained classifier"):
        load(tmp_path)
    classifier, _, _ = every_head()
    save(classifier, tmp_path)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(whole[:-100])
    with pytest.raises(ConfigurationError, match="damaged"):
        load(tmp_path)
    (tmp_path / WEIGHTS).write_bytes(whole)
    (tmp_path / SPEC).write_text((tmp_path / SPEC).read_text()[:50])
    with pytest.raises(ConfigurationError, match="damaged"):
        load(tmp_path)
    (tmp_path / SPEC).write_text('{"format": 99}')
    with pytest.raises(ConfigurationError, match="format"):
        load(tmp_path)


def test_vectors_of_another_encoder_are_refused():
    classifier, _, _ = every_head()
    with pytest.raises(InvalidInput, match="64 dimensions"):
        classifier.predict("refund", np.zeros(32, dtype=np.float32))


def test_serving_imports_neither_scikit_learn_nor_scipy():
    code = "import retrieval.classify, sys; print([m for m in ('sklearn', 'scipy', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_message_is_compared_with_the_rows_of_few_labels_only():
    """What keeps a message below half a millisecond at 80 labels and 10,000 rows: the other rows are never touched."""
    random = np.random.default_rng(0)
    rows = random.standard_normal((800, 32)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    centroids = rows[::10].copy()
    message = centroids[3:4]
    far = np.argsort(-(centroids @ message[0]))[HEAD_CANDIDATES:]
    for label in far:
        rows[label * 10 : label * 10 + 10] = np.nan
    head = NeighbourHead(
        center=np.zeros(32, dtype=np.float32),
        transform=np.eye(32, dtype=np.float32),
        rows=rows,
        mass=np.ones(800, dtype=np.float32),
        starts=np.arange(0, 801, 10),
        labels=np.arange(80),
        centroids=centroids,
        columns=80,
        sharpness=20.0,
    )
    scores = head.scores([""], message)[0]
    assert np.isfinite(scores).all()
    assert scores.argmax() == 3
    assert (scores[far] == scores.min()).all()


def test_ngrams_hold_chinese_words_and_english_parts():
    words, characters = grams("退货Refund")
    assert {"w退", "w退 货", "wrefund", "w货 refund"} <= set(words)
    assert {"c退货", "c refu", "cund "} <= set(characters)


def test_ngram_features_are_two_unit_vectors_and_skip_the_unknown():
    vocabulary = NgramVocabulary.fit(["refund money", "refund parcel"], minimum=1)
    columns, values = vocabulary.features("refund money xyz")
    assert len(columns) == len(values)
    assert float(values @ values) == pytest.approx(2.0, rel=1e-5)
    columns, values = vocabulary.features("甲乙丙")
    assert (len(columns), len(values)) == (0, 0)

"""A classifier that asks a second encoder."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ConfigurationError
from retrieval.classify.storage import load, save
from retrieval.classify.training import train_classifier
from tests.retrieval.classify.word_encoder import WORDS, WordEncoder, sentences


class OneWordEncoder(WordEncoder):
    """Tells nothing but whether a message is long: useless for intents on purpose."""

    def encode_queries(self, texts):
        return super().encode_queries(["long" if len(text) > 40 else "short" for text in texts])


@pytest.fixture(scope="module")
def data():
    return sentences(list(WORDS), 15, seed=1, noise=0.3)


def test_the_second_encoder_s_heads_compete_and_serve(data):
    texts, labels = data
    first, second = OneWordEncoder("useless"), WordEncoder("words")
    classifier, report = train_classifier(texts, labels, first, second=second)
    own = report.table["embedding logistic, shrinkage 0.5"]
    assert report.table["second embedding logistic, shrinkage 0.5"] > own + 0.3
    asked, truth = sentences(list(WORDS), 20, seed=2)
    before = second.encoded
    best = classifier.predict_many(asked, first.encode_queries(asked)).best
    assert second.encoded == before + len(asked)
    assert np.mean([said == true for said, true in zip(best, truth, strict=True)]) > 0.9


def test_it_is_saved_with_the_second_encoder_s_version_and_refuses_another(data, tmp_path):
    texts, labels = data
    first, second = WordEncoder("first"), WordEncoder("second")
    classifier, _ = train_classifier(texts, labels, first, second=second)
    save(classifier, tmp_path)
    loaded = load(tmp_path, lambda: second)
    vectors = first.encode_queries(texts)
    np.testing.assert_array_equal(
        classifier.predict_many(texts, vectors).out_of_scope, loaded.predict_many(texts, vectors).out_of_scope
    )
    for given in (None, WordEncoder("third")):
        with pytest.raises(ConfigurationError, match="second embedding model second"):
            load(tmp_path, lambda given=given: given)


def test_without_a_second_encoder_none_is_asked_for(data, tmp_path):
    texts, labels = data
    classifier, _ = train_classifier(texts, labels, WordEncoder())
    save(classifier, tmp_path)
    assert load(tmp_path, lambda: pytest.fail("asked")).second is None

"""A classifier that asks a second encoder, and evidence that joins only where it pays."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import ConfigurationError
from retrieval.classify.familiar import Familiar
from retrieval.classify.scope_fitting import fit_scope, pieces
from retrieval.classify.storage import load, save
from retrieval.classify.training import train_classifier
from tests.retrieval.classify.word_encoder import WORDS, WordEncoder, sentences


class OneWordEncoder(WordEncoder):
    """Tells nothing but whether a message is long: useless for intents on purpose."""

    def encode_queries(self, texts):
        return super().encode_queries(["long" if len(text) > 40 else "short" for text in texts])


@pytest.fixture(scope="module")
def data():
    return sentences(list(WORDS), 25, seed=1, noise=0.3)


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


def test_evidence_that_says_nothing_keeps_the_weight_zero():
    random = np.random.default_rng(0)
    unknown = random.random(2000) < 0.5
    found = random.standard_normal((2000, 14))
    found[:, 3] -= unknown  # centroid of the first encoder
    found[:, -1] -= 3 * unknown  # words of the label
    first, near, second, words = pieces(14)
    model, auroc = fit_scope(found, unknown, np.repeat(np.arange(4), 500))
    assert auroc > 0.97
    assert model.weights[first].any()
    assert model.weights[words].any()
    assert not model.weights[[*near, *second]].any()


def test_words_known_and_known_with_the_label():
    familiar = Familiar.fit(["where is my parcel", "退款 refund", "my refund"], [0, 1, 1])
    found = familiar.evidence(["my parcel", "my parcel", "zeppelin", ""], np.array([0, 1, 1, 1]))
    length, known, owned = found.T
    assert list(np.expm1(length).round()) == [2, 2, 1, 0]
    assert known[0] == known[1] == 1.0
    assert owned[0] == 1.0 > owned[1]  # "parcel" was never met with label 1
    assert known[2] < 0.5
    assert (known[3], owned[3]) == (1.0, 1.0)

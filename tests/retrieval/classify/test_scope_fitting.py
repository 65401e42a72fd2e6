"""What speaks for "about nothing we know": words, fragments of messages, and evidence that joins only where it pays."""

from __future__ import annotations

from collections import Counter
from itertools import chain

import numpy as np
import pytest
from sklearn.linear_model import RidgeClassifier

from retrieval.classify.familiar import SMOOTHING, Familiar
from retrieval.classify.fitting import within_whitening
from retrieval.classify.fragments import NO_LABEL, runs
from retrieval.classify.scope_fitting import RIDGE, SHRINKAGE, Examples, fit_discriminant, fit_scope, pieces


def examples(found, unknown, **options):
    whole = {"fragments": np.zeros(len(unknown), dtype=bool), **options}
    return Examples(found, unknown, np.repeat(np.arange(4), len(unknown) // 4), **whole)


def test_evidence_that_says_nothing_keeps_the_weight_zero():
    random = np.random.default_rng(0)
    unknown = random.random(2000) < 0.5
    found = random.standard_normal((2000, 20))
    found[:, 3] -= unknown  # centroid of the first encoder
    found[:, 15] -= 3 * unknown  # words of the label
    first, near, second, claims, words, *more = pieces(20)
    model, auroc = fit_scope(examples(found, unknown))
    assert auroc > 0.97
    assert model.weights[first].any()
    assert model.weights[words].any()
    assert not model.weights[[*near, *second, *claims, *chain(*more)]].any()


def test_evidence_that_misleads_on_fragments_joins_only_where_messages_are_long():
    random = np.random.default_rng(0)
    unknown, fragments = random.random(4000) < 0.5, random.random(4000) < 0.3
    found = random.standard_normal((4000, 20))
    found[:, 3] -= unknown
    found[:, 18] -= np.where(fragments, -1.5, 1.0) * unknown  # speaks for the known in whole rows only
    (lead,) = pieces(20)[-2]
    for share, joins in ((0.0, True), (0.4, False)):
        model, _ = fit_scope(examples(found, unknown, fragments=fragments, share=share))
        assert bool(model.weights[lead]) is joins


def test_known_and_unknown_weigh_the_same_and_fragments_their_share():
    unknown, fragments = np.arange(10) < 6, np.arange(10) % 3 == 0
    kept = np.arange(10) != 1
    weights = Examples(np.zeros((10, 20)), unknown, np.zeros(10), fragments, share=0.25).weights(kept)
    assert weights[1] == 0
    assert weights.sum() == pytest.approx(9)
    assert weights[unknown].sum() == pytest.approx(4.5)
    assert weights[fragments].sum() == pytest.approx(9 / 4)


def test_words_known_and_known_with_the_label():
    familiar = Familiar.fit(["where is my parcel", "退款 refund", "my refund"], [0, 1, 1], 2)
    found = familiar.evidence(["my parcel", "my parcel", "zeppelin", ""], np.array([0, 1, 1, 1]))
    length, known, owned, likely, lead, likeliest = found.T
    assert list(np.expm1(length).round()) == [2, 2, 1, 0]
    assert known[0] == known[1] == 1.0
    assert owned[0] == 1.0 > owned[1]  # "parcel" was never met with label 1
    assert known[2] < 0.5
    assert (known[3], owned[3]) == (1.0, 1.0)
    assert likely[0] > 0 > likely[1]
    assert likely[2] < 0  # a word that nobody said
    assert lead[0] == pytest.approx(-lead[1])
    assert (likely[3], lead[3]) == (0.0, 0.0)
    assert list(likeliest) == list(np.maximum(likely, likely - lead))


def test_log_odds_of_words_are_those_of_smoothed_shares():
    """The sparse sums are the textbook's: ln of (count + mu · share) / (words + mu) over the share in all rows."""
    texts, targets = ["pay by card", "card lost", "lost parcel lost"], [0, 0, 1]
    familiar = Familiar.fit(texts, targets, 2)
    said = Counter(word for text in texts for word in set(text.split()))
    share = {word: (said[word] + 0.5) / (sum(said.values()) + 0.5 * (len(said) + 1)) for word in said}
    own = [Counter(["pay", "by", "card", "card", "lost"]), Counter(["lost", "parcel"])]

    def odds(words, label):
        size = sum(own[label].values())
        smoothed = {word: (own[label][word] + SMOOTHING * share[word]) / (size + SMOOTHING) for word in words}
        return sum(np.log(smoothed[word] / share[word]) for word in words)

    asked = ["card", "parcel"]
    ((*_, likely, lead, _),) = familiar.evidence(["parcel card"], np.array([1]))
    assert likely == pytest.approx(odds(asked, 1) / np.sqrt(2))
    assert lead == pytest.approx((odds(asked, 1) - odds(asked, 0)) / np.sqrt(2))


def test_runs_that_several_labels_share_tell_none():
    texts = ["where is my parcel", "where is my parcel now", "my parcel is lost", "where is my refund"]
    texts += ["refund my order", "refund now", "is my order late"]
    texts += ["我要退款", "我要退款吧", "我要退款谢谢", "我要发票", "我要发票吧", "我要发票谢谢"]
    ambiguous, telling = runs(texts, [0, 0, 0, 1, 1, 1, 2, 3, 3, 3, 4, 4, 4])
    assert ("is my", NO_LABEL) in ambiguous  # half its rows are one label's
    assert ("我要", NO_LABEL) in ambiguous
    assert ("parcel", 0) in telling
    assert ("refund", 1) in telling
    assert ("退款", 3) in telling
    written = [text for text, _ in ambiguous + telling]
    assert "我要退款" not in written  # a whole message of training


def test_each_label_claims_its_own_messages_and_none_what_lies_elsewhere():
    random = np.random.default_rng(0)
    targets = np.repeat([0, 1, 2], 60)
    vectors = (np.eye(6)[targets] * 3 + random.standard_normal((180, 6)) * 0.3).astype(np.float32)
    discriminant = fit_discriminant(vectors, targets, 4)  # the last label has no row
    reference = RidgeClassifier(alpha=RIDGE)
    center, transform = within_whitening(vectors, targets, np.ones(180), SHRINKAGE)
    reference.fit((vectors - center) @ transform, targets)
    expected = reference.decision_function((vectors - center) @ transform)
    asked = np.concatenate([vectors[:1], np.eye(6, dtype=np.float32)[[5]] * 3])
    (own, lead, claims), (far, _, _) = discriminant.evidence(asked, np.array([0, 0]))
    assert own == pytest.approx(expected[0, 0], abs=1e-4)
    assert lead == pytest.approx(expected[0, 0] - expected[0, 1:].max(), abs=1e-4)
    assert claims == pytest.approx(np.maximum(expected[0] + 1, 0).sum(), abs=1e-4)
    assert own > 0.5 > far

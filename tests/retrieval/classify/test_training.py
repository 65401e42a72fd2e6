"""Training: what is learned, calibrated, refused and abstained from."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import InvalidInput
from retrieval.classify.calibration import confidence_threshold, expected_calibration_error
from retrieval.classify.taxonomy import Taxonomy, parse_taxonomy
from retrieval.classify.training import train_classifier
from tests.retrieval.classify.word_encoder import WORDS, WordEncoder, sentences

LABELS = list(WORDS)


@pytest.fixture(scope="module")
def trained():
    encoder = WordEncoder()
    texts, labels = sentences(LABELS, 30, seed=1, noise=0.35)
    return encoder, *train_classifier(texts, labels, encoder)


def test_recognises_unseen_messages(trained):
    encoder, classifier, report = trained
    texts, labels = sentences(LABELS, 40, seed=2)
    found = classifier.predict_many(texts, encoder.encode_queries(texts))
    accuracy = np.mean([said == true for said, true in zip(found.best, labels, strict=True)])
    assert accuracy > 0.95
    assert report.accuracy < accuracy  # the training rows are noisy, and the report is out of fold: it must not flatter


def test_confidence_is_calibrated_on_unseen_noisy_messages(trained):
    encoder, classifier, _ = trained
    texts, labels = sentences(LABELS, 150, seed=3, noise=0.35)
    found = classifier.predict_many(texts, encoder.encode_queries(texts))
    correct = np.array([said == true for said, true in zip(found.best, labels, strict=True)])
    assert correct.mean() < 0.97  # otherwise there would be nothing to calibrate
    assert expected_calibration_error(found.confidence, correct) < 0.08


def test_probabilities_are_a_distribution_led_by_the_confidence(trained):
    encoder, classifier, _ = trained
    texts, _ = sentences(LABELS, 5, seed=4, noise=0.5)
    found = classifier.predict_many(texts, encoder.encode_queries(texts))
    np.testing.assert_allclose(found.probabilities.sum(axis=1), 1, atol=1e-4)
    np.testing.assert_allclose(
        found.probabilities[np.arange(len(texts)), found.probabilities.argmax(axis=1)], found.confidence, atol=1e-5
    )


def test_unknown_subjects_score_higher_out_of_scope_without_any_such_rows(trained):
    encoder, classifier, report = trained
    assert report.scope_source == "held-out labels and fragments"
    known, _ = sentences(LABELS, 20, seed=5)
    unknown, _ = sentences(["small talk"], 60, seed=6)
    inside = classifier.predict_many(known, encoder.encode_queries(known)).out_of_scope
    outside = classifier.predict_many(unknown, encoder.encode_queries(unknown)).out_of_scope
    assert np.mean(outside[:, None] > inside[None]) > 0.9


def test_abstains_on_an_unknown_subject_and_names_a_known_one(trained):
    encoder, classifier, _ = trained
    unknown, known = "weather football moon poem garden joke", "please refund my money back"
    assert classifier.predict(unknown, encoder.encode_queries([unknown])[0]).intent is None
    found = classifier.predict(known, encoder.encode_queries([known])[0])
    assert (found.intent, found.abstained) == ("refund", False)
    assert found.ranking[0] == ("refund", found.confidence)


def test_out_of_scope_rows_are_learned_from_and_never_named():
    encoder = WordEncoder()
    texts, labels = sentences(LABELS, 25, seed=1)
    more, _ = sentences(["small talk"], 40, seed=2)
    classifier, report = train_classifier(texts + more, labels + ["oos"] * 40, encoder, oos_label="oos")
    assert "oos" not in classifier.labels
    assert (report.oos_rows, report.scope_source) == (40, "out-of-scope rows")
    asked, _ = sentences(["small talk"], 30, seed=3)
    found = classifier.predict_many(asked, encoder.encode_queries(asked))
    assert (found.out_of_scope > classifier.maximum_out_of_scope).mean() > 0.9
    assert set(found.best) <= set(LABELS)


def test_same_seed_gives_the_same_classifier():
    texts, labels = sentences(LABELS[:3], 8, seed=1)
    versions = [train_classifier(texts, labels, WordEncoder(), seed=seed)[0].model_version for seed in (3, 3)]
    assert versions[0] == versions[1]


def test_an_intent_without_tickets_is_named_from_its_description_and_many_tickets_outweigh_it():
    encoder = WordEncoder()
    taxonomy: Taxonomy = parse_taxonomy(
        [
            {
                "id": "gift",
                "name": {"en": "gift"},
                "category": "c",
                "phrases": {"en": ["gift present wrapping", "gift"]},
            },
            # Described by the words of another label: the tickets say otherwise and must win.
            {"id": "size", "name": {"en": "coupon"}, "category": "c", "phrases": {"en": ["coupon voucher discount"]}},
        ]
    )
    texts, labels = sentences(["refund", "coupon", "size"], 25, seed=1)
    classifier, _ = train_classifier(texts, labels, encoder, taxonomy=taxonomy)
    asked = ["gift present wrapping please", "size fit large waist", "coupon sale cheaper promo"]
    assert classifier.predict_many(asked, encoder.encode_queries(asked)).best == ["gift", "size", "coupon"]


def test_two_labels_and_few_rows_are_enough():
    encoder = WordEncoder()
    texts, labels = sentences(["refund", "parcel"], 3, seed=1)
    classifier, report = train_classifier(texts, labels, encoder)
    assert report.scope_source.startswith("none")
    assert classifier.predict_many(["refund money"], encoder.encode_queries(["refund money"])).best == ["refund"]


def test_a_label_with_one_example_is_named():
    texts, labels = sentences(["refund", "parcel"], 5, seed=1)
    with pytest.raises(InvalidInput, match=r"single example: 'lonely'"):
        train_classifier([*texts, "hello"], [*labels, "lonely"], WordEncoder())


def test_rare_labels_can_be_left_out_and_are_reported():
    encoder = WordEncoder()
    texts, labels = sentences(["refund", "parcel"], 5, seed=1)
    vectors = encoder.encode_queries(["hello", *texts])
    classifier, report = train_classifier(
        ["hello", *texts], ["lonely", *labels], encoder, vectors=vectors, drop_rare=True
    )
    assert classifier.labels == ("parcel", "refund")
    assert report.rare == {"lonely": 1}
    # The dropped row's vector went with it: the others still belong to their own texts.
    assert classifier.predict_many(texts, vectors[1:]).best == labels


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        ([], [], "no labelled messages"),
        (["a"], [], "1 texts but 0 labels"),
        (["a", " "], ["x", "y"], "Row 2 has an empty text"),
        (["a", "b"], ["x", ""], "Row 2 has an empty label"),
        (["a", "b"], ["x", "x"], "at least two labels"),
    ],
)
def test_bad_input_says_what_to_do(texts, labels, message):
    with pytest.raises(InvalidInput, match=message):
        train_classifier(texts, labels, WordEncoder())


def test_progress_reaches_the_end():
    seen: list[tuple[str, int, int]] = []
    texts, labels = sentences(["refund", "parcel"], 5, seed=1)
    train_classifier(texts, labels, WordEncoder(), progress=lambda *step: seen.append(step))
    assert seen[0][0] == "encode"
    assert seen[-1] == ("fit", 1, 1)


def test_threshold_is_the_lowest_that_keeps_the_precision():
    confidence, correct = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert confidence_threshold(confidence, correct, 0.9) == 0.8
    assert confidence_threshold(confidence, correct, 0.75) == 0.0
    assert confidence_threshold(confidence, ~np.ones(4, dtype=bool), 0.5) > 1


def test_calibration_error_of_known_cases():
    assert expected_calibration_error(np.full(10, 0.8), np.arange(10) < 8) == pytest.approx(0)
    assert expected_calibration_error(np.full(10, 0.9), np.arange(10) < 5) == pytest.approx(0.4)

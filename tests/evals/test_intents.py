"""`eval intents`: reading, metrics, honesty about the test file, the printed table."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from sklearn.metrics import f1_score, matthews_corrcoef, roc_auc_score

from core.errors import InvalidInput
from evals import intents
from evals.intents import evaluate_intents, render_intents
from retrieval.classify.dataset import read_labelled, read_labelled_csv, read_labelled_lines
from tests.retrieval.classify.word_encoder import WORDS, WordEncoder, sentences


def write(path, header, rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def pairs(each, **options):
    return zip(*sentences(list(WORDS), each, **options), strict=True)


@pytest.fixture(scope="module")
def result(tmp_path_factory):
    folder = tmp_path_factory.mktemp("intents")
    train = write(folder / "train.csv", ["text", "category"], pairs(15, seed=1, noise=0.3))
    texts, labels = sentences(list(WORDS), 20, seed=2, noise=0.3)
    more, _ = sentences(["small talk"], 30, seed=3)
    test = write(folder / "test.csv", ["sentence", "label"], zip(texts + more, labels + ["none"] * 30, strict=True))
    seen: list[tuple[str, int, int]] = []
    found = evaluate_intents([train], [test], WordEncoder(), "none", lambda *step: seen.append(step), resamples=50)
    return found, seen, train, test


def test_keys_and_ranges(result):
    found, seen, _, _ = result
    assert {"accuracy", "macro_f1", "mcc", "ece", "oos_auroc", "method", "cross_validation", "ci", "n"} <= set(found)
    assert found["n"] == {"train": 90, "test_in_scope": 120, "test_out_of_scope": 30, "labels": 6}
    assert 0.6 < found["accuracy"] <= 1
    assert found["oos_auroc"] > 0.75
    for name in ("accuracy", "macro_f1", "mcc", "oos_auroc"):
        low, high = found["ci"][name]
        assert low <= found[name] <= high
        assert low < high or found[name] == 1  # where nothing is confused, no resample confuses anything
    json.dumps(found)  # what --json prints
    assert seen[0][0] == "encode"
    assert seen[-1] == ("fit", 1, 1)


def test_without_out_of_scope_rows_its_auroc_is_none(result, tmp_path):
    _, _, train, _ = result
    test = write(tmp_path / "t.csv", ["text", "intent"], pairs(4, seed=5))
    found = evaluate_intents([train], [test], WordEncoder(), resamples=5)
    assert found["oos_auroc"] is None
    assert "oos_auroc" not in found["ci"]
    assert "no out-of-scope rows" in render_intents(found)


def test_the_test_labels_never_reach_training(result, tmp_path):
    """Shuffled test labels change what is measured and nothing of what was trained."""
    found, _, train, test = result
    texts, labels = read_labelled_csv(test)
    other = write(tmp_path / "t.csv", ["text", "label"], zip(texts, labels[::-1], strict=True))
    again = evaluate_intents([train], [other], WordEncoder(), "none", resamples=5)
    assert again["classifier"] == found["classifier"]
    assert again["accuracy"] != found["accuracy"]


def test_metrics_agree_with_scikit_learn():
    random = np.random.default_rng(0)
    truth, best = random.integers(0, 7, 400), random.integers(0, 7, 400)
    best[:250] = truth[:250]
    truth[truth == 6] = 5  # a label that is said but never true
    inside = random.random(400) < 0.8
    score = np.round(random.random(400), 1)  # ties
    found = intents._metrics(truth, best, random.random(400), score, inside, 8)
    asked, said = truth[inside], best[inside]
    assert found["accuracy"] == pytest.approx((asked == said).mean())
    assert found["mcc"] == pytest.approx(matthews_corrcoef(asked, said))
    expected = f1_score(asked, said, labels=np.unique(asked), average="macro", zero_division=0)
    assert found["macro_f1"] == pytest.approx(expected)
    assert found["oos_auroc"] == pytest.approx(roc_auc_score(~inside, score))


def test_the_table_names_method_metrics_and_candidates(result):
    text = render_intents(result[0])
    for part in (
        "method",
        "accuracy",
        "macro_f1",
        "oos_auroc",
        "n-gram logistic",
        "cross-validation",
        "held-out labels and fragments",
    ):
        assert part in text


def test_a_test_label_that_training_lacks_is_counted_wrong_and_named(result, tmp_path):
    _, _, train, _ = result
    test = write(tmp_path / "t.csv", ["text", "label"], [("refund money", "refund"), ("refund money", "mystery")])
    found = evaluate_intents([train], [test], WordEncoder(), resamples=5)
    assert found["accuracy"] == 0.5
    assert found["labels_not_in_training"] == ["mystery"]
    assert "mystery" in render_intents(found)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "is empty"),
        ("text,label\n", "no rows"),
        ("body,label\na,b\n", "no text column.*found: body, label"),
        ("text,class\na,b\n", "no label column.*found: text, class"),
        ("text,label\na,b\nc\n", "line 3: 1 fields where the header has 2"),
        ("text,label\na,\n", "line 2: 'label' is empty"),
        ("text,label\n,b\n", "line 2: 'text' is empty"),
    ],
)
def test_unreadable_files_say_what_is_wrong(content, message, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InvalidInput, match=message):
        read_labelled_csv(path)


def test_other_encodings_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_bytes("text,label\n退货,a\n".encode("gb18030"))
    with pytest.raises(InvalidInput, match="UTF-8"):
        read_labelled_csv(path)
    with pytest.raises(InvalidInput, match="no file"):
        read_labelled_csv(tmp_path / "none.csv")


def test_excel_byte_order_mark_quotes_and_column_names(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text('\ufeffIntent,Utterance\r\na,"x, y\nz"\r\n\r\nb,w\r\n', encoding="utf-8")
    assert read_labelled_csv(path) == (["x, y\nz", "w"], ["a", "b"])


def test_only_out_of_scope_rows_cannot_be_measured(result, tmp_path):
    _, _, train, _ = result
    test = write(tmp_path / "t.csv", ["text", "label"], [("a", "none")])
    with pytest.raises(InvalidInput, match="nothing to measure"):
        evaluate_intents([train], [test], WordEncoder(), "none")


def lines(folder, texts, labels):
    folder.mkdir(parents=True)
    (folder / "seq.in").write_text("".join(f"{text}\n" for text in texts), encoding="utf-8")
    (folder / "label").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    return folder


def test_folders_of_lines_and_csv_files_are_read_together(tmp_path):
    folder = lines(tmp_path / "train", ["where is it", "", "退款"], ["parcel", "parcel", "refund"])
    csv_file = write(tmp_path / "more.csv", ["text", "label"], [("hello", "oos")])
    assert read_labelled([folder, csv_file]) == (["where is it", "退款", "hello"], ["parcel", "refund", "oos"])


@pytest.mark.parametrize(
    ("texts", "labels", "message"),
    [
        (["a", "b"], ["x"], "2 lines in seq.in but 1 in label"),
        (["a", "b"], ["x", ""], "label, line 2 is empty"),
        ([""], ["x"], "has no text"),
    ],
)
def test_a_folder_that_cannot_be_read_says_why(tmp_path, texts, labels, message):
    with pytest.raises(InvalidInput, match=message):
        read_labelled_lines(lines(tmp_path / "set", texts, labels))
    with pytest.raises(InvalidInput, match=r"There is no file seq\.in"):
        read_labelled_lines(tmp_path)

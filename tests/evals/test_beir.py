"""BEIR folders: what is read, what is excluded, and errors that name file and line."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.errors import InvalidInput
from evals.beir import load_beir


def write(folder: Path, name: str, rows: list[Any]) -> None:
    text = "\n".join(row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows)
    (folder / name).write_text(text + "\n", encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "corpus.jsonl", [{"_id": "d1", "title": "T", "text": "退货"}, {"_id": 2, "text": "运费"}])
    write(
        tmp_path,
        "queries.train.jsonl",
        [{"_id": 0, "text": "怎么退", "set": "a"}, {"_id": 1, "text": "无", "set": "b"}],
    )
    write(tmp_path, "queries.test.jsonl", [{"_id": "q3", "text": "邮费？"}, {"_id": "q4", "text": "只有零分"}])
    write(tmp_path, "qrels.train.tsv", ["query-id\tcorpus-id\tscore", "0\td1\t1", "0\tgone\t1"])
    write(tmp_path, "qrels.test.tsv", ["q3\t2\t2", "q4\td1\t0"])
    return tmp_path


def test_reads_all_files_and_excludes_unlabelled_questions(folder: Path) -> None:
    dataset = load_beir(folder, group_by="set")
    assert [document.id for document in dataset.documents] == ["d1", "2"]
    assert dataset.documents[1].title == ""
    assert {query.id for query in dataset.queries} == {"0", "q3"}
    assert dataset.qrels == {"0": {"d1": 1}, "q3": {"2": 2}}
    assert (dataset.excluded, dataset.missing_documents) == (2, 1)
    assert dataset.excluded_by_group == {"b": 1, "(none)": 1}
    assert {query.group("set") for query in dataset.queries} == {"a", "(none)"}


@pytest.mark.parametrize(
    ("name", "rows", "message"),
    [
        ("corpus.jsonl", [{"_id": "d1", "text": "x"}, "{broken"], r"corpus\.jsonl line 2: not a JSON object"),
        ("corpus.jsonl", ["[1]"], r"corpus\.jsonl line 1: expected a JSON object, found list"),
        ("corpus.jsonl", [{"_id": "d1"}], r"corpus\.jsonl line 1: field 'text' is missing"),
        ("corpus.jsonl", [{"_id": "d", "text": "x"}] * 2, r"line 2: document id 'd' occurs twice"),
        ("queries.test.jsonl", [{"_id": 0, "text": "again"}], r"query id '0' occurs twice"),
        ("queries.test.jsonl", [{"_id": "q3", "text": " "}], r"line 1: the text of query 'q3' is empty"),
        ("queries.test.jsonl", [{"_id": "q3", "text": ["x"]}], r"field 'text' is not a text"),
        ("qrels.test.tsv", ["q3 2 1", "q3 2 1"], r"qrels\.test\.tsv line 2: expected query-id.*1 columns"),
        ("qrels.test.tsv", ["q3\t2\t1", "q3\t2\tyes"], r"line 2: the score 'yes' is not a whole number"),
        ("qrels.test.tsv", ["nobody\t2\t1"], r"line 1: query id 'nobody' is in none"),
    ],
)
def test_errors_name_file_and_line(folder: Path, name: str, rows: list[Any], message: str) -> None:
    write(folder, name, rows)
    with pytest.raises(InvalidInput, match=message):
        load_beir(folder)


def test_missing_parts_say_what_a_folder_holds(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="is not a folder"):
        load_beir(tmp_path / "nowhere")
    with pytest.raises(InvalidInput, match="no field 'colour' to group by; they have: set"):
        load_beir(folder, group_by="colour")
    for name in ("qrels.train.tsv", "qrels.test.tsv"):
        (folder / name).unlink()
    with pytest.raises(InvalidInput, match=r"has no qrels\*\.tsv"):
        load_beir(folder)


def test_the_published_layout_with_a_qrels_folder_and_no_labels_at_all(folder: Path) -> None:
    (folder / "qrels").mkdir()
    (folder / "qrels.test.tsv").unlink()
    (folder / "qrels.train.tsv").rename(folder / "qrels" / "test.tsv")
    assert {query.id for query in load_beir(folder).queries} == {"0"}
    write(folder / "qrels", "test.tsv", ["query-id\tcorpus-id\tscore", "0\tgone\t1"])
    with pytest.raises(InvalidInput, match="nothing to evaluate"):
        load_beir(folder)

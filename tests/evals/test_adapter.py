"""`eval adapter` end to end on a small folder: real index, real search, folds that never teach themselves."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest

import evals.adapter
from core.errors import InvalidInput
from evals.adapter import ADAPTED, PLAIN, SYSTEMS, AdapterReport, evaluate_adapter, render_adapter
from retrieval.adapter.training import Recipe

DIMENSION, DOCUMENTS, QUESTIONS = 24, 30, 200


class TurnedEncoder:
    """A text with "#n" is vector n (of a question n + 500, so that BM25 finds nothing); a question's is mixed up on the
    way, by one and the same map."""

    dimension, model_version = DIMENSION, "turned-1"

    def __init__(self) -> None:
        rng = np.random.default_rng(7)
        self.base = rng.standard_normal((DOCUMENTS, DIMENSION))
        self.turn = np.eye(DIMENSION)
        self.turn[:14, :14] = np.linalg.qr(rng.standard_normal((14, 14)))[0]

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        found = []
        for text in texts:
            number = re.search(r"#(\d+)", text)
            assert number is not None
            noise = np.random.default_rng(crc32(text.encode())).standard_normal(DIMENSION)
            found.append(self.base[int(number[1]) % 500] + 0.3 * noise)
        vectors = np.array(found)
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return (self.encode_passages(texts) @ self.turn).astype(np.float32)


def _folder(root: Path, questions: int) -> Path:
    rng = np.random.default_rng(1)
    corpus = [{"_id": f"d{n}", "text": f"规则 #{n}"} for n in range(DOCUMENTS)]
    queries, labels = [], ["query-id\tcorpus-id\tscore"]
    for n in range(questions):
        right = int(rng.integers(DOCUMENTS))
        words = "".join(chr(0x4E00 + int(c)) for c in rng.integers(0, 9000, 10))
        queries.append({"_id": f"q{n}", "text": f"{words}#{right + 500}"})
        labels.append(f"q{n}\td{right}\t1")
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        (root / name).write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    (root / "qrels.tsv").write_text("\n".join(labels), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def seen() -> list[frozenset[str]]:
    return []


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory, seen: list[frozenset[str]]) -> AdapterReport:
    real = evals.adapter.tune

    def spied(known, *args, **values):
        seen.append(frozenset(one.text for one in known))
        small = (Recipe(rank=12, temperature=0.05, rate=5e-3, epochs=15, negatives=10),)
        return real(known, *args, **{**values, "recipes": small, "epochs": (15,)})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(evals.adapter, "tune", spied)
        folder = _folder(Path(tmp_path_factory.mktemp("beir")), QUESTIONS)
        return evaluate_adapter(folder, TurnedEncoder(), cache=Path(tmp_path_factory.mktemp("cache")), count=3)


def test_an_adapter_from_the_other_folds_finds_more(report: AdapterReport) -> None:
    gained = report.differences[f"{ADAPTED} - {PLAIN}"]
    assert gained.significant and gained.low > 0
    assert report.systems[ADAPTED]["ndcg@10"].mean > report.systems[PLAIN]["ndcg@10"].mean
    assert all(one["recipe"] for one in report.chosen)


def test_each_question_is_searched_once_by_what_it_did_not_teach(
    report: AdapterReport, seen: list[frozenset[str]]
) -> None:
    assert len(seen) == 3 and sum(report.folds) == QUESTIONS
    everything = frozenset().union(*seen)
    outside = [everything - known for known in seen]
    assert [len(one) for one in outside] == list(report.folds)
    assert sum(len(one) for one in outside) == len(frozenset().union(*outside)) == QUESTIONS


def test_json_and_table(report: AdapterReport) -> None:
    document = json.loads(json.dumps(report.to_json()))
    assert set(document["systems"]) == set(SYSTEMS) and document["questions"] == QUESTIONS
    low, high = document["systems"][ADAPTED]["ndcg@10"]["ci"]
    assert low <= document["systems"][ADAPTED]["ndcg@10"]["mean"] <= high
    table = render_adapter(report)
    assert "significant" in table and "fold 3: rank 12" in table and f"{DOCUMENTS} documents" in table


def test_too_few_questions_cannot_be_divided(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be divided into 5 folds"):
        evaluate_adapter(_folder(tmp_path, 3), TurnedEncoder(), cache=tmp_path / "cache")

"""`eval retrieval` end to end on a small folder: real engine, real search, figures checked by hand."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput
from evals.retrieval import RetrievalReport, evaluate_retrieval, half_of, render_table
from retrieval.fusion import LinearFusion


class CharacterEncoder:
    """Unit vectors of character counts, so that shared characters are nearness; deterministic, no model."""

    dimension = 128
    model_version = "characters-2"

    def _encode(self, texts: Sequence[str]) -> np.ndarray:
        vectors = np.full((len(texts), self.dimension), 0.01, np.float32)
        for row, text in enumerate(texts):
            for character in text:
                vectors[row, ord(character) % self.dimension] += 1
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    encode_queries = encode_passages = _encode


TOPICS = [
    "退货运费",
    "发票抬头",
    "会员积分",
    "优惠券叠加",
    "保修期限",
    "物流查询",
    "价格保护",
    "账号注销",
    "礼品包装",
    "预售定金",
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = Path(tmp_path_factory.mktemp("beir"))
    corpus = [{"_id": f"d{n}", "title": topic, "text": f"关于{topic}的说明。"} for n, topic in enumerate(TOPICS)]
    queries = [
        {"_id": f"q{n}", "text": f"{topic}怎么办", "set": "even" if n % 2 == 0 else "odd"}
        for n, topic in enumerate(TOPICS)
    ]
    queries.append({"_id": "unlabelled", "text": "今天天气", "set": "odd"})
    # the last question is labelled with a document that shares nothing with it: every leg must miss the first place
    qrels = [f"q{n}\td{n}\t1" for n in range(9)] + ["q9\td0\t1"]
    for name, rows in (("corpus.jsonl", corpus), ("queries.jsonl", queries)):
        (root / name).write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    (root / "qrels.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *qrels]), encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def stages() -> list[tuple[str, int, int]]:
    return []


@pytest.fixture(scope="module")
def report(
    folder: Path, stages: list[tuple[str, int, int]], tmp_path_factory: pytest.TempPathFactory
) -> RetrievalReport:
    def progress(stage: str, done: int, total: int) -> None:
        stages.append((stage, done, total))

    cache = Path(tmp_path_factory.mktemp("cache"))
    return evaluate_retrieval(folder, CharacterEncoder(), cache=cache, group_by="set", progress=progress)


def test_figures_are_those_of_the_metric(report: RetrievalReport) -> None:
    document = report.to_json()
    assert (document["queries"], document["documents"], document["excluded"]) == (10, 10, 1)
    for leg in ("dense", "sparse", "fused"):
        assert 0.9 <= document[leg]["ndcg@10"] < 1 and 0.9 <= document[leg]["mrr@10"] < 1
        low, high = document[leg]["ci"]["ndcg@10"]
        assert low <= document[leg]["ndcg@10"] <= high
    assert document["dense"]["recall@10"] == document["fused"]["recall@10"] == 1.0  # ten documents: all are found
    assert document["sparse"]["recall@100"] == 0.9  # the last question shares no word with its label


def test_json_has_the_promised_keys(report: RetrievalReport) -> None:
    document = json.loads(json.dumps(report.to_json()))
    for leg in ("dense", "sparse", "fused"):
        assert set(document[leg]) == {"ndcg@10", "recall@10", "recall@100", "mrr@10", "ci"}
        assert set(document[leg]["ci"]) == {"ndcg@10", "recall@10", "recall@100", "mrr@10"}
    assert set(document["differences"]) == {"fused-dense", "fused-sparse"}
    assert document["versions"]["fusion"] == LinearFusion().version


def test_groups_split_queries_and_exclusions(report: RetrievalReport) -> None:
    assert {name: (group.queries, group.excluded) for name, group in report.groups.items()} == {
        "even": (5, 0),
        "odd": (5, 1),
    }
    mean = sum(group.legs["fused"]["ndcg@10"].mean for group in report.groups.values()) / 2
    assert mean == pytest.approx(report.overall.legs["fused"]["ndcg@10"].mean)


def test_progress_covers_each_stage_to_its_end(report: RetrievalReport, stages: list[tuple[str, int, int]]) -> None:
    ended = {stage for stage, done, total in stages if done == total}
    assert ended == {"encode documents", "encode questions", "index documents", "search"}


def test_table_names_groups_legs_and_intervals(report: RetrievalReport) -> None:
    table = render_table(report)
    assert "10 documents" in table and "odd: 5 questions, 1 without a labelled passage left out" in table
    assert table.count("fused-dense") == 3 and "ndcg@10" in table and "[" in table


def test_halves_are_fixed_disjoint_and_evaluated_alone(folder: Path, tmp_path: Path) -> None:
    halves = {f"q{n}": half_of(f"q{n}") for n in range(10)}
    assert halves["q0"] == half_of("q0") and set(halves.values()) == {"selection", "report"}
    report = evaluate_retrieval(folder, CharacterEncoder(), cache=tmp_path, half="report")
    assert report.overall.queries == sum(half == "report" for half in halves.values())
    assert report.to_json()["half"] == "report" and "report half" in render_table(report)


def test_a_half_without_questions_is_an_error(tmp_path: Path) -> None:
    query = next(f"q{n}" for n in range(50) if half_of(f"q{n}") == "report")
    (tmp_path / "corpus.jsonl").write_text('{"_id": "d", "text": "退货"}\n')
    (tmp_path / "queries.jsonl").write_text(json.dumps({"_id": query, "text": "退货"}))
    (tmp_path / "qrels.tsv").write_text(f"{query}\td\t1\n")
    with pytest.raises(InvalidInput, match="selection half holds no question"):
        evaluate_retrieval(tmp_path, CharacterEncoder(), cache=tmp_path / "cache", half="selection")

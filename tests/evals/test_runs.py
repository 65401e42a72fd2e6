"""Runs: what one case gives, what many give with intervals, and that a fall is found and chance is not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import ir_measures
import numpy as np
import pytest
from ir_measures import RR, R, nDCG
from sklearn.metrics import f1_score, matthews_corrcoef
from sqlalchemy import select

import evals.runs.running as running
from copilot.asking import Asked
from copilot.decide import Ruling
from copilot.models import Outcome
from core.db import Database
from core.errors import InvalidInput
from core.settings import Settings
from evals.cases import actions
from evals.runs.figures import figures, risk_coverage, rows_of
from evals.runs.measuring import measure, retrieval_metrics
from evals.runs.models import EvalResult, RunState
from evals.runs.summary import compare, effect_of, summarise
from records.principals import SYSTEM_PRINCIPAL
from retrieval.classify.calibration import expected_calibration_error
from retrieval.types import Citation, DraftSentence, Hit, PassageDoc, Verdict
from tests.api.world import StubRuntime, StubStore
from tests.copilot.world import an_answer

CASE: dict[str, Any] = {
    "kind": "accepted", "status": "active", "question": "能退吗", "language": "zh", "shop_id": None,
    "intent": "return_request", "intent_by_person": True, "expected": "answer", "sources": ["article:1", "article:2"],
    "good_answer": "", "dangerous": False, "weight": 1.0, "seen": 1,
}  # fmt: skip


def _asked(*documents: str, cites: str = "article:1", verdict: Verdict = Verdict.SUPPORTED, **ruled: Any) -> Asked:
    hits = tuple(
        Hit(PassageDoc(n, one, one.split(":")[0], "t", "x", 1, (0, 1), "zh"), 1.0) for n, one in enumerate(documents, 1)
    )
    sentence = DraftSentence(
        "七天内可退。", (1,), verdict, () if verdict is Verdict.SUPPORTED else ("number 7 differs",)
    )
    answer = an_answer(
        sentence, citations=(Citation(1, "article", cites, "t", "x"),), kind="extractive", intent="return_request",
        ranking=(("return_request", 0.8),), confidence=0.8,
    )  # fmt: skip
    ruling = Ruling(ruled.get("outcome", Outcome.SUGGEST), "r", ())
    return Asked(replace(answer, hits=hits), ruling)


def test_the_figures_of_one_case() -> None:
    found = measure(CASE, _asked("article:3", "article:1"))
    assert found.hits == ["article:3", "article:1"]
    assert found.metrics["mrr@10"] == 0.5 and found.metrics["recall@10"] == 0.5
    assert found.metrics["citation_precision"] == 1 and found.metrics["citation_recall"] == 0.5
    assert found.metrics["right"] == 1 and found.metrics["intent_right"] == 1
    wrong = measure(CASE, _asked("article:3", cites="article:3", outcome=Outcome.AUTO_SEND))
    assert wrong.metrics["right"] == 0 and wrong.metrics["auto"] == 1 and wrong.metrics["citation_precision"] == 0
    number = measure(CASE, _asked("article:1", verdict=Verdict.UNSUPPORTED))
    assert number.metrics["number_errors"] == 1 and number.metrics["sentence_support"] == 0
    assert wrong.badness > number.badness > found.badness
    unknown = measure({**CASE, "expected": "unknown", "sources": [], "intent_by_person": False}, _asked("article:1"))
    assert not {"right", "ndcg@10", "intent_right", "abstention_right"} & set(unknown.metrics)
    stop = measure({**CASE, "expected": "hand_over", "sources": []}, _asked("article:1"))
    assert stop.metrics["right"] == 0 and stop.metrics["abstention_right"] == 0
    assert retrieval_metrics({"article:1"}, []) == {"ndcg@10": 0, "recall@10": 0, "mrr@10": 0}


def test_retrieval_figures_are_those_of_ir_measures() -> None:
    rng = np.random.default_rng(5)
    for _ in range(50):
        hits = [f"article:{n}" for n in rng.permutation(20)[: int(rng.integers(1, 15))]]
        relevant = {f"article:{n}" for n in rng.permutation(20)[: int(rng.integers(1, 14))]}
        run = {"q": {document: 1.0 / rank for rank, document in enumerate(hits, 1)}}
        wanted = ir_measures.calc_aggregate([nDCG @ 10, R @ 10, RR @ 10], {"q": dict.fromkeys(relevant, 1)}, run)
        found = retrieval_metrics(relevant, hits)
        assert list(found.values()) == pytest.approx([wanted[nDCG @ 10], wanted[R @ 10], wanted[RR @ 10]])


def _result(rng: np.random.Generator, **metrics: float) -> dict[str, Any]:
    intents = ["return_request", "invoice", "stock"]
    truth = intents[rng.integers(3)]
    guess = truth if rng.random() < 0.7 else intents[rng.integers(3)]
    confidence, right = float(rng.random()), float(rng.random() < 0.6)
    return {
        "version": 1, "hits": ["article:1"], "said": {"intent": guess, "outcome": "suggest"},
        "metrics": {"intent_right": float(truth == guess), "intent_confidence": float(rng.random()), "right": right,
                    "answered": 1.0, "auto": float(confidence > 0.5), "confidence": confidence, **metrics},
        "case": {**CASE, "intent": truth, "weight": float(rng.integers(1, 4)),
                 "language": ["zh", "en"][rng.integers(2)]},
    }  # fmt: skip


def test_figures_equal_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    results = [_result(rng) for _ in range(400)]
    rows = rows_of(results)
    found = figures(rows, np.ones((1, 400)))
    assert found["macro_f1"][0] == pytest.approx(
        f1_score(rows.truth, rows.guess, average="macro", labels=np.unique(rows.truth))
    )
    assert found["mcc"][0] == pytest.approx(matthews_corrcoef(rows.truth, rows.guess))
    hit = np.asarray(rows.truth == rows.guess)
    assert found["ece"][0] == pytest.approx(expected_calibration_error(rows.columns["intent_confidence"], hit))
    weighted = figures(rows, rows.weights[None, :])
    assert weighted["right"][0] == pytest.approx(np.average(rows.columns["right"], weights=rows.weights))
    sent = rows.columns["auto"] == 1
    assert weighted["auto_precision"][0] == pytest.approx(
        np.average(rows.columns["right"][sent], weights=rows.weights[sent])
    )
    doubled = rows_of([one for one in results for _ in range(int(one["case"]["weight"]))])
    for name, value in figures(doubled, np.ones((1, len(doubled)))).items():
        assert value[0] == pytest.approx(weighted[name][0], abs=2e-3 if name == "aurc" else 1e-9), name
    curve = risk_coverage(rows)
    assert curve[-1][0] == 1 and curve[-1][1] == pytest.approx(1 - weighted["right"][0])
    summary = summarise(results)
    assert set(summary["groups"]["language"]) == {"zh", "en"}
    low, high = summary["groups"]["all"]["all"]["figures"]["right"]["ci"]
    assert low < weighted["right"][0] < high


def _runs(fall: float, seed: int) -> tuple[dict[int, Any], dict[int, Any]]:
    rng = np.random.default_rng(seed)
    before = {n: _result(rng) for n in range(300)}
    after = {}
    for n, one in before.items():
        right = one["metrics"]["right"] * float(rng.random() >= fall)
        noise = float(rng.random() < 0.03)
        after[n] = {**one, "metrics": {**one["metrics"], "right": abs(right - noise)}}
    return before, after


def test_a_fall_is_found_and_chance_is_not() -> None:
    fell = compare(*_runs(0.3, 1))
    assert not fell.passed and "right" in {one.metric for one in fell.differences if one.worse}
    assert fell.changed and fell.cases == 300
    same, _ = _runs(0, 2)
    assert compare(same, same).passed
    failed = sum(not compare(*_runs(0.0, seed)).passed for seed in range(3, 8))
    assert failed == 0
    with pytest.raises(InvalidInput, match="no case in common"):
        compare(same, {n: {**one, "version": 2} for n, one in same.items()})


def test_a_run_that_was_killed_goes_on_with_what_is_left(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = StubRuntime(settings, db, store=StubStore())  # type: ignore[arg-type]
    with db.unit_of_work() as session:
        for n in range(45):
            actions.create_case(session, SYSTEM_PRINCIPAL, question=f"{chr(0x4E00 + 40 * n) * 5}怎么退{n}？")
        run_id = running.begin_run(session, SYSTEM_PRINCIPAL, name="first", announce=False).id
    asked: list[str] = []

    def ask(_: Any, text: str, **__: Any) -> Asked:
        if len(asked) == 30:
            asked.append("died")
            raise KeyboardInterrupt
        asked.append(text)
        return _asked("article:1")

    monkeypatch.setattr(running, "ask", ask)
    with pytest.raises(KeyboardInterrupt):
        running.work_off_run(runtime, run_id)
    shown: list[tuple[int, int]] = []
    running.work_off_run(runtime, run_id, lambda done, total: shown.append((done, total)))
    assert shown[0] == (20, 45) and shown[-1] == (45, 45)
    assert len(asked) == 1 + 30 + 25, "20 were kept, 10 of the second batch were lost with the process"
    with db.unit_of_work() as session:
        run = running.conclude_run(session, run_id)
        assert run.state == RunState.DONE and run.versions["classifier"] == "c1"
        assert run.summary["groups"]["all"]["all"]["cases"] == 45
        again = running.begin_run(session, SYSTEM_PRINCIPAL, like=run_id, announce=False)
        pairs = select(EvalResult.case_id, EvalResult.case_version).order_by(EvalResult.case_id)
        assert list(session.execute(pairs.where(EvalResult.run_id == again.id))) == list(
            session.execute(pairs.where(EvalResult.run_id == run_id))
        )


def test_there_is_nothing_to_run_without_cases(sqlite_db: Database) -> None:
    with sqlite_db.unit_of_work() as session, pytest.raises(InvalidInput, match="no evaluation cases"):
        running.begin_run(session, SYSTEM_PRINCIPAL)


def test_what_changed_is_better_or_worse_by_rightness_then_by_rank() -> None:
    def result(right: float | None, ndcg: float | None, hit: str, outcome: str = "suggest") -> dict[str, Any]:
        named = {"right": right, "ndcg@10": ndcg}
        metrics = {name: value for name, value in named.items() if value is not None}
        return {"hits": [hit], "said": {"outcome": outcome}, "metrics": metrics}

    assert effect_of(result(1, 0.5, "article:1"), result(1, 1.0, "article:1")) is None  # nobody sees a difference
    assert effect_of(result(0, 1.0, "article:1"), result(1, 0.5, "article:2")) == "better"
    assert effect_of(result(1, 0.5, "article:1"), result(0, 1.0, "article:1")) == "worse"
    assert effect_of(result(1, 1.0, "article:1"), result(1, 0.6, "article:2")) == "worse"
    assert effect_of(result(None, None, "article:1"), result(None, None, "article:2")) == "changed"
    assert effect_of(result(1, 1.0, "article:1"), result(1, 1.0, "article:1", "hand_over")) == "changed"

"""Evaluations over HTTP: cases, runs by a job, the queue and its verdicts."""

from __future__ import annotations

import io
import zipfile

from sqlalchemy import select

from evals.runs.models import EvalResult
from evals.runs.running import fail_run
from records.principals import Role
from tests.api.world import World
from worker.runner import Runner

CASES, RUNS = "/api/v1/evaluations/cases", "/api/v1/evaluations/runs"


def test_an_editor_writes_corrects_and_retires_cases(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    body = {"question": "七天内能退吗？", "sources": ["article:1"], "shop_id": world.shop}
    assert world.client.post(CASES, json=body, headers=world.agent).status_code == 403
    made = world.client.post(CASES, json=body, headers=editor)
    assert made.status_code == 201, made.text
    path = made.headers["location"]
    assert world.client.post(CASES, json=body, headers=editor).status_code == 409
    first = {**editor, "If-Match": made.headers["etag"]}
    changed = world.client.patch(path, json={"good_answer": "可以", "note": "问过仓库"}, headers=first)
    assert changed.status_code == 200 and changed.json()["good_answer"] == "可以"
    assert world.client.patch(path, json={}, headers=first).status_code == 412
    versions = world.client.get(f"{path}/versions", headers=editor).json()
    assert [one["number"] for one in versions] == [2, 1]
    assert [(one["note_code"], one["note_of"], one["note"]) for one in versions] == [
        ("changed", "", "问过仓库"), ("made", "written", ""),
    ]  # fmt: skip
    listed = world.client.get(CASES, params={"q": "七天", "status": "active"}, headers=editor).json()
    assert [one["id"] for one in listed["items"]] == [made.json()["id"]]
    other = world.signed_in(Role.EDITOR, world.other)
    assert world.client.get(path, headers=other).status_code == 404
    packed = world.client.get(f"{CASES}/export", headers=editor)
    names = zipfile.ZipFile(io.BytesIO(packed.content)).namelist()
    assert names == ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv", "intents.csv"]
    gone = world.client.post(f"{path}/retire", headers={**editor, "If-Match": changed.headers["etag"]})
    assert gone.json()["status"] == "retired"
    assert world.client.get(f"{CASES}/counts", headers=editor).json() == {"active": 0, "review": 0, "retired": 1}


def test_a_run_its_queue_and_a_verdict(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    assert world.client.post(RUNS, json={}, headers=editor).status_code == 422
    for question in ("七天内能退吗？", "怎么开发票呢，要多久？", "运费谁出，顺丰到付行吗？"):
        world.client.post(CASES, json={"question": question, "sources": ["article:1"]}, headers=editor)
    started = world.client.post(RUNS, json={"name": "first"}, headers=editor)
    assert started.status_code == 202 and started.json()["computed"] == 0, started.text
    Runner(world.runtime).drain(20)
    run = world.client.get(f"{RUNS}/{started.json()['id']}", headers=editor).json()
    assert (run["state"], run["computed"]) == ("done", 3), run
    assert run["summary"]["groups"]["all"]["all"]["figures"]["recall@10"]["value"] == 0
    again = world.client.post(RUNS, json={"like": run["id"]}, headers=editor).json()
    Runner(world.runtime).drain(20)
    compared = world.client.get(f"{RUNS}/{run['id']}/compare/{again['id']}", headers=editor).json()
    assert compared["passed"] and compared["cases"] == 3 and compared["changed"] == []
    table = world.client.get(f"{RUNS}/{run['id']}/download", params={"form": "csv"}, headers=editor)
    assert table.text.count("\n") == 4 and "ndcg@10" in table.text
    whole = world.client.get(f"{RUNS}/{run['id']}/download", headers=editor).json()
    assert len(whole["results"]) == 3
    queue = f"{RUNS}/{run['id']}/queue"
    page = world.client.get(queue, params={"limit": 2}, headers=editor).json()
    assert len(page["items"]) == 2 and page["next"]
    rest = world.client.get(queue, params={"limit": 2, "cursor": page["next"]}, headers=editor).json()
    assert len(rest["items"]) == 1
    item = page["items"][0]
    assert item["expected"]["sources"] == ["article:1"] and item["retrieved"] == [] and item["said"]["text"]
    verdict = f"{queue}/{item['case_id']}/verdict"
    mine = {**editor, "If-Match": f'"{item["version"]}"'}
    assert world.client.post(verdict, json={"verdict": "right"}, headers=world.agent).status_code == 403
    labelled = world.client.post(verdict, json={"verdict": "source", "document_id": "article:2"}, headers=mine)
    assert labelled.status_code == 200 and labelled.json()["sources"] == ["article:2"]
    assert world.client.post(verdict, json={"verdict": "right"}, headers=mine).status_code == 412
    left = world.client.get(queue, headers=editor).json()["items"]
    assert item["case_id"] not in [one["case_id"] for one in left] and len(left) == 2


def test_what_two_runs_answer_differently_stands_side_by_side(world: World) -> None:
    editor, other = world.signed_in(Role.EDITOR), world.signed_in(Role.EDITOR, world.other)
    for question in ("七天内能退吗？", "怎么开发票呢，要多久？", "运费谁出，顺丰到付行吗？"):
        body = {"question": question, "sources": ["article:1"], "shop_id": world.shop}
        world.client.post(CASES, json=body, headers=editor)
    runs = [world.client.post(RUNS, json={"name": name}, headers=editor).json()["id"] for name in ("one", "two")]
    Runner(world.runtime).drain(20)
    with world.db.unit_of_work() as session:
        rows = session.scalars(select(EvalResult).where(EvalResult.run_id == runs[1]).order_by(EvalResult.case_id))
        for row, (right, hits) in zip(rows, ((1.0, ["article:1"]), (0.0, ["article:9"]), (0.0, [])), strict=True):
            row.metrics, row.hits = {**row.metrics, "right": right}, hits
        ids = session.scalars(select(EvalResult.case_id).where(EvalResult.run_id == runs[1])).all()
    path = f"{RUNS}/{runs[0]}/compare/{runs[1]}"
    told = world.client.get(path, headers=editor).json()
    better, worse = told["better_cases"], told["worse_cases"]
    assert set(told["changed"]) <= set(ids) and set(better) | set(worse) <= set(told["changed"])
    page = world.client.get(f"{path}/cases", params={"limit": 1}, headers=editor).json()
    items = page["items"]
    while page["next"]:
        page = world.client.get(f"{path}/cases", params={"limit": 1, "cursor": page["next"]}, headers=editor).json()
        items += page["items"]
    assert sorted(one["case_id"] for one in items) == sorted(told["changed"]) and len(items) >= 2
    order = [("worse", "better", "changed").index(one["effect"]) for one in items]
    assert order == sorted(order)
    first = next(one for one in items if one["case_id"] == min(ids))
    assert (first["effect"], first["before"]["retrieved"], first["after"]["retrieved"]) == ("better", [], ["article:1"])
    assert first["expected"]["sources"] == ["article:1"] and first["before"]["said"]["text"]
    of_one = world.client.get(f"{path}/cases", params={"effect": "better"}, headers=editor).json()["items"]
    assert [one["case_id"] for one in of_one] == better
    assert world.client.get(f"{path}/cases", headers=other).json()["items"] == []
    assert world.client.get(f"{RUNS}/{runs[0]}/compare/99/cases", headers=editor).status_code == 404
    assert world.client.get(f"{path}/cases", headers=world.agent).status_code == 200  # whoever reads the knowledge


def test_an_editor_of_another_shop_reads_no_questions_of_this_one(world: World) -> None:
    editor, other = world.signed_in(Role.EDITOR), world.signed_in(Role.EDITOR, world.other)
    body = {"question": "七天内能退吗？", "sources": ["article:1"], "shop_id": world.shop}
    world.client.post(CASES, json=body, headers=editor)
    runs = [world.client.post(RUNS, json={}, headers=editor).json()["id"] for _ in range(2)]
    Runner(world.runtime).drain(20)
    for path in (f"{RUNS}/{runs[0]}/download?form=json", f"{RUNS}/{runs[0]}/download?form=csv", f"{CASES}/export"):
        assert "七天" not in world.client.get(path, headers=other).text
    assert (
        "七天"
        in world.client.get(f"{RUNS}/{runs[0]}/download", headers=editor).json()["results"]["1"]["case"]["question"]
    )
    compared = world.client.get(f"{RUNS}/{runs[0]}/compare/{runs[1]}", headers=other)
    assert compared.status_code == 422 and "no case in common" in compared.text


def test_cases_come_in_as_a_file_tried_first(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("queries.jsonl", '{"_id": 1, "text": "七天内能退吗？", "expected": "hand_over"}\n{"_id": 2}\n')
        archive.writestr("qrels/test.tsv", "1\tarticle:1\t1\n")
    file = {"file": ("set.zip", packed.getvalue(), "application/zip")}
    assert world.client.post(f"{CASES}/import", files=file, headers=world.agent).status_code == 403
    tried = world.client.post(f"{CASES}/import", files=file, data={"dry_run": "true"}, headers=editor)
    assert tried.status_code == 200, tried.text
    assert (tried.json()["created"], tried.json()["failed"], tried.json()["tried"]) == (1, 1, True)
    assert tried.json()["faults"] == [{"place": "queries.jsonl line 2", "message": "field 'text' is missing."}]
    assert world.client.get(f"{CASES}/counts", headers=editor).json()["active"] == 0
    made = world.client.post(f"{CASES}/import", files=file, headers=editor).json()
    again = world.client.post(f"{CASES}/import", files=file, headers=editor).json()
    assert (made["created"], again["created"], again["known"]) == (1, 0, 1)
    bad = world.client.post(f"{CASES}/import", files={"file": ("a.zip", b"x")}, headers=editor)
    assert bad.status_code == 422 and "ZIP" in bad.json()["detail"]
    of_none = world.client.get(CASES, params={"source": "none"}, headers=editor).json()["items"]
    assert len(of_none) == 1
    assert world.client.get(CASES, params={"source": "article"}, headers=editor).json()["items"] == []


def test_a_verdict_is_undone_and_a_run_goes_on(world: World) -> None:
    editor = world.signed_in(Role.EDITOR)
    world.client.post(CASES, json={"question": "七天内能退吗？", "sources": ["article:1"]}, headers=editor)
    run = world.client.post(RUNS, json={}, headers=editor).json()["id"]
    resume = f"{RUNS}/{run}/resume"
    assert world.client.post(resume, headers=world.agent).status_code == 403
    with world.db.unit_of_work() as session:
        fail_run(session, run, "the index does not answer")
    assert world.client.get(f"{RUNS}/{run}", headers=editor).json()["state"] == "failed"
    assert world.client.post(resume, headers=editor).json()["state"] == "running"
    Runner(world.runtime).drain(20)
    done = world.client.get(f"{RUNS}/{run}", headers=editor).json()
    assert (done["state"], done["error"], done["computed"]) == ("done", "", 1)
    assert world.client.post(resume, headers=editor).status_code == 409
    queue = f"{RUNS}/{run}/queue"
    item = world.client.get(queue, headers=editor).json()["items"][0]
    verdict = f"{queue}/{item['case_id']}/verdict"
    given = world.client.post(
        verdict, json={"verdict": "retire"}, headers={**editor, "If-Match": f'"{item["version"]}"'}
    )
    assert world.client.get(queue, headers=editor).json()["items"] == []
    assert world.client.delete(verdict, headers={**editor, "If-Match": f'"{item["version"]}"'}).status_code == 412
    back = world.client.delete(verdict, headers={**editor, "If-Match": given.headers["etag"]})
    assert back.status_code == 200 and back.json()["status"] == item["expected"]["status"], back.text
    assert [one["case_id"] for one in world.client.get(queue, headers=editor).json()["items"]] == [item["case_id"]]

"""The bench itself: contestants take turns, a broken part hides nothing, a stall shows."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import numpy as np
import pytest

from core.errors import InvalidInput
from core.settings import Settings
from evals.bench import all as bench
from evals.bench.figures import Figure, at_least, at_most, interleaved, median_ratio, ratio_of_medians
from evals.bench.knowledge_base import KnowledgeBase, questions
from evals.bench.probe import lateness, probe

SETTINGS = Settings(_env_file=None)  # type: ignore[call-arg]


def test_contestants_take_turns_on_each_item() -> None:
    seen: list[tuple[str, int]] = []
    calls = {name: lambda i, name=name: seen.append((name, i)) for name in "ab"}
    times = interleaved(calls, 3, rounds=2, warm_up=1)
    assert [len(taken) for taken in times.values()] == [6, 6]
    assert len(seen) == 18
    pairs = [seen[at : at + 2] for at in range(0, 18, 2)]
    assert all({name for name, _ in pair} == {"a", "b"} and len({i for _, i in pair}) == 1 for pair in pairs)
    firsts = [pair[0][0] for pair in pairs]
    assert {"a", "b"} == set(firsts)


def test_ratios() -> None:
    times = {"ours": [2.0, 4.0, 90.0], "theirs": [1.0, 1.0, 30.0]}
    assert ratio_of_medians(times, "ours", "theirs") == 4.0
    assert median_ratio(times, "ours", "theirs") == 3.0
    assert at_most("x", 1.25, "", 1.25)["ok"] and not at_most("x", 1.251, "", 1.25)["ok"]
    assert at_least("x", 0.8, "", 0.8)["ok"] and not at_least("x", 0.799, "", 0.8)["ok"]


def run_parts(
    monkeypatch: pytest.MonkeyPatch, parts: dict[str, Callable[[], list[Figure]]], only: Sequence[str] = ()
) -> tuple[int, list[Figure]]:
    monkeypatch.setattr(bench, "parts", lambda settings, data: parts)
    emitted: list[Figure] = []
    return bench.run(SETTINGS, emitted.append, only), emitted


def test_a_broken_part_is_missed_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> list[Figure]:
        raise RuntimeError("no such thing")

    parts = {
        "broken": broken,
        "slow": lambda: [at_most("slow", 2.0, "s", 1.0)],
        "good": lambda: [at_most("good", 0.5, "s", 1.0)],
    }
    missed, emitted = run_parts(monkeypatch, parts)
    assert missed == 2
    assert [one["name"] for one in emitted] == ["broken", "slow", "good"]
    assert "no such thing" in emitted[0]["note"]
    assert [one["name"] for one in run_parts(monkeypatch, parts, ["good"])[1]] == ["good"]


def test_an_unknown_part_names_those_that_there_are() -> None:
    with pytest.raises(InvalidInput, match="path, ingest"):
        bench.run(SETTINGS, print, ["pth"])


def test_without_the_data_folder_the_loss_of_int8_is_skipped_and_not_missed(tmp_path: Path) -> None:
    for data in (None, tmp_path):
        emitted: list[Figure] = []
        assert bench.run(SETTINGS, emitted.append, ["ndcg"], data) == 0
        assert len(emitted) == 2 and all(one["ok"] is None and "skipped" in one["note"] for one in emitted)


class StillEncoder:
    """Vectors that depend on the text alone."""

    dimension, model_version = 16, "still"

    def encode_passages(self, texts: Sequence[str]) -> np.ndarray:
        rows = [np.random.default_rng(len(text)).standard_normal(16) for text in texts]
        vectors = np.array(rows, np.float32)
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)

    encode_queries = encode_passages


def test_the_knowledge_base_is_the_same_each_time() -> None:
    base = KnowledgeBase(StillEncoder(), 900)
    points = [point for batch in base.batches() for point in batch]
    again = [point for batch in KnowledgeBase(StillEncoder(), 900).batches(100) for point in batch]
    assert len(base.docs) < 900 == len(points)
    assert [p.passage for p in points] == [p.passage for p in again]
    assert all(np.array_equal(p.dense, q.dense) for p, q in zip(points, again, strict=True))
    assert [p.passage.id for p in points] == list(range(1, 901))
    assert [p.passage for p in points[: len(base.docs)]] == base.docs
    variants = points[len(base.docs) :]
    originals = {doc.document_id for doc in base.docs}
    assert not originals & {p.passage.document_id for p in variants}
    likeness = [float(p.dense @ base.vectors[(p.passage.id - 1) % len(base.docs)]) for p in variants]
    assert min(likeness) > 0.93 and max(likeness) < 0.99
    assert len(questions()) > 50


def test_a_sleeper_tells_how_late_it_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    sleep = time.sleep
    monkeypatch.setattr("evals.bench.probe.time.sleep", lambda seconds: sleep(seconds + 0.02))
    late = lateness(0.2)
    assert 1 <= len(late) <= 7 and min(late) >= 20


def test_a_stall_shows_as_one_long_trip() -> None:
    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        served = 0

        def do_GET(self) -> None:
            Page.served += 1
            if Page.served == 4:
                time.sleep(0.3)
            self.send_response(200)
            self.send_header("content-length", "2")
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_: object) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    times = probe(server.server_address[1], "/", 1.2)
    server.shutdown()
    assert sum(taken >= 300 for taken in times) == 1 and len(times) > 5

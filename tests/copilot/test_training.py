"""The intent classifier learns from this installation's tickets, and serves only when held-out ones say so."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from copilot import training, versions
from copilot.runtime import CLASSIFIER_KIND, Runtime
from copilot.training import division, train_from_tickets
from core.artifacts import Artifact, active_artifact
from core.db import Database
from core.errors import InvalidInput
from core.events import SYSTEM, Event
from core.settings import Settings
from retrieval.classify.comparing import compare, mcnemar
from retrieval.index.edge import EdgeStore
from tests.retrieval.classify.word_encoder import WordEncoder

ABOUT = {
    "invoice": ["kolmo", "barra", "tindel", "fuska", "wendo", "apricot"],
    "return_request": ["sellik", "dorma", "hapsen", "quiv", "lutra", "bramble"],
    "where_is_my_parcel": ["niskel", "porto", "gamma", "ferrum", "oolit", "cedar"],
}  # words that no description holds: what the built-in classifier cannot know


def _tickets(count: int, *, seed: int = 0, wrong: bool = False) -> list[tuple[str, str]]:
    rng = np.random.default_rng(seed)
    names = list(ABOUT)
    found = []
    for number in range(count):
        intent = names[number % len(names)]
        words = [*rng.choice(ABOUT[intent], 4, replace=False), *rng.choice([f"x{n}" for n in range(400)], 3)]
        found.append((" ".join(words), str(rng.choice(names)) if wrong else intent))
    return found


@pytest.fixture
def runtime(sqlite_db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    settings = Settings(_env_file=None, data_dir=tmp_path, secret_key="x" * 40)
    made = Runtime(settings, sqlite_db, store=EdgeStore(tmp_path / "index"))
    made.__dict__["encoder"] = WordEncoder()
    return made


def _train(runtime: Runtime, monkeypatch: pytest.MonkeyPatch, pairs: Sequence[tuple[str, str]]) -> training.Trained:
    monkeypatch.setattr(training, "labelled_tickets", lambda _session: list(pairs))
    return train_from_tickets(runtime)


def _serving(runtime: Runtime) -> str | None:
    with runtime.db.reading() as session:
        row = active_artifact(session, CLASSIFIER_KIND)
        return row.version if row else None


def test_what_is_significantly_better_serves_and_what_is_not_is_kept(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = _train(runtime, monkeypatch, _tickets(180))
    held = first.metrics["held_out"]
    assert first.promoted and held["low"] > 0 and held["p_value"] < 0.05 and held["lost"] <= held["gained"]
    assert held["candidate"] > 0.9 > held["current"] and 15 < held["questions"] < 70
    assert _serving(runtime) == first.version
    with runtime.db.reading() as session:
        assert session.scalars(select(Event).where(Event.name == "ModelActivated")).one().actor_kind == "system"

    noise = _train(runtime, monkeypatch, _tickets(180, seed=1, wrong=True))
    assert not noise.promoted and noise.version != first.version and _serving(runtime) == first.version
    assert noise.metrics["compared_with"] == first.version
    with runtime.db.unit_of_work() as session:
        assert [row.version for row in versions.list_versions(session, CLASSIFIER_KIND)] == [
            noise.version,
            first.version,
        ]
        versions.activate(session, SYSTEM, CLASSIFIER_KIND, noise.version)  # a person may decide otherwise
        versions.roll_back(session, SYSTEM, CLASSIFIER_KIND, expected=noise.version)
    assert _serving(runtime) == first.version


def test_a_handful_of_held_out_tickets_proves_nothing(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    trained = _train(runtime, monkeypatch, _tickets(24))
    held = trained.metrics["held_out"]
    assert held["gained"] + held["lost"] < 6, "six that change are the least that can be significant"
    assert not trained.promoted and _serving(runtime) is None
    with runtime.db.reading() as session:
        assert session.scalars(select(Artifact)).one().metrics["held_out"] == held


def test_too_few_tickets_are_refused(runtime: Runtime, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InvalidInput, match="at least 20"):
        _train(runtime, monkeypatch, _tickets(19))


def test_what_decides_never_teaches_nor_does_what_says_nearly_the_same() -> None:
    texts = [text for text, _ in _tickets(300)]
    vectors = WordEncoder().encode_queries(texts)
    teaches, decides = division(texts, vectors)
    assert 30 < decides.sum() < 100 and not (teaches & decides).any()
    again, _ = division(texts[::-1], vectors[::-1])
    assert (again[::-1] == teaches).all(), "the order is no matter"
    more, still = division([*texts, "something else"], WordEncoder().encode_queries([*texts, "something else"]))
    assert (still[:-1] == decides).all() and not (more[:-1] & decides).any(), "what decided once decides for ever"
    held = texts[int(np.flatnonzero(decides)[0])]
    copied = next(held + dots for n in range(1, 40) if not division([held + (dots := " ." * n)], _one(held))[1][0])
    both = [*texts, copied]
    teaches, decides = division(both, np.concatenate([vectors, _one(held)]))
    assert not teaches[-1] and not decides[-1]


def _one(text: str) -> np.ndarray:
    return WordEncoder().encode_queries([text])


def test_the_comparison_is_exact() -> None:
    assert mcnemar(5, 0) == pytest.approx(0.0625) and mcnemar(6, 0) == pytest.approx(0.03125)
    assert mcnemar(3, 3) == 1.0 and mcnemar(0, 0) == 1.0
    same = compare(["a"] * 10, ["a"] * 10, ["a"] * 10)
    assert (same.candidate, same.current, same.low, same.high, same.better) == (1.0, 1.0, 0.0, 0.0, False)
    tiny = compare(["a"] * 4, ["a"] * 4, ["b"] * 4)
    assert tiny.low == 1.0 and not tiny.better, "the bootstrap alone would believe four of four"
    enough = compare(["a"] * 8, ["a"] * 8, ["b"] * 8)
    assert enough.better and not compare(["a"] * 8, ["b"] * 8, ["a"] * 8).better
    with pytest.raises(InvalidInput):
        compare([], [], [])

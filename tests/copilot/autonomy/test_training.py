"""The acceptance model learns from what was judged, is promoted only when it is better, and its file is its word."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select

from copilot.autonomy import training
from copilot.autonomy.features import NAMES, features
from copilot.autonomy.model import KIND, UNTRAINED, AcceptanceModel, compares, load_model, scored
from copilot.autonomy.models import EarnedIntent, EarningState
from copilot.autonomy.outcomes import Judged
from copilot.autonomy.reliability import calibration_error, reliability
from copilot.autonomy.training import MIN_OUTCOMES, keep, train
from copilot.runtime import Runtime
from copilot.versions import activate
from core.artifacts import active_artifact, list_artifacts
from core.db import Database
from core.errors import InvalidInput
from core.events import SYSTEM, Event
from core.settings import Settings
from retrieval.types import Answer, Hit, PassageDoc
from tests.copilot.autonomy.judging import judge
from tests.copilot.world import a_ticket, an_answer

TOP = NAMES.index("top_score")


def outcomes(n: int, *, told: bool, seed: int = 3) -> list[Judged]:
    """`told`: the best hit's score tells how likely an answer is right; the draft's own confidence never does."""
    rng = np.random.default_rng(seed)
    values = rng.normal(0, 0.3, (n, len(NAMES)))
    values[:, TOP] = rng.random(n)
    right = rng.random(n) < (values[:, TOP] if told else 0.7)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Judged(
            suggestion_id=i + 1,
            shop_id=1,
            intent="returns",
            at=start + timedelta(hours=i),
            values=tuple(map(float, values[i])),
            confidence=0.9,
            right=bool(right[i]),
            sendable=True,
            ungranted=True,
            audit_of=None,
            propensity=1.0,
        )
        for i in range(n)
    ]


def test_it_learns_what_tells_and_its_scores_mean_what_they_say() -> None:
    trained = train(outcomes(3000, told=True), None)
    assert trained.better and trained.loss < trained.loss_before
    assert trained.ece < 0.06, trained
    assert int(np.argmax(np.abs(trained.model.weights))) == TOP
    assert trained.model.version != "unsaved"
    low, high = [0.0] * len(NAMES), [0.0] * len(NAMES)
    low[TOP], high[TOP] = 0.1, 0.9
    assert trained.model.score(tuple(low)) < 0.35 and trained.model.score(tuple(high)) > 0.65


def test_it_is_not_promoted_over_itself_nor_on_noise() -> None:
    found = outcomes(1200, told=False)
    good = AcceptanceModel((0.0,) * len(NAMES), (1.0,) * len(NAMES), (0.0,) * len(NAMES), float(np.log(0.7 / 0.3)))
    assert not train(found, good).better, "noise was taken for an improvement"
    trained = train(outcomes(1200, told=True), None)
    assert trained.better and not train(outcomes(1200, told=True), trained.model).better


def test_what_it_learned_from_and_was_chosen_by_is_what_it_has_seen() -> None:
    found = outcomes(1000, told=True)
    trained = train(found, None)
    seen = [one.suggestion_id for one in found if trained.model.has_seen(one.suggestion_id)]
    assert set(range(1, 601)) <= set(seen)
    assert {one for one in seen if one > 600} == {n for n in range(601, 1001) if compares(n)}
    assert len(seen) == trained.learned + trained.compared
    assert not trained.model.has_seen(1001) and not trained.model.has_seen(1003)


def test_a_rarely_drawn_outcome_weighs_more() -> None:
    found = outcomes(1000, told=True)
    again = [replace(one, propensity=0.1) if not one.right else one for one in found]
    plain, heavy = train(found, None).model, train(again, None).model
    middle = [0.0] * len(NAMES)
    middle[TOP] = 0.5
    assert heavy.score(tuple(middle)) < plain.score(tuple(middle))


@pytest.mark.parametrize("found", [outcomes(MIN_OUTCOMES - 1, told=True),
                                   [replace(one, right=True) for one in outcomes(300, told=True)]])  # fmt: skip
def test_too_little_teaches_nothing(found: list[Judged]) -> None:
    with pytest.raises(InvalidInput):
        train(found, None)


def test_a_file_gives_the_same_scores_and_another_kind_of_file_is_refused(tmp_path: Path) -> None:
    found = outcomes(400, told=True)
    model = train(found, None).model
    path = tmp_path / "acceptance" / "m.json"
    model.save(path)
    loaded = load_model(path)
    assert loaded == model and loaded.score(found[0].values) == model.score(found[0].values)
    path.write_text(path.read_text("utf-8").replace("features-1", "features-0"), encoding="utf-8")
    with pytest.raises(ValueError, match="other features"):
        load_model(path)
    with pytest.raises(ValueError):
        model.score((1.0,))


def test_features_are_within_bounds_and_an_answer_says_who_scored_it() -> None:
    answer = an_answer()
    values = features(answer)
    assert len(values) == len(NAMES) and all(-1 <= value <= 5 for value in values)
    assert scored(answer, None).extras["acceptance"] == {"score": answer.draft.confidence, "version": UNTRAINED}


def answers(found: list[Judged]) -> list[Answer]:
    """Stored answers whose best hit has the score that the outcome had."""
    doc = PassageDoc(1, "article:1", "article", "退货", "七天内可以退货", 1, (0, 7), "zh")
    return [replace(an_answer(), hits=(Hit(doc, one.values[TOP], 0.8, 1, 3.0, 1),)) for one in found]


def test_learned_kept_and_serving_from_the_next_answer_on(db: Database, settings: Settings) -> None:
    runtime = Runtime(settings, db)
    world = a_ticket(db)
    found = outcomes(400, told=True)
    judge(db, world.shop, world.customer, [one.right for one in found], answers=answers(found))
    assert runtime.acceptance() is None
    trained = training.learn(runtime)
    assert trained.better and trained.learned == 240 and 40 < trained.compared < 120
    with db.unit_of_work() as session:
        assert keep(session, SYSTEM, trained)
    serving = runtime.acceptance()
    assert serving == trained.model
    with db.reading() as session:
        told = session.scalars(select(Event).where(Event.name == "ModelActivated")).one()
        assert told.data["artifact_kind"] == KIND
    assert not training.learn(runtime).better, "it is better than itself"


def test_a_better_model_waits_while_something_earned_is_in_force(db: Database, settings: Settings) -> None:
    world = a_ticket(db)
    trained = train(outcomes(600, told=True), None)
    with db.unit_of_work() as session:
        session.add(EarnedIntent(shop_id=world.shop, intent="returns", state=EarningState.EARNED, evidence={}))
    with db.unit_of_work() as session:
        assert not keep(session, SYSTEM, trained)
    with db.unit_of_work() as session:
        assert active_artifact(session, KIND) is None
        assert [row.version for row in list_artifacts(session, KIND)] == [trained.model.version]
        activate(session, SYSTEM, KIND, trained.model.version)  # a person may
    with db.reading() as session:
        active = active_artifact(session, KIND)
        assert active is not None and active.version == trained.model.version


def test_a_file_that_cannot_be_read_leaves_the_drafts_own_confidence(sqlite_db: Database, settings: Settings) -> None:
    runtime = Runtime(settings, sqlite_db)
    trained = train(outcomes(600, told=True), None)
    with sqlite_db.unit_of_work() as session:
        assert keep(session, SYSTEM, trained)
    assert runtime.acceptance() is None  # no file was written


def test_reliability_by_hand() -> None:
    bins = reliability([0.05, 0.95, 0.95, 1.0, 0.5], [False, True, True, False, True])
    assert [(one.low, one.n, one.right) for one in bins] == [(0.0, 1, 0), (0.5, 1, 1), (0.9, 3, 2)]
    assert all(one.share_low <= one.right / one.n <= one.share_high for one in bins)
    expected = (abs(0 - 0.05) + abs(1 - 0.5) + abs(2 - 2.9)) / 5
    assert calibration_error(bins) == pytest.approx(expected)
    assert reliability([], []) == () and calibration_error([]) == 0.0
    with pytest.raises(ValueError):
        reliability([0.5], [])

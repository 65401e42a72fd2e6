"""`copilot autonomy`: how far each intent has come, the look, the training and the drawn answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import update
from typer.testing import CliRunner, Result

from cli import autonomy
from cli.main import app
from copilot.models import Decision
from copilot.runtime import Runtime
from core.db import Database
from core.errors import InvalidInput, NotFound
from core.settings import Settings
from records.shops.models import Shop
from tests.copilot.autonomy.judging import judge
from tests.copilot.world import INTENT, Written, a_ticket


@pytest.fixture
def world(db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Written:
    @contextmanager
    def opened(given: Any = None) -> Iterator[Runtime]:
        yield Runtime(settings, db)

    monkeypatch.setattr(autonomy, "opened", opened)
    return a_ticket(db)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["autonomy", *arguments])


def code(world: Written) -> str:
    with world.db.reading() as session:
        return session.get_one(Shop, world.shop).code


def test_from_nothing_to_a_proposal(world: Written) -> None:
    shop = code(world)
    assert "nothing judged" in run("status", "--shop", shop).output
    judge(world.db, world.shop, world.customer, [True] * 50)
    assert f"{shop}: 50 judged answers" in run("review", "--shop", shop).output
    assert "collecting    50 cases; 22 more to the next look" in run("status", "--shop", shop).output
    judge(world.db, world.shop, world.customer, [True] * 25)
    assert f"  {INTENT}: proposed" in run("review", "--shop", shop).output.splitlines()
    said = run("status", "--shop", shop).output
    assert "look 1: 75 of 75 right, proven 95.2%" in said and "target 95%, 10% audited" in said
    told = json.loads(run("status", "--shop", shop, "--json").output)
    assert told["score"] == "draft-confidence"
    (intent,) = told["shops"][0]["intents"]
    assert intent["state"] == "proposed" and intent["evidence"]["lower"] >= 0.95


def test_training_says_what_is_missing(world: Written) -> None:
    judge(world.db, world.shop, world.customer, [True] * 20)
    done = run("train")
    assert done.exit_code == 1 and isinstance(done.exception, InvalidInput)
    assert "20 answers have been judged; 200 are needed" in done.exception.message


def test_what_is_granted_by_hand(world: Written) -> None:
    shop, grant = code(world), world.grant()
    line = f"  {INTENT:28}by hand: "
    assert f"{line}0 answers, 0 audited, 0 wrong; not measured yet" in run("status", "--shop", shop).output
    judge(world.db, world.shop, world.customer, [True] * 30, grant=grant, share=0.1)
    said = run("status", "--shop", shop).output
    assert f"{line}30 answers, 30 audited, 0 wrong: wrong at most 9.5% (95%), alarm" in said
    judge(world.db, world.shop, world.customer, [False] * 20, grant=grant, share=0.1)
    assert f"{INTENT}: withdrawn" in run("review", "--shop", shop).output
    assert "withdrawn by the monitor, was by hand: 50 answers, 50 audited" in run("status", "--shop", shop).output
    (one,) = json.loads(run("status", "--shop", shop, "--json").output)["shops"][0]["by_hand"]
    assert (one["grant_id"], one["answers"], one["wrong"]) == (grant, 50, 20)


def test_drawn_answers_of_one_shop(world: Written) -> None:
    suggestion = world.suggest()
    assert run("audit", "--shop", code(world)).output == ""
    with world.db.unit_of_work() as session:
        session.execute(update(Decision).where(Decision.suggestion_id == suggestion.id).values(reason="audit_sample"))
    assert f"suggestion {suggestion.id}  ticket {world.ticket}" in run("audit", "--shop", code(world)).output
    other = a_ticket(world.db)
    assert run("audit", "--shop", code(other)).output == ""


def test_an_unknown_shop(world: Written) -> None:
    done = run("status", "--shop", "nowhere")
    assert isinstance(done.exception, NotFound) and code(world) in done.exception.message


def test_what_a_line_says_of_an_earned_intent() -> None:
    evidence = {"right": 100, "n": 100, "lower": 0.964, "audited": 12, "audited_wrong": 2, "alarm": 0.4}
    line = autonomy._line({"intent": INTENT, "state": "earned", "cases": 100, "looks": 1, "evidence": evidence})
    assert "proven 96.4%; 2 of 12 audited wrong, alarm 40%" in line

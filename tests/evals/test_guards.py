"""The committed sentences: in both languages and halves, and the rules do what the development half asks of them."""

from __future__ import annotations

import json

import pytest

from evals.guards import figures, judge_moods, judge_promises, main
from evals.verification import DEVELOPMENT, HELD_OUT


def test_there_are_sentences_of_every_kind_in_each_half_and_language() -> None:
    for half in (DEVELOPMENT, HELD_OUT):
        for language in ("zh", "en"):
            kinds = {(one.half, one.language, one.wanted) for one in (*judge_promises(), *judge_moods())}
            for wanted in ("promise", "fine", "none", "normal", "serious", "urgent"):
                assert (half, language, wanted) in kinds


def test_the_development_half_is_kept() -> None:
    rates = {
        one["figure"]: one for one in figures(judge_promises(), judge_moods(), DEVELOPMENT) if one["language"] == "all"
    }
    assert rates["promise_missed"]["rate"] <= 0.05 and rates["promise_false"]["rate"] <= 0.1
    assert rates["level_wrong"]["rate"] <= 0.1


def test_json_lines(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--rules-only", "--half", DEVELOPMENT]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) == 15 and {line["half"] for line in lines} == {DEVELOPMENT}

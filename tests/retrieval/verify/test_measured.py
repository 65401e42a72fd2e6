"""The committed pairs: enough of them, and the promise kept that false acceptances are rare."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from core.errors import InvalidInput
from evals.verification import DEVELOPMENT, HELD_OUT, LABELS, clopper_pearson, main, measure, read_pairs


def test_there_are_enough_pairs_of_each_kind_in_both_languages() -> None:
    pairs = read_pairs()
    assert len(pairs) >= 300
    for half in (DEVELOPMENT, HELD_OUT):
        for language in ("zh", "en"):
            kinds = {p.label for p in pairs if p.half == half and p.language == language}
            assert kinds == set(LABELS)
    assert not {p.source for p in pairs if p.half == DEVELOPMENT} & {p.source for p in pairs if p.half == HELD_OUT}


def test_false_acceptances_of_the_development_half_stay_rare() -> None:
    rates = {(r.language, r.label): r for r in measure(read_pairs(), DEVELOPMENT)}
    assert rates["all", "false_accept"].rate <= 0.02
    assert rates["all", "false_reject"].rate <= 0.15


def test_interval_against_a_published_value() -> None:
    low, high = clopper_pearson(0, 10)
    assert low == 0 and high == pytest.approx(0.3085, abs=1e-4)  # 1 - 0.025 ** (1 / 10)
    assert clopper_pearson(5, 10) == pytest.approx((0.1871, 0.8129), abs=1e-4)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    file = tmp_path / "pairs.jsonl"
    file.write_text('{"id": "a"}\n', encoding="utf-8")
    with pytest.raises(InvalidInput, match="line 1"):
        read_pairs(file)


def test_json_output(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--half", DEVELOPMENT, "--json"]) == 0
    out = json.loads(capsys.readouterr().out)
    assert out["pairs"] >= 300 and {rate["half"] for rate in out["rates"]} == {DEVELOPMENT}

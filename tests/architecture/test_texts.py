"""What the server names, the console says in words: in both languages, none as the code has it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from api import problems
from copilot.decide import AUDIT, RULES
from copilot.handover.states import Reason
from core.errors import CopilotError
from tests.architecture.tree import ROOT, sources
from worker.handlers import HANDLERS

LANGUAGES = pytest.mark.parametrize("language", ["zh-CN", "en"])


OF_THE_CHAT = {"identity_refused"}  # told to shoppers' pages, never to the console


def texts(language: str, namespace: str, *keys: str) -> dict[str, Any]:
    found = json.loads((ROOT / "web" / "locales" / language / f"{namespace}.json").read_text("utf-8"))
    for key in keys:
        found = found[key]
    return dict(found)


def audited() -> Iterator[tuple[str | None, str]]:
    """(action, kind of its object) of every entry that is written; None for an action that is made of variables."""
    for path in sources():
        for node in called("record_access", path):
            action, kind = node.args[2:4]
            assert isinstance(kind, ast.Constant), path
            yield (str(action.value) if isinstance(action, ast.Constant) else None), str(kind.value)


def called(name: str, path: Path) -> Iterator[ast.Call]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] == name:
            yield node


@LANGUAGES
def test_every_rule_and_reason_of_a_decision(language: str) -> None:
    assert set(texts(language, "ticket", "rules")) == set(RULES)
    assert set(texts(language, "playground", "why")) == set(RULES)
    assert {*Reason, AUDIT, "all_rules_passed"} == set(texts(language, "ticket", "why", "reason"))


@LANGUAGES
def test_every_job(language: str) -> None:
    assert set(texts(language, "settings", "jobs", "name")) == {name.replace(".", "_") for name in HANDLERS}


@LANGUAGES
def test_every_entry_of_the_audit(language: str) -> None:
    said = texts(language, "settings", "audit")
    found = list(audited())
    assert len(found) > 15, "the calls are no longer found"
    assert {kind for _, kind in found} == set(said["kind"])
    assert {action.replace(".", "_") for action, _ in found if action is not None} <= set(said["action"])


def codes(kind: type[CopilotError] = CopilotError) -> set[str]:
    return {kind.code}.union(*(codes(one) for one in kind.__subclasses__()))


@LANGUAGES
def test_every_problem_of_the_api(language: str) -> None:
    said = texts(language, "common", "errors", "codes")
    written = {one.args[1] for one in called("problem", ROOT / "api" / "problems.py")}
    named = {code.value for code in written if isinstance(code, ast.Constant)} | {*problems._CODES.values()}
    assert len(named) > 4, "the calls are no longer found"
    assert (codes() | named | {"method_not_allowed"}) - OF_THE_CHAT == set(said)

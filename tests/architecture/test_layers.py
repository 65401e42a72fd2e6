"""The shape of the house: who imports whom, how long a file is, where an import stands."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

from tests.architecture.tree import ROOT, name_of, packages, pyproject, sources

LINES = 300
# Longer than the rule, and why one file is better than two. A file that has become short enough must leave this list.
LONGER = {
    "retrieval/index/edge.py": "one lock guards shard, journal and swap; apart they could be used without it",
    "retrieval/index/server_store.py": "aliases, tombstones and rebuild are one protocol among writers",
}


def test_imports_go_down_only() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert "0 broken" in done.stdout


def test_no_package_stands_outside_of_the_contracts() -> None:
    """A new package that nobody lists would be checked by nothing."""
    there = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert there - {"migrations", "tests"} == set(packages())
    config = pyproject()["tool"]
    assert set(packages()) == set(config["mypy"]["packages"])
    contracts = {contract["name"]: contract for contract in config["importlinter"]["contracts"]}
    layered = {name for layer in contracts["Imports go down only"]["layers"] for name in layer.split(" | ")}
    assert layered == set(packages())
    owners = {
        "FastAPI only in api": {"api", "cli"},  # the command line starts the server and may name its types
        "Vector and language libraries only in retrieval": {"retrieval", "evals"},  # evals compares with them
        "Celery only in worker": {"worker"},
    }
    for contract, allowed in owners.items():
        assert set(contracts[contract]["source_modules"]) == set(packages()) - allowed, contract
    assert contracts["No database inside retrieval"]["source_modules"] == ["retrieval"]


def test_files_are_short() -> None:
    long = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in sources()}
    over = {name: lines for name, lines in long.items() if lines > LINES}
    assert set(over) - set(LONGER) == set(), f"split them, or say in LONGER why not: {over}"
    assert set(LONGER) - set(over) == set(), "these are short enough now: take them out of LONGER"


def test_no_file_is_named_for_nothing() -> None:
    vague = {"utils.py", "util.py", "helpers.py", "manager.py", "service.py", "common_utils.py", "misc.py"}
    assert [name_of(path) for path in sources() if path.name in vague] == []


def inner_imports_without_reason(source: str) -> list[int]:
    """Lines of imports inside functions that no comment explains (on the line, or in the lines right above)."""
    lines = source.splitlines()
    found = set()
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom) and not _explained(lines, node.lineno):
                found.add(node.lineno)
    return sorted(found)


def _explained(lines: list[str], number: int) -> bool:
    _, _, comment = lines[number - 1].partition("PLC0415")
    above = lines[number - 2].strip() if number > 1 else ""
    return len(comment.strip(" -()")) >= 8 or above.startswith("#")


def test_an_import_inside_a_function_says_why() -> None:
    bare = {name_of(path): lines for path in sources() if (lines := inner_imports_without_reason(path.read_text()))}
    assert bare == {}


def test_the_check_of_inner_imports_sees_one() -> None:
    bare = "def f():\n    import os  # noqa: PLC0415\n"
    told = "def f():\n    import torch  # noqa: PLC0415 - a gigabyte\n"
    above = "def f():\n    # a gigabyte, only to compare\n    import torch  # noqa: PLC0415\n"
    assert [inner_imports_without_reason(code) for code in (bare, told, above)] == [[2], [], []]


def test_only_doors_commit() -> None:
    """Rooms change rows in a session that they are given: a commit of their own would tear the caller's unit apart.

    The exceptions work for minutes, or must have committed before they call out; they take the `Database` itself.
    """
    doors = {"api", "worker", "cli", "core"}
    long_running = {
        "channels/outbound.py",  # the claim must be committed before the provider is called
        "copilot/adapting.py",  # the same
        "copilot/training.py",  # training takes minutes; only registering the result is a unit
        "demo/seeding.py",
        "knowledge/imports/articles.py",
        "knowledge/indexing.py",
        "knowledge/reindex.py",
        "records/imports/run.py",
        "records/people/sign_in.py",  # a failed guess has to be remembered although the request fails
    }
    opening = {name_of(path) for path in sources() if ".unit_of_work(" in path.read_text("utf-8")}
    rooms = {name for name in opening if name.split("/")[0] not in doors | {"evals"}}
    assert rooms == long_running
    commits = {name_of(path) for path in sources() if "session.commit(" in path.read_text("utf-8")}
    # the benches measure us beside bare programs, which commit as they like
    assert {name for name in commits if not name.startswith("evals/bench/")} == set()

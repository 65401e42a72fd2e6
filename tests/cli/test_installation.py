"""A command that works on an installation makes none where somebody happens to stand; what makes one says where."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli.main import app
from core.errors import ConfigurationError
from core.settings import get_settings

COMMANDS = [
    ["ask", "退货要多久"],
    ["jobs", "list"],
    ["jobs", "run"],
    ["doctor"],
    ["import", "shop", "lehuo", "Lehuo"],
    ["reindex"],
    ["staff", "list"],
    ["models", "list"],
    ["explain", "1"],
]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that is nobody's project, with the settings read anew in it."""
    for name in ("COPILOT_DATA_DIR", "COPILOT_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    get_settings.cache_clear()
    yield tmp_path
    get_settings.cache_clear()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments))


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("data_dir", ["", "data", "/nowhere/at/all"], ids=["default", "relative", "absolute"])
def test_there_is_none_and_none_is_made(
    command: list[str], data_dir: str, elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if data_dir:
        monkeypatch.setenv("COPILOT_DATA_DIR", data_dir)
    done = run(*command)
    assert isinstance(done.exception, ConfigurationError), done.output
    said = done.exception.message
    assert f"no installation at {elsewhere / (data_dir or 'var')} " in said
    assert "absolute" in said and "`make run`" in said
    assert list(elsewhere.iterdir()) == []


def test_a_database_of_ones_own_choice_is_looked_for_where_its_address_says(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COPILOT_DATABASE_URL", f"sqlite:///{elsewhere}/mine/shop.db")
    monkeypatch.setenv("COPILOT_SECRET_KEY", "x" * 40)
    done = run("jobs", "list")
    assert isinstance(done.exception, ConfigurationError)
    assert f"{elsewhere}/mine (no shop.db)" in done.exception.message
    assert "COPILOT_DATABASE_URL" in done.exception.message and list(elsewhere.iterdir()) == []


def test_what_makes_one_says_where_and_then_all_commands_work(elsewhere: Path) -> None:
    made = run("migrate")
    assert made.exit_code == 0, made.output
    assert f"a new installation is made in {elsewhere / 'var'}" in made.stderr
    assert run("jobs", "list").exit_code == 0
    assert "new installation" not in run("migrate").stderr

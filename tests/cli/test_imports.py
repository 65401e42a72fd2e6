"""`copilot import articles` says when what it imported cannot be found."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from cli import session
from cli.main import app
from core import migrate
from core.db import Database
from core.settings import Settings


@pytest.fixture(autouse=True)
def _an_installation_without_any_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(_env_file=None, data_dir=tmp_path / "empty")  # type: ignore[call-arg]
    monkeypatch.setattr(session, "get_settings", lambda: settings)
    db = Database(settings.sqlalchemy_url)
    migrate.upgrade(db)
    db.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "returns.md").write_text("# Returns\n\nWithin 30 days.\n", "utf-8")
    return tmp_path / "articles"


def run(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(app, ["import", "articles", str(folder), *more], terminal_width=200)


def test_an_article_that_could_not_be_indexed_is_no_success(folder: Path) -> None:
    done = run(folder)
    assert done.exit_code == 1, done.output
    assert "created 1" in done.output and "1 could not be indexed" in done.output
    assert "copilot models prepare" in done.output and "copilot jobs list" in done.output
    assert run(folder, "--draft").exit_code == 0  # nothing to index


def test_an_undecodable_file_is_told_once_and_with_its_own_kind(folder: Path) -> None:
    (folder / "broken.md").write_bytes(b"\x81\xff\x00\x8d")
    done = run(folder, "--dry-run")
    assert done.exit_code == 1
    assert "broken.md: The encoding of broken.md is unknown. Save it as UTF-8 text." in done.output

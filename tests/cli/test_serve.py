"""`copilot serve` and Ctrl-C: what it says when it ends, while it serves and before."""

from __future__ import annotations

import signal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import models, serve
from cli.main import app
from core.errors import ConfigurationError
from core.settings import Settings
from tests.ports import free_port
from tests.stack import make_stack


def test_ctrl_c_ends_it_in_order_and_says_where_the_data_is(tmp_path: Path) -> None:
    stack = make_stack(tmp_path / "data")
    try:
        stack.start()
        process = stack.processes["api0"]
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
    finally:
        stack.stop()
    said = (stack.data_dir / "api0.log").read_text().splitlines()
    assert said[-1] == f"Support Copilot has stopped; the data is kept in {stack.data_dir}."


def test_ctrl_c_before_it_listens_says_so_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(serve, "get_settings", lambda: Settings(_env_file=None, data_dir=tmp_path, port=free_port()))
    monkeypatch.setattr(models, "prepare", interrupted)
    done = CliRunner().invoke(app, ["serve"])
    assert done.exit_code == 130
    assert f"has stopped; the data is kept in {tmp_path}." in done.output


@pytest.mark.parametrize("steps", ["5", ""])
@pytest.mark.parametrize("prepared", [True, False])
def test_the_model_is_a_step_where_make_counts_them(
    prepared: bool, steps: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def load(_: Any) -> None:
        if not prepared:
            raise ConfigurationError("There is no model.")

    monkeypatch.setenv("MAKE_STEPS", steps)
    monkeypatch.setattr(models, "load_encoder", load)
    monkeypatch.setattr(models, "load_second", lambda _: None)
    monkeypatch.setattr(models.subprocess, "run", lambda *_, **__: SimpleNamespace(returncode=0))
    models.prepare()
    said = capsys.readouterr().out
    assert said.startswith("5/5 ") == bool(steps) and (said == "") == (prepared and not steps)

"""uv is told what pip knows of this machine's registries; `make` tells each step that it counts."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts import build_web, install
from tests.architecture.tree import ROOT

CONFIG = """\
global.index-url='https://index.example/simple'
global.cert='/etc/ssl/ours.pem'
install.trusted-host='index.example other.example'
:env:.index-url='https://nearer.example/simple'
global.extra-index-url='https://one.example/simple\\nhttps://two.example/simple'
:env:.find-links='/opt/wheels /srv/wheels'
global.timeout='60'
"""


def test_indexes_certificate_and_wheels_are_those_of_pip() -> None:
    assert install.uv_environment(CONFIG, {}) == {
        "UV_DEFAULT_INDEX": "https://nearer.example/simple",  # the environment counts more than a file
        "UV_INDEX": "https://one.example/simple https://two.example/simple",
        "UV_FIND_LINKS": "/opt/wheels,/srv/wheels",
        "UV_INSECURE_HOST": "index.example other.example",
        "UV_INDEX_STRATEGY": "unsafe-best-match",
        "SSL_CERT_FILE": "/etc/ssl/ours.pem",
    }


def test_what_was_said_to_uv_stays() -> None:
    told = install.uv_environment(CONFIG, {"UV_DEFAULT_INDEX": "https://ours.example/simple", "SSL_CERT_FILE": "/a"})
    assert "UV_DEFAULT_INDEX" not in told and "SSL_CERT_FILE" not in told and "UV_INDEX" in told


def test_without_a_configuration_nothing_is_said() -> None:
    assert install.uv_environment("", {}) == {}


def test_pip_takes_over_where_uv_cannot(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], environment: dict[str, str]) -> bool:
        asked.append(command)
        return "uv" not in command

    monkeypatch.setattr(install, "_run", run)
    install.main()
    assert "pip takes over" in capsys.readouterr().out
    assert [command[2] for command in asked] == ["pip", "uv", "pip", "pip"]
    assert asked[2][-2:] == install.PACKAGES


def test_what_neither_installs_is_an_error_that_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "_run", lambda *_: False)
    with pytest.raises(SystemExit, match="make setup"):
        install.main()


# What stands in for Python, pip and our command: the last two steps are said by those whom `make` asks for them.
STUB = """#!/bin/sh
case "$*" in
  "-m venv "*) mkdir -p "$3/bin"; for name in python pip copilot; do cp "$0" "$3/bin/$name"; done;;
  *build_web.py) echo "4/$MAKE_STEPS from build_web";;
  "serve --demo" | "models prepare") echo "5/$MAKE_STEPS from $1";;
esac
"""


@pytest.mark.parametrize("target", ["run", "setup"])
def test_every_step_that_is_counted_is_told(tmp_path: Path, target: str) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements/lock.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    python = tmp_path / "python"
    python.write_text(STUB)
    python.chmod(0o755)
    make = ["make", "-C", str(tmp_path), "--no-print-directory", f"PYTHON={python}", target]
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}

    def steps() -> list[str]:
        done = subprocess.run(make, capture_output=True, text=True, check=True, env=environment)
        return sorted(line.split()[0] for line in done.stdout.splitlines())

    assert steps() == ["1/5", "2/5", "3/5", "4/5", "5/5"]
    assert steps() == ["4/5", "5/5"]  # what has been done


def test_the_console_is_a_step_that_is_told_also_when_nothing_is_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("openapi.json", "web/package.json", "web/package-lock.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("{}")
    monkeypatch.setattr(build_web, "ROOT", tmp_path)
    monkeypatch.setattr(build_web, "WEB", tmp_path / "web")
    monkeypatch.setattr(build_web, "_node", lambda *_: None)
    monkeypatch.setattr(build_web.sys, "argv", ["build_web.py"])
    monkeypatch.setenv("MAKE_STEPS", "5")
    build_web.main()
    first = capsys.readouterr().out.splitlines()
    build_web.main()
    assert len(first) == 2 and all(line.startswith("4/5 web console: ") for line in first)
    assert capsys.readouterr().out == "4/5 web console: built already\n"
    monkeypatch.delenv("MAKE_STEPS")
    build_web.main()
    assert capsys.readouterr().out == ""

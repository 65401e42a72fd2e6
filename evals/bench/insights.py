"""The dashboard over a hundred thousand tickets: milliseconds of each of its requests, over HTTP.

    python -m evals.bench.insights [--tickets 100000] [--database sqlite|postgresql]

Each request computes its figures and those of the period before. Told is the median of `ROUNDS`.
"""

from __future__ import annotations

import argparse
import json
import secrets
import sys
import tempfile
import time
from typing import Final

import httpx
from sqlalchemy import text

from core.db import Database
from evals.bench.api import database, free_port, serving
from evals.bench.figures import Figure, percentile, stated
from evals.bench.insights_rows import fill
from records.people.actions import create_staff
from records.principals import SYSTEM_PRINCIPAL, Role

TICKETS: Final = 100_000
ROUNDS: Final = 3
_SERVER: Final = """
import uvicorn
from api.app import create_app
from copilot.runtime import Runtime
from core.settings import Settings
settings = Settings()
uvicorn.run(create_app(Runtime(settings)), port=settings.port, log_level="error")
"""
REPORTS: Final = ("times", "volumes", "drafts", "automation", "satisfaction", "people")


def figures(tickets: int = TICKETS, kind: str = "sqlite") -> list[Figure]:
    """Of the last 7, 30 and 90 days; the rows are spread over 90."""
    who = {"username": "bench", "password": secrets.token_urlsafe(16)}
    with database(kind) as url, tempfile.TemporaryDirectory() as data:
        db = Database(url)
        fill(db, tickets)
        with db.unit_of_work() as session:
            create_staff(
                session,
                SYSTEM_PRINCIPAL,
                username=who["username"],
                password=who["password"],
                display_name="Bench",
                role=Role.SUPERVISOR,
            )
        if not db.is_sqlite:
            with db.unit_of_work() as session:
                session.execute(text("ANALYZE"))
        db.close()
        port = free_port()
        environment = {
            "COPILOT_DATABASE_URL": url,
            "COPILOT_PORT": str(port),
            "COPILOT_DATA_DIR": data,
            "COPILOT_SECRET_KEY": secrets.token_urlsafe(48),
        }
        with (
            serving([sys.executable, "-c", _SERVER], port, environment),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as client,
        ):
            client.post("/api/v1/auth/sign-in", json=who).raise_for_status()
            found = [_measured(client, f"insights_{kind}_queue_p50", "queue", {})]
            for period in ("7d", "30d", "90d"):
                for name in REPORTS:
                    found.append(_measured(client, f"insights_{kind}_{name}_{period}_p50", name, {"period": period}))
            return found


def _measured(client: httpx.Client, label: str, report: str, query: dict[str, str]) -> Figure:
    times = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        client.get(f"/api/v1/insights/{report}", params=query).raise_for_status()
        times.append((time.perf_counter() - began) * 1e3)
    return stated(label, percentile(times[1:], 50), "ms")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tickets", type=int, default=TICKETS)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    asked = parser.parse_args()
    for one in figures(asked.tickets, asked.database):
        print(json.dumps(one, ensure_ascii=False), flush=True)

"""The serving process itself: cold start, memory, and whether its event loop ever stalls.

    copilot bench --only serving

`copilot serve` in an empty data folder (with this installation's models): seconds from the start of the process until
/readyz says 200, and the resident memory of the server and of the index process then.

Stalls: two shops with the demo's articles; once they are indexed, a process of its own asks for a page that the event
loop answers by itself (/api/docs; /livez waits for a free thread first) a hundred times a second, first idle, then
while three clients have suggestions computed without a pause and an index of 20,000 points is rebuilt from outside.
The figure is the 99.9th percentile under load less that of idle. The largest trip is stated, and beside it by how much
a process that only sleeps was woken too late in the same half minute, which is what two busy cores make anybody wait.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil  # type: ignore[import-untyped]

from core import migrate
from core.db import Database
from core.settings import Settings
from evals.bench.api import free_port
from evals.bench.figures import Figure, at_most, percentile, stated
from evals.bench.index import Corpus
from evals.bench.knowledge_base import SHOPS, SOURCE, articles, questions
from knowledge.imports.articles import import_articles
from records.people.models import Staff
from records.people.sign_in import create_api_token
from records.principals import SYSTEM_PRINCIPAL, Principal, Role
from records.shops.actions import create_shop
from retrieval.encoder.load import load_encoder
from retrieval.index import owner
from retrieval.index.connect import local_client

COLD_START_GOAL: Final = 10.0  # a second `make run` starts in under 10 s
STALL_GOAL: Final = 50.0
PROBED: Final = "/api/docs"
IDLE_SECONDS: Final = 15.0
LOAD_SECONDS: Final = 30.0
CLIENTS: Final = 3


@dataclass(frozen=True, slots=True)
class Served:
    url: str
    port: int
    process: psutil.Process
    start_seconds: float


@contextlib.contextmanager
def data_folder(settings: Settings) -> Iterator[Path]:
    """An empty one that sees this installation's models."""
    with tempfile.TemporaryDirectory(prefix="serving-bench-") as folder:
        (Path(folder) / "models").symlink_to(settings.models_dir.resolve())
        yield Path(folder)


@contextlib.contextmanager
def serve(folder: Path, model: str) -> Iterator[Served]:
    """`copilot serve` on this folder, ready. Raises RuntimeError with its last words when it does not come up."""
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COPILOT_")}
    environment |= {"COPILOT_DATA_DIR": str(folder), "COPILOT_EMBEDDING_MODEL": model, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "cli.main", "serve", "--port", str(port)]
    with (folder / "serve.log").open("wb") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        try:
            url = f"http://127.0.0.1:{port}"
            while not _ready(url):
                if process.poll() is not None or time.perf_counter() - began > 120:
                    raise RuntimeError(f"the server did not start: {(folder / 'serve.log').read_text()[-1000:]}")
                time.sleep(0.02)
            yield Served(url, port, psutil.Process(process.pid), time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(30)


def _ready(url: str) -> bool:
    with contextlib.suppress(httpx.TransportError):
        return httpx.get(f"{url}/readyz", timeout=10).status_code == 200
    return False


def footprint(settings: Settings, repeats: int = 3) -> list[Figure]:
    """Cold start and memory; the fastest of `repeats` starts met the least other work."""
    starts, server, index = [], 0.0, 0.0
    with data_folder(settings) as folder:
        for _ in range(repeats):  # the first one also makes the database
            with serve(folder, settings.embedding_model) as served:
                starts.append(served.start_seconds)
                server = served.process.memory_info().rss / 1e6
                owns = owner.find(folder / "index")
                index = psutil.Process(owns.pid).memory_info().rss / 1e6 if owns else 0.0
    return [
        at_most("serve_cold_start", min(starts), "s", COLD_START_GOAL),
        stated("serve_first_start", starts[0], "s"),
        stated("serve_memory_server", server, "MB"),
        stated("serve_memory_index_process", index, "MB"),
    ]


def stalls(settings: Settings, points: int) -> list[Figure]:
    """Round trips of the event loop under load, less idle. Raises RuntimeError when a request of the load fails."""
    with data_folder(settings) as folder:
        token = furnish(Settings(_env_file=None, data_dir=folder))
        with serve(folder, settings.embedding_model) as served:
            client = httpx.Client(
                base_url=f"{served.url}/api/v1", headers={"authorization": f"Bearer {token}"}, timeout=60
            )
            wait_until(lambda: _is_indexed(client), 300)
            _probe(served.port, 2)
            idle, _ = _probe(served.port, IDLE_SECONDS)
            loaded, late, answers = _under_load(settings, folder, served, client, points)
    calm, busy = percentile(idle, 99.9), percentile(loaded, 99.9)
    return [
        at_most("serve_stall_p999_above_idle", busy - calm, "ms", STALL_GOAL),
        stated("serve_stall_max_above_idle", max(loaded) - max(idle), "ms"),
        stated("serve_sleeper_late_p999_meanwhile", percentile(late, 99.9), "ms"),
        stated("serve_sleeper_late_max_meanwhile", max(late), "ms"),
        stated("serve_round_trip_p50_idle", percentile(idle, 50), "ms"),
        stated("serve_round_trip_p50_loaded", percentile(loaded, 50), "ms"),
        stated("serve_suggestions_meanwhile", answers / LOAD_SECONDS, "/s"),
    ]


def furnish(settings: Settings) -> str:
    """The demo's shops and articles, and an API token."""
    db = Database(settings.sqlalchemy_url)
    migrate.upgrade(db)
    with db.unit_of_work() as session:
        for code in SHOPS:
            create_shop(session, SYSTEM_PRINCIPAL, code=code, name=code)
        staff = Staff(username="bench", display_name="bench", role=Role.ADMIN)
        session.add(staff)
        session.flush()
        author = Principal("staff", staff.id, role=Role.ADMIN)
        _, token = create_api_token(session, author, name="bench", role=Role.AGENT)
    written = settings.data_dir / "articles.jsonl"
    rows = [{"id": head["id"], "title": head["title"], "text": body} for head, body in articles()]
    written.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), "utf-8")
    report = import_articles(db, written, SYSTEM_PRINCIPAL)
    db.close()
    if report.failed:
        raise RuntimeError(f"{report.failed} demo articles were not imported: {report.errors[:1]}")
    return token


def _is_indexed(client: httpx.Client) -> bool:
    """No job has anything left to do with articles: every question of a probe finds something, twice alike."""
    before = client.post("/search", json={"query": "退货 return"})
    time.sleep(2)
    after = client.post("/search", json={"query": "退货 return"})
    return before.status_code == 200 and bool(before.json()) and before.json() == after.json()


def wait_until(what: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            raise RuntimeError(f"not within {seconds:.0f} s")
        time.sleep(0.5)


def _probe(port: int, seconds: float) -> tuple[list[float], list[float]]:
    """Round trips, and the lateness of a process that only sleeps."""
    command = [sys.executable, "-m", "evals.bench.probe", str(port), PROBED, str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=SOURCE.parent)
    times, late = json.loads(done.stdout)
    return times, late


def _under_load(
    settings: Settings, folder: Path, served: Served, client: httpx.Client, points: int
) -> tuple[list[float], list[float], int]:
    texts = [one.text for one in questions()]
    encoder = load_encoder(settings)
    corpus = Corpus(points)
    stop = threading.Event()
    answers = [0] * CLIENTS
    failures: list[str] = []

    def ask(number: int) -> None:
        i = number
        while not stop.is_set():
            said = client.post("/ask", json={"question": texts[i % len(texts)], "shop": SHOPS[i % 2]})
            if said.status_code != 200:
                failures.append(said.text[:200])
                return
            i += CLIENTS
            answers[number] += 1

    def rebuild() -> None:
        index = local_client(folder / "index")
        try:
            while not stop.is_set():
                index.rebuild(corpus.batches(), encoder.model_version)
        except Exception as error:  # told below: an exception of a thread is lost otherwise
            failures.append(str(error))
        finally:
            index.close()

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(CLIENTS)]
    threads.append(threading.Thread(target=rebuild))
    for thread in threads:
        thread.start()
    try:
        times, late = _probe(served.port, LOAD_SECONDS)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if failures:
        said = (folder / "serve.log").read_text(errors="replace")[-500:]
        raise RuntimeError(f"the load failed: {failures[0]} {said}")
    return times, late, sum(answers)


def figures(settings: Settings, points: int = 20_000) -> list[Figure]:
    return [*footprint(settings), *stalls(settings, points)]

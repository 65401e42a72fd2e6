"""The public help centre: how long the server takes for a page, and how heavy a page is.

    copilot bench --only help

`copilot serve` with the demo's articles; one client that keeps its connection, one request after the other.
Milliseconds run from sending the request until the last byte is here; `…_cpu` is the processor time that the server
spent on one, which other programs on the machine change little. A page's weight is what a browser loads to show it:
the page, its style sheet, script and icon, compressed.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Final

import httpx

from core.settings import Settings
from evals.bench.figures import Figure, at_most, percentile, stated
from evals.bench.knowledge_base import SHOPS, questions
from evals.bench.serving import Served, data_folder, furnish, serve, wait_until

WEIGHT_GOAL: Final = 50.0  # kB
ROUNDS: Final = 200
SEARCHES: Final = 50  # an address may search 60 times a minute,
QUESTIONS: Final = 10  # and ask 12 times
_ARTICLE = re.compile(r'href="(/help/articles/[^"?#]+)')
_ASSET = re.compile(r'(?:href|src)="(/help/static/[^"]+)"')


def figures(settings: Settings) -> list[Figure]:
    """Raises RuntimeError when a page is not there."""
    with data_folder(settings) as folder:
        furnish(Settings(_env_file=None, data_dir=folder))
        with serve(folder, settings.embedding_model) as served, httpx.Client(base_url=served.url, timeout=60) as client:
            wait_until(lambda: bool(_articles(client, "/help/search?lang=zh&q=退货")), 300)
            time.sleep(2)
            return _measured(client, served)


def _measured(client: httpx.Client, served: Served) -> list[Figure]:
    texts = [one.text for one in questions()]
    home = f"/help?lang=zh&shop={SHOPS[0]}"
    articles = _articles(client, home)
    cpu: list[Figure] = []
    times: dict[str, list[float]] = {}

    def measure(name: str, rounds: int, call: Callable[[int], float]) -> None:
        before = _cpu(served)
        times[name] = [call(turn) for turn in range(rounds)]
        cpu.append(stated(f"help_{name}_cpu", (_cpu(served) - before) * 1000 / rounds, "ms"))

    measure("home", ROUNDS, lambda _: _milliseconds(client, home))
    measure("article", ROUNDS, lambda turn: _milliseconds(client, articles[turn % len(articles)]))
    search = "/help/search?lang=zh&q="
    measure("search", SEARCHES, lambda turn: _milliseconds(client, search + texts[turn % len(texts)]))
    measure("answer", QUESTIONS, lambda turn: _milliseconds(client, "/help/ask", q=texts[turn % len(texts)]))
    weights = [_weight(client, page) for page in (home, *articles)]
    return [
        at_most("help_page_weight_most", max(weights), "kB gzipped, with style, script and icon", WEIGHT_GOAL),
        *(stated(f"help_{name}_p50", percentile(taken, 50), "ms") for name, taken in times.items()),
        *(stated(f"help_{name}_p95", percentile(taken, 95), "ms") for name, taken in times.items()),
        *cpu,
    ]


def _cpu(served: Served) -> float:
    """Seconds of processor time that the server has had."""
    used = served.process.cpu_times()
    return float(used.user + used.system)


def _articles(client: httpx.Client, page: str) -> list[str]:
    return list(dict.fromkeys(_ARTICLE.findall(client.get(page).text)))


def _milliseconds(client: httpx.Client, path: str, **form: str) -> float:
    began = time.perf_counter()
    answer = client.post(path, data=form) if form else client.get(path)
    taken = (time.perf_counter() - began) * 1000
    if answer.status_code != 200:
        raise RuntimeError(f"{path} answered {answer.status_code}")
    return taken


def _weight(client: httpx.Client, page: str) -> float:
    """kB on the wire, headers not counted."""
    answer = client.get(page)
    total = int(answer.headers["content-length"])
    return (total + sum(int(client.get(path).headers["content-length"]) for path in _ASSET.findall(answer.text))) / 1000

"""Exit code 0 when a URL answers 200, when Celery runs in this container, or (--beat) its broker answers as well.

    python scripts/healthcheck.py http://127.0.0.1:8000/readyz
    python scripts/healthcheck.py --worker
    python scripts/healthcheck.py --beat

A worker goes on without its broker.

For containers, whose images have no curl. Standard library and redis only: it runs every few seconds.
"""

from __future__ import annotations

import os
import sys
import urllib.error
import urllib.request
from itertools import pairwise
from pathlib import Path

SECONDS = 4


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as response:
            return int(response.status) == 200
    except (urllib.error.URLError, TimeoutError):
        return False


def celery_is_alive(processes: Path = Path("/proc")) -> bool:
    """True when a process of this container is `copilot worker` or `copilot beat`."""
    for folder in processes.glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it ended meanwhile
        for command, what in pairwise(words):
            if what in (b"worker", b"beat") and (command == b"cli.main" or command.split(b"/")[-1] == b"copilot"):
                return True
    return False


def broker_answers(url: str) -> bool:
    import redis  # noqa: PLC0415 - the check of the API does not need it

    try:
        return bool(redis.Redis.from_url(url, socket_timeout=SECONDS, socket_connect_timeout=SECONDS).ping())
    except redis.RedisError:
        return False


def main(arguments: list[str]) -> int:
    if arguments == ["--worker"]:
        return 0 if celery_is_alive() else 1
    if arguments == ["--beat"]:
        return 0 if celery_is_alive() and broker_answers(os.environ["COPILOT_REDIS_URL"]) else 1
    if len(arguments) != 1 or not arguments[0].startswith(("http://", "https://")):
        print(__doc__, file=sys.stderr)
        return 2
    return 0 if answers(arguments[0]) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

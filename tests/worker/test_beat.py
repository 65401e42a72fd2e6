"""`copilot beat` against a real Redis: what the compose file runs beside the workers."""

from __future__ import annotations

import signal
from pathlib import Path

import redis

from tests.conftest import create_postgres_database
from tests.stack import eventually, make_stack


def test_it_queues_what_is_due_and_ends_when_it_is_told_to(
    tmp_path: Path, postgres_server: str, redis_url: str
) -> None:
    stack = make_stack(tmp_path, database_url=create_postgres_database(postgres_server), redis_url=redis_url)
    queue = redis.Redis.from_url(redis_url)
    queue.delete("copilot")
    stack.launch("beat", "beat")
    beat = stack.processes["beat"]
    try:
        eventually(lambda: beat.poll() is not None or queue.llen("copilot") > 0, 60)
        assert beat.poll() is None, (stack.data_dir / "beat.log").read_text()
        beat.send_signal(signal.SIGTERM)
        assert beat.wait(20) == 0
    finally:
        stack.stop()
        queue.delete("copilot")

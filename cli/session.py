"""What every command begins with: settings, a migrated database, and a runtime that is closed at the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from copilot.runtime import Runtime
from core import migrate
from core.settings import Settings, get_settings
from worker.runner import Runner


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Runtime]:
    """A runtime on the up-to-date database; SQLite is made on first use, a served database by `copilot migrate`."""
    runtime = Runtime(settings or get_settings())
    try:
        if runtime.db.is_sqlite:
            migrate.upgrade_if_needed(runtime.db)
        else:
            migrate.require_current(runtime.db)
        yield runtime
    finally:
        runtime.close()


def work_off(runtime: Runtime, progress: Callable[[int, int], None] | None = None) -> None:
    """Do now what a running server would do in a moment. In the served mode the workers do it.

    `progress(done, total)` counts the jobs that are due.
    """
    if not runtime.settings.redis_url:
        Runner(runtime).drain(progress=progress)

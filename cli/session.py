"""What every command begins with: settings, a migrated database, and a runtime that is closed at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from copilot.runtime import Runtime
from core import migrate
from core.errors import ConfigurationError
from core.settings import Settings, get_settings
from worker.runner import Runner


@contextmanager
def opened(settings: Settings | None = None, *, creating: bool = False) -> Iterator[Runtime]:
    """A runtime on the up-to-date database. A new one is made only by whoever says so; a served one only by
    `copilot migrate`."""
    settings = settings or get_settings()
    if creating:
        announce_new(settings)
    else:
        require_installation(settings)
    runtime = Runtime(settings)
    try:
        if runtime.db.is_sqlite:
            migrate.upgrade_if_needed(runtime.db)
        else:
            migrate.require_current(runtime.db)
        yield runtime
    finally:
        runtime.close()


def require_installation(settings: Settings) -> None:
    """Raises ConfigurationError, naming the place, instead of making an empty SQLite file wherever somebody stands."""
    place = _missing(settings)
    if place is None:
        return
    if settings.database_url:
        remedy = "Mend COPILOT_DATABASE_URL, or make one there with `copilot migrate`."
    else:
        remedy = (
            "Change to the project's folder, or set COPILOT_DATA_DIR to the absolute path of your data. "
            "Nothing installed yet? `make run` starts with demo data, `copilot migrate` makes an empty one here."
        )
    raise ConfigurationError(f"There is no installation at {place.parent} (no {place.name}). {remedy}")


def announce_new(settings: Settings) -> None:
    """One line on standard error that names the place where an installation is about to be made, if it is."""
    place = _missing(settings)
    if place is not None:
        print(f"copilot: a new installation is made in {place.parent}", file=sys.stderr)


def _missing(settings: Settings) -> Path | None:
    """The absolute path of the SQLite file that is not there; None when it is, or when the database is a server's."""
    if not settings.is_sqlite:
        return None
    file = Path(make_url(settings.sqlalchemy_url).database or "").absolute()
    return None if file.exists() else file


def work_off(runtime: Runtime, progress: Callable[[int, int], None] | None = None) -> None:
    """Do now what a running server would do in a moment. In the served mode the workers do it.

    `progress(done, total)` counts the jobs that are due.
    """
    if not runtime.settings.redis_url:
        Runner(runtime).drain(progress=progress)

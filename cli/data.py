"""`copilot migrate`, `seed`, `reindex`, `doctor`: the installation's data."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from sqlalchemy import select

from cli.demo_cases import ask_for_demo_run
from cli.session import announce_new, opened, require_installation, work_off
from copilot.runtime import Runtime
from core import migrate as migrations
from core.db import Database
from core.errors import CopilotError
from core.settings import get_settings
from demo import seeding
from demo.resources import SHOP_CODES
from knowledge.reindex import encode_ahead, mark_all_indexed, verify_index
from knowledge.reindex import reindex as rebuild
from records.shops.models import Shop
from retrieval.types import Question, SearchScope


def bar() -> Progress:
    """A progress bar on standard error: standard output is for results."""
    return Progress(
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def follow(progress: Progress) -> Callable[[str, int, int], None]:
    """A callback (what, done, total) that gives each `what` a bar of its own."""
    tasks: dict[str, TaskID] = {}

    def tell(what: str, done: int, total: int) -> None:
        if what not in tasks:
            tasks[what] = progress.add_task(what, total=total)
        progress.update(tasks[what], completed=done, total=total)

    return tell


def migrate() -> None:
    """Bring the database's tables up to date, or make them (a served database; SQLite of `copilot serve` by itself)."""
    settings = get_settings()
    announce_new(settings)
    db = Database(settings.sqlalchemy_url)
    migrations.upgrade(db)
    typer.echo("The database is up to date.")


def ensure_demo(runtime: Runtime) -> None:
    """Seed the demo shops unless there is a shop already; an interrupted seeding goes on where it stopped."""
    with runtime.db.reading() as session:
        codes = set(session.scalars(select(Shop.code)))
        finished = seeding.is_finished(session)
    if codes and not codes <= set(SHOP_CODES):
        return
    if not finished:
        with tempfile.TemporaryDirectory() as folder, bar() as progress:
            seeding.seed(runtime.db, Path(folder), follow(progress))
            tell = follow(progress)
            if not runtime.settings.redis_url:  # else the workers are at it already
                encode_ahead(
                    runtime.db,
                    runtime.encoder,
                    runtime.embedding_cache,
                    lambda done, total: tell("passages", done, total),
                )
            work_off(runtime, lambda done, total: tell("index and drafts", done, total))
            seeding.answer(runtime.db)
            work_off(runtime, lambda done, total: tell("replies", done, total))
            ask_for_demo_run(runtime)
            work_off(runtime, lambda done, total: tell("evaluation", done, total))
    typer.echo(seeding.sign_in_help())


def seed() -> None:
    """Put the demo shops, articles, customers, orders and tickets into an empty installation."""
    with opened(creating=True) as runtime:
        ensure_demo(runtime)


def reindex() -> None:
    """Build the vector index anew from the database, aside, and swap it in; searches go on meanwhile."""
    with opened() as runtime, bar() as progress:
        task = progress.add_task("passages", total=None)
        info = rebuild(
            runtime.db,
            runtime.encoder,
            runtime.store,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
            cache=runtime.embedding_cache,
        )
        with runtime.db.unit_of_work() as session:
            mark_all_indexed(session)
    typer.echo(f"{info.count} passages, model {info.model_version}")


def doctor() -> None:
    """Look at every part and say what is wrong and what to do."""
    console = Console(highlight=False)
    settings = get_settings()
    failed = False

    def check(name: str, what: Callable[[], str]) -> None:
        nonlocal failed
        try:
            console.print(f"[green]ok[/]    {name}: {what()}")
        except (CopilotError, OSError, ValueError) as error:
            failed = True
            console.print(f"[red]FAIL[/]  {name}: {error}")

    require_installation(settings)
    free = shutil.disk_usage(settings.data_dir.parent if not settings.data_dir.exists() else settings.data_dir).free
    console.print(f"mode: {'embedded' if settings.embedded else 'served'}, data in {settings.data_dir}")
    check("disk", lambda: f"{free / 2**30:.1f} GiB free")
    with opened() as runtime:
        check("database", lambda: _database(runtime.db))
        check("embedding model", lambda: runtime.encoder.model_version)
        check("index", lambda: f"{runtime.store.info().count} passages")
        check("index against database", lambda: _index(runtime))
        check("whole path", lambda: _try_out(runtime))
    if failed:
        raise typer.Exit(1)


def _database(db: Database) -> str:
    db.ping()
    return db.url.render_as_string()


def _index(runtime: Runtime) -> str:
    """Raises ValueError when the index does not hold what the database says."""
    report = verify_index(runtime.db, runtime.store)
    if not report.ok:
        raise ValueError(
            f"{len(report.missing)} passages are missing, {len(report.extra) + report.unknown} too many, "
            f"{len(report.outdated)} outdated. Jobs may be under way (`copilot jobs list`); else run `copilot reindex`."
        )
    return f"{report.wanted} passages, as the database says"


def _try_out(runtime: Runtime) -> str:
    answer = runtime.engine().answer(Question(text="退货要多久", scope=SearchScope()))
    return f"{answer.latency_ms['total']:.0f} ms, classifier {answer.versions['classifier']}"

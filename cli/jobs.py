"""`copilot jobs`: what is being done, what failed, and another try."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.session import opened, work_off
from core.jobs import queue

app = typer.Typer(help="Jobs: list them, retry dead ones.", no_args_is_help=True)


@app.command("list")
def list_(
    state: Annotated[str | None, typer.Option(help="queued, running, done or dead")] = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 30,
) -> None:
    """The newest jobs, with progress and the last error."""
    table = Table("id", "job", "state", "attempt", "progress", "last error")
    with opened() as runtime, runtime.db.reading() as session:
        for job in queue.list_jobs(session, state, limit=limit):
            done = job.progress or {}
            shown = f"{done['done']}/{done['total']} {done.get('note', '')}".strip() if done else ""
            table.add_row(str(job.id), job.name, job.state, str(job.attempt), shown, (job.last_error or "")[:120])
    Console().print(table)


@app.command()
def retry(job_id: Annotated[int, typer.Argument(help="id of a dead job")]) -> None:
    """Give a dead job a fresh set of attempts."""
    with opened() as runtime:
        with runtime.db.unit_of_work() as session:
            queue.retry(session, job_id)
        work_off(runtime)
    typer.echo(f"Job {job_id} is queued again.")


@app.command()
def run() -> None:
    """Work off everything that is due, then stop (for a cron job, or with no server running)."""
    with opened() as runtime:
        work_off(runtime)

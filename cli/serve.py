"""`copilot serve`, `worker`, `beat`, `index`: the long-running processes, put together from the rooms below."""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
import uvicorn

from cli import models
from cli.data import ensure_demo
from cli.session import opened
from copilot.runtime import Runtime
from core.errors import ConfigurationError
from core.settings import Settings, get_settings
from retrieval.index.supervisor import Supervisor
from worker.embedded import JobThreads
from worker.runner import Runner


@contextmanager
def reactions(runtime: Runtime) -> Iterator[None]:
    """Wake-ups after each commit: our own threads, or Celery when there is a broker."""
    if runtime.settings.redis_url:
        from worker import celery_app, wakeup  # noqa: PLC0415 - Celery is loaded only where there is a broker

        publisher = wakeup.CeleryWakeUp(celery_app.app)
        runtime.db.on_events = publisher.notify
        try:
            yield
        finally:
            publisher.close()
        return
    threads = JobThreads(Runner(runtime))
    runtime.db.on_events = threads.wake
    threads.start()
    try:
        yield
    finally:
        threads.stop()


def serve(
    host: Annotated[str | None, typer.Option(help="address to listen on (COPILOT_HOST)")] = None,
    port: Annotated[int | None, typer.Option(help="port (COPILOT_PORT)")] = None,
    demo: Annotated[bool, typer.Option("--demo", help="put the demo shops into an empty database")] = False,
) -> None:
    """Run the API, the index process and, without a broker, the jobs."""
    settings = get_settings()
    if host or port:
        settings = Settings(host=host or settings.host, port=port or settings.port)
    logging.getLogger().setLevel(settings.log_level)
    sys.setswitchinterval(0.001)  # a request must not wait five milliseconds for each of the threads that draft
    _require_free(settings)
    try:
        _run(settings, demo)
    except KeyboardInterrupt:  # before it listened; uvicorn ends in order by itself
        interrupted = 130
    else:
        interrupted = 0
    kept = settings.data_dir if settings.is_sqlite else "the database"
    typer.echo(f"\nSupport Copilot has stopped; the data is kept in {kept}.")
    raise typer.Exit(interrupted)


def _run(settings: Settings, demo: bool) -> None:
    from api.app import create_app, settle  # noqa: PLC0415 - half a second of FastAPI that other commands need not pay

    models.prepare()
    with opened(settings, creating=True) as runtime, Supervisor(settings):
        if demo:
            ensure_demo(runtime)
        runtime.warm_up()
        with reactions(runtime):
            app = create_app(runtime)
            settle(app)
            typer.echo(f"Support Copilot listens at {settings.base_url} (stop with Ctrl-C)")
            uvicorn.run(
                app,
                host=settings.host,
                port=settings.port,
                log_level=settings.log_level.lower() if settings.log_level != "INFO" else "warning",
                timeout_graceful_shutdown=5,
                server_header=False,
            )


def _require_free(settings: Settings) -> None:
    """Raises ConfigurationError before any work is done when something listens there already."""
    with socket.socket(socket.AF_INET6 if ":" in settings.host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.host, settings.port))
        except OSError as error:
            raise ConfigurationError(
                f"{settings.host}:{settings.port} cannot be used ({error.strerror}). Is Support Copilot running "
                "already? Else choose another port: COPILOT_PORT=8001 make run"
            ) from error


def worker(
    concurrency: Annotated[int, typer.Option(min=1, help="jobs at a time")] = 2,
    beat: Annotated[bool, typer.Option("--beat", help="run the schedule in this worker too")] = False,
) -> None:
    """A Celery worker for the served mode."""
    _require_broker()
    with opened():  # says so here, rather than in each job, when migrations have not been run
        pass
    # Threads: one copy of the model a process, and encoding leaves Python's lock anyway.
    command = ["worker", "--pool", "threads", "--concurrency", str(concurrency), "--loglevel", "WARNING"]
    # Workers have nothing to tell each other, and waiting for an answer has hung those whose broker came back.
    _celery(*command, "--without-gossip", "--without-mingle", *(["--beat"] if beat else []))


def beat() -> None:
    """The schedule of the served mode. Several may run; each scheduled event is emitted once."""
    _require_broker()
    _celery("beat", "--loglevel", "WARNING")


def index(
    host: Annotated[str, typer.Option(help="address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="port")] = 7077,
) -> None:
    """The index process by itself, for several machines without a Qdrant server (see COPILOT_INDEX_ADDRESS)."""
    settings = get_settings()
    _become("retrieval.index.process", "--dir", str(settings.index_dir), "--host", host, "--port", str(port))


def openapi() -> None:
    """Print the API's description (the committed openapi.json)."""
    from api.app import create_app  # noqa: PLC0415 - as above

    typer.echo(json.dumps(create_app(None).openapi(), ensure_ascii=False, indent=2))


def _celery(*arguments: str) -> None:
    """Celery's own command in this process, which has loaded by now what a new one would load again."""
    from worker.celery_app import command  # noqa: PLC0415 - Celery is loaded only where there is a broker

    raise typer.Exit(command(*arguments))


def _become(module: str, *arguments: str) -> None:
    """Turn this process into `python -m module`: a stop then reaches it, and not a parent that leaves it behind."""
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])


def _require_broker() -> None:
    if not get_settings().redis_url:
        typer.echo("copilot: there is no broker. Set COPILOT_REDIS_URL=redis://…, or run `copilot serve`.", err=True)
        raise typer.Exit(1)

"""`copilot models` and `copilot train`: embedding models and the intent classifier."""

from __future__ import annotations

import subprocess
import sys

import typer
from rich.progress import BarColumn, Progress, TextColumn

from cli.session import opened
from core.errors import ConfigurationError
from core.settings import get_settings
from retrieval.encoder.load import load_encoder

app = typer.Typer(help="Embedding models.", no_args_is_help=True)
train_app = typer.Typer(help="Train from this installation's own tickets.", no_args_is_help=True)


@app.command()
def prepare() -> None:
    """Convert, compile and check the embedding model; nothing happens when that has been done."""
    settings = get_settings()
    try:
        load_encoder(settings)
    except ConfigurationError:
        typer.echo("Preparing the embedding model: one to three minutes, once.")
    else:
        return
    # In a process of its own: torch takes a gigabyte that this process would keep.
    done = subprocess.run(
        [sys.executable, "-m", "retrieval.encoder", str(settings.models_dir), settings.embedding_model],
        check=False,
    )
    if done.returncode:
        raise typer.Exit(done.returncode)


@train_app.command()
def intents() -> None:
    """Train the intent classifier on resolved tickets with an intent, and use it from now on."""
    from copilot import training  # noqa: PLC0415 - scikit-learn takes a second to load

    with opened() as runtime, Progress(TextColumn("{task.description}"), BarColumn(), transient=True) as bar:
        task = bar.add_task("intents")
        trained = training.train_from_tickets(
            runtime, lambda done, total, note: bar.update(task, completed=done, total=total, description=note)
        )
    typer.echo(f"{trained.version}: {trained.tickets} tickets, {trained.intents} intents")
    for name in ("method", "accuracy", "ece", "minimum_confidence"):
        typer.echo(f"  {name} (out of fold): {trained.metrics[name]}")

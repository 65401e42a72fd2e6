"""`copilot models` and `copilot train`: embedding models and the intent classifier."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn

from cli.data import bar, follow
from cli.session import opened
from copilot import versions
from core.errors import ConfigurationError
from core.events import SYSTEM
from core.settings import get_settings
from retrieval.encoder.load import load_encoder, load_second

app = typer.Typer(help="Embedding models.", no_args_is_help=True)
train_app = typer.Typer(help="Train from this installation's own tickets.", no_args_is_help=True)


@app.command()
def prepare() -> None:
    """Convert, compile and check the embedding models of the settings; nothing happens when that has been done."""
    settings = get_settings()
    models = [settings.embedding_model, *filter(None, [settings.classifier_model])]
    try:
        load_encoder(settings)
        load_second(settings)
    except ConfigurationError:
        typer.echo(f"{_step()}Preparing the embedding model: one to three minutes, once.")
    else:
        if _step():
            typer.echo(f"{_step()}embedding model: compiled already")
        return
    # In a process of its own: torch takes a gigabyte that this process would keep.
    done = subprocess.run(
        [sys.executable, "-m", "retrieval.encoder", str(settings.models_dir), *models],
        check=False,
    )
    if done.returncode:
        raise typer.Exit(done.returncode)


def _step() -> str:
    """The number of this step, where `make` counts them."""
    steps = os.environ.get("MAKE_STEPS")
    return f"{steps}/{steps} " if steps else ""


@app.command("list")
def list_versions(
    kind: Annotated[str | None, typer.Argument(help="adapter, fusion, intent-classifier or acceptance")] = None,
) -> None:
    """Trained versions, newest first; * marks those that serve."""
    with opened() as runtime, runtime.db.reading() as session:
        for row in versions.list_versions(session, kind):
            held = row.metrics.get("held_out")
            name = held.get("metric", "nDCG@10") if held else ""
            measured = "" if not held else f"  {name} {held['candidate']:.4f}, before {held['current']:.4f}"
            typer.echo(
                f"{'*' if row.active else ' '} {row.kind:18}{row.version}  {row.created_at:%Y-%m-%d %H:%M}{measured}"
            )


@app.command()
def activate(kind: str, version: str) -> None:
    """Serve with this version from the next question on."""
    with opened() as runtime, runtime.db.unit_of_work() as session:
        versions.activate(session, SYSTEM, kind, version)
    typer.echo(f"{kind}: {version}")


@app.command()
def rollback(kind: str) -> None:
    """Go back to the version before."""
    with opened() as runtime, runtime.db.unit_of_work() as session:
        before = versions.roll_back(session, SYSTEM, kind)
        now = before.version if before else "what comes with the program"
    typer.echo(f"{kind}: {now}")


@train_app.command()
def retrieval(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="measure only; nothing is kept")] = False,
    source: Annotated[
        list[Path] | None, typer.Option("--from", exists=True, file_okay=False, help="also learn from this BEIR folder")
    ] = None,
) -> None:
    """Learn an adapter and a fusion from accepted citations; they serve only if held-out cases say they are better."""
    from copilot import adapting  # noqa: PLC0415 - only for this command
    from evals.adapter import labelled_folder  # noqa: PLC0415 - only for this command

    with opened() as runtime, bar() as progress:
        tell = follow(progress)
        more = [labelled_folder(folder, runtime.encoder, runtime.embedding_cache, tell) for folder in source or ()]
        trained = adapting.train_retrieval(
            runtime, actor=SYSTEM, dry_run=dry_run, more=more,
            progress=lambda done, total, note: tell(note, done, total),
        )  # fmt: skip
    held = trained.report["held_out"]
    typer.echo(f"adapter {trained.adapter or 'none'}, fusion {trained.fusion}")
    typer.echo(
        f"  {held['questions']} held-out questions: nDCG@10 {held['candidate']:.4f}, now {held['current']:.4f}; "
        f"difference [{held['low']:+.4f}, {held['high']:+.4f}]"
    )
    better = held["low"] > 0
    typer.echo("  promoted" if trained.promoted else "  better, not kept" if better else "  not better: not promoted")


@train_app.command()
def intents() -> None:
    """Train the intent classifier on resolved tickets; it serves only if held-out ones say that it is better."""
    from copilot import training  # noqa: PLC0415 - scikit-learn takes a second to load

    with opened() as runtime, Progress(TextColumn("{task.description}"), BarColumn(), transient=True) as bar:
        task = bar.add_task("intents")
        trained = training.train_from_tickets(
            runtime, progress=lambda done, total, note: bar.update(task, completed=done, total=total, description=note)
        )
    held = trained.metrics["held_out"]
    typer.echo(f"{trained.version}: {trained.tickets} tickets, {trained.intents} intents")
    typer.echo(
        f"  {held['questions']} held-out tickets: accuracy {held['candidate']:.4f}, now {held['current']:.4f}; "
        f"difference [{held['low']:+.4f}, {held['high']:+.4f}], exact McNemar p = {held['p_value']:.3g}"
    )
    typer.echo("  promoted" if trained.promoted else "  not significantly better: kept, not promoted")
    for name in ("method", "accuracy", "ece", "minimum_confidence"):
        typer.echo(f"  {name} (out of fold): {trained.metrics[name]}")

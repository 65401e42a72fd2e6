"""`copilot eval` and `copilot bench`: how good and how fast, on your own data."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import evaluate_cases
from cli.data import bar, follow
from cli.evaluate_shop import backtest
from cli.gaps import measure_gaps
from core.settings import get_settings
from retrieval.encoder.load import load_encoder, load_second

app = typer.Typer(help="Measure retrieval, classification, drafts and decisions.", no_args_is_help=True)
evaluate_cases.add_to(app)
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output; progress goes to standard error")]
app.command("backtest")(backtest)
app.command("gaps")(measure_gaps)


_LABELLED = "CSV with text,label, or a folder with seq.in and label (one a line); may be repeated"


class HalfOption(StrEnum):
    ALL = "all"
    SELECTION = "selection"
    REPORT = "report"


@app.command()
def retrieval(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="a BEIR folder")],
    as_json: AsJson = False,
    by: Annotated[str | None, typer.Option(help="also by this field of the queries, e.g. set")] = None,
    half: Annotated[HalfOption, typer.Option(help="fusion was chosen on `selection`")] = HalfOption.ALL,
) -> None:
    """nDCG@10, recall@10/100 and MRR@10 of dense, sparse and fused search, with 95% bootstrap intervals."""
    from evals.retrieval import render_table, run_retrieval  # noqa: PLC0415 - ir-measures, only for this command

    with bar() as progress:
        report = run_retrieval(folder, settings=get_settings(), group_by=by, half=half.value, progress=follow(progress))
    typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else render_table(report))


@app.command()
def drafting(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="a BEIR folder with `answers`")],
    as_json: AsJson = False,
    by: Annotated[str | None, typer.Option(help="also by this field of the queries, e.g. set")] = None,
    half: Annotated[HalfOption, typer.Option(help="weights were fitted on `selection`")] = HalfOption.ALL,
) -> None:
    """How many sentences of the drafts hold an answer, which questions are answered and what the confidence is worth,
    against simple floors."""
    from evals.drafting import run_drafting  # noqa: PLC0415 - only for this command
    from evals.drafting_table import render_table  # noqa: PLC0415 - only for this command

    with bar() as progress:
        report = run_drafting(folder, settings=get_settings(), group_by=by, half=half.value, progress=follow(progress))
    typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else render_table(report))


@app.command()
def intents(
    train: Annotated[list[Path], typer.Option(exists=True, help=_LABELLED)],
    test: Annotated[list[Path], typer.Option(exists=True, help=_LABELLED)],
    oos_label: Annotated[str | None, typer.Option(help="the label of out-of-scope rows")] = None,
    as_json: AsJson = False,
) -> None:
    """Accuracy, macro-F1, MCC, calibration error and out-of-scope AUROC; the method is chosen on the training file."""
    from evals.intents import evaluate_intents, render_intents  # noqa: PLC0415 - scikit-learn, only for this command

    settings = get_settings()
    with bar() as progress:
        result = evaluate_intents(
            train,
            test,
            load_encoder(settings),
            oos_label=oos_label,
            second=load_second(settings),
            progress=follow(progress),
        )
    typer.echo(json.dumps(result, ensure_ascii=False, indent=2) if as_json else render_intents(result))


@app.command()
def adapter(
    folder: Annotated[Path, typer.Argument(exists=True, file_okay=False, help="a BEIR folder")],
    folds: Annotated[int, typer.Option(min=2, help="each is searched by what the others taught")] = 5,
    as_json: AsJson = False,
) -> None:
    """What a query-side adapter gains, cross-validated; everything is chosen on the training folds alone."""
    from evals.adapter import render_adapter, run_adapter  # noqa: PLC0415 - only for this command

    with bar() as progress:
        report = run_adapter(folder, settings=get_settings(), count=folds, progress=follow(progress))
    typer.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2) if as_json else render_adapter(report))


@app.command()
def verification() -> None:
    """False-accept and false-reject rates of the verifier on our own labelled pairs."""
    from evals.verification import main  # noqa: PLC0415 - only for this command

    raise typer.Exit(main([]))


def bench(
    only: Annotated[list[str] | None, typer.Option(help="only this part (may be repeated)")] = None,
    data: Annotated[
        Path | None, typer.Option(envvar="DATA", file_okay=False, help="the shared data folder, for nDCG lost by int8")
    ] = None,
) -> None:
    """Figures of this machine, one JSON line each: name, value, unit, goal, ok. Exit code 1 when a goal is missed."""
    from evals.bench.all import run  # noqa: PLC0415 - what is compared with, only for this command

    missed = run(
        get_settings(), lambda figure: typer.echo(json.dumps(figure, ensure_ascii=False)), tuple(only or ()), data
    )
    raise typer.Exit(1 if missed else 0)

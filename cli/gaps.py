"""`copilot knowledge gaps …`: what the knowledge lacks; `copilot eval gaps`: how well that is found."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from cli.session import opened
from evals.gaps.models import FindingKind
from evals.gaps.queries import list_findings
from records.principals import SYSTEM_PRINCIPAL

app = typer.Typer(help="What the knowledge lacks, contradicts or no longer needs.", no_args_is_help=True)


@app.callback()
def knowledge() -> None:
    """Keeps `gaps` a command of its own name."""


@app.command("gaps")
def gaps(
    kind: Annotated[FindingKind | None, typer.Option(help="only this kind")] = None,
    compute: Annotated[bool, typer.Option(help="find them anew first; a running server does so once a day")] = True,
    limit: Annotated[int, typer.Option(min=1, help="of each kind at most")] = 20,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Open findings: gaps, contradictions, stale and unused articles, of each kind the dearest first."""
    from evals.gaps.computing import compute_findings  # noqa: PLC0415 - scikit-learn, only for this command

    with opened() as runtime:
        if compute:
            compute_findings(runtime)
        with runtime.db.reading() as session:
            kinds = list(FindingKind) if kind is None else [kind]
            rows = [row for one in kinds for row in list_findings(session, SYSTEM_PRINCIPAL, kind=one, limit=limit)]
    if as_json:
        for row in rows:
            names = ("id", "kind", "title", "shop_id", "volume", "effort", "article_id", "other_id")
            told = {name: getattr(row, name) for name in names} | row.data
            typer.echo(json.dumps(told, ensure_ascii=False))
        return
    for row in rows:
        size = f"{row.volume:7.1f} asked {row.effort:7.1f} replies" if row.kind == FindingKind.GAP else ""
        typer.echo(f"{row.id:>5} {row.kind:14}{size:30}  {row.title[:70]}")
        if row.kind == FindingKind.CONTRADICTION:
            typer.echo(f"{'':20}against: {row.data['right']['text'][:80]}")
    if not rows:
        typer.echo("Nothing was found.")


def measure_gaps(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Precision and recall of grouping questions and of finding contradictions, on sets that we wrote."""
    from evals.gaps.measuring import measure  # noqa: PLC0415 - scikit-learn, only for this command

    with opened() as runtime:
        figures = measure(runtime.encoder)
    for one in figures:
        if as_json:
            told = {name: getattr(one, name) for name in ("half", "name", "value", "low", "high", "count")}
            typer.echo(json.dumps(told))
        else:
            share = "-" if one.value is None else f"{one.value:.3f}"
            typer.echo(f"{one.half:10}{one.name:26}{share:>6} [{one.low:.3f}, {one.high:.3f}]  n={one.count}")

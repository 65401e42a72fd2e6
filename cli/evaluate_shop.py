"""`copilot eval backtest`: a shop's own tickets, replayed."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from cli.data import bar, follow
from cli.session import opened, work_off
from copilot.runtime import Runtime
from core.errors import NotFound
from evals.reports import store
from evals.reports.models import ReportKind
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import Shop

ShopCode = Annotated[str, typer.Option(help="code of the shop")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output; progress goes to standard error")]


def backtest(
    shop: ShopCode,
    limit: Annotated[int | None, typer.Option(min=1, help="only the newest closed tickets")] = None,
    since: Annotated[datetime | None, typer.Option(help="only tickets from this day on (UTC)")] = None,
    resume: Annotated[int | None, typer.Option(help="go on with this report")] = None,
    as_json: AsJson = False,
) -> None:
    """Replay the shop's closed tickets with the knowledge of their day: what would have been answered, how right."""
    from evals.backtest.run import run_backtest  # noqa: PLC0415 - the store and the encoder, only for this command

    with opened() as runtime:
        work_off(runtime)
        params = {"limit": limit, "since": since.replace(tzinfo=UTC).isoformat() if since else None}
        report_id = resume or _begin(runtime, shop, ReportKind.BACKTEST, params)
        typer.echo(f"Report {report_id}. If it is interrupted: --resume {report_id}.", err=True)
        with bar() as progress:
            tell = follow(progress)
            report = run_backtest(runtime, report_id, lambda done, total: tell("replay tickets", done, total))
    if as_json:
        typer.echo(json.dumps({"id": report_id, **report}, ensure_ascii=False, indent=2))
        return
    _print_backtest(Console(highlight=False, soft_wrap=True), report)


def _begin(runtime: Runtime, shop: str, kind: ReportKind, params: dict[str, Any]) -> int:
    with runtime.db.unit_of_work() as session:
        shop_id = session.scalar(select(Shop.id).where(Shop.code == shop))
        if shop_id is None:
            known = ", ".join(session.scalars(select(Shop.code))) or "none yet"
            raise NotFound(f"There is no shop {shop!r}. Known: {known}.")
        return store.new_report(session, SYSTEM_PRINCIPAL, kind, shop_id, params, ask_worker=False).id


def _print_backtest(console: Console, report: dict[str, Any]) -> None:
    console.print(f"[bold]replayed[/] {report['replayed']} tickets, {report['passages']} passages over time")
    console.print(f"[bold]answered[/] {_share(report['answered'])}; {report['needs_records']} ask for the own order")
    console.print(f"[bold]seems right[/] {_share(report['right'])}; not to be told: {report['untold']}")
    agreed = report["agreement"]
    if agreed["cosine"] is not None:
        console.print(
            f"agreement with the agent's reply: token F1 {agreed['token_f1']:.3f}, cosine {agreed['cosine']:.3f}, "
            f"numbers {agreed['numbers']}, shared source {_share(agreed['citations'])}"
        )
    table = Table("confidence ≥", "answers", "coverage", "risk", "precision, 95% lower", title="risk and coverage")
    for one in report["risk_coverage"]["points"]:
        table.add_row(
            f"{one['threshold']:.3f}", str(one["answers"]), f"{one['coverage']:.1%}", f"{one['risk']:.1%}",
            f"{one['precision_low']:.1%}",
        )  # fmt: skip
    console.print(table)
    intents = Table("intent", "questions", "answered", "seems right")
    for one in report["by_intent"]:
        intents.add_row(
            one["intent"] or "not certain", str(one["questions"]), _share(one["answered"]), _share(one["right"])
        )
    console.print(intents)
    console.print(
        "[dim]“Seems right” compares with what the agent replied (no number in conflict, nearer to it than to 95% of "
        "other replies). It is a proxy: judge a sample yourself.[/]"
    )


def _share(value: dict[str, Any] | None) -> str:
    return "–" if value is None else f"{value['share']:.1%} [{value['low']:.1%}, {value['high']:.1%}] of {value['n']}"

"""`copilot import …`: a shop's own data, row by row, repeatable and resumable."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from cli.data import bar
from cli.session import opened, work_off
from copilot.runtime import Runtime
from core.errors import InvalidInput
from core.jobs import queue
from knowledge.imports.articles import import_articles
from records.imports.report import ImportReport
from records.imports.run import KINDS, import_file
from records.principals import SYSTEM_PRINCIPAL
from records.shops.actions import create_shop
from records.shops.queries import list_shops

app = typer.Typer(help="Import customers, products, orders, tickets, articles …", no_args_is_help=True)
console = Console(highlight=False)

ShopOption = Annotated[str | None, typer.Option(help="code of the shop; may be left out while there is only one")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="check everything, write nothing")]


class Audience(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"


@app.command("shop")
def shop(
    code: Annotated[str, typer.Argument(help="short code, used in imports")],
    name: Annotated[str, typer.Argument(help="name for people")],
    platform: Annotated[str, typer.Option(help="customers' ids are unique on a platform")] = "web",
    currency: Annotated[str, typer.Option(help="ISO 4217")] = "CNY",
    timezone: Annotated[str, typer.Option(help="naive times in imports are in this zone")] = "Asia/Shanghai",
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
) -> None:
    """Add a shop: everything else is imported into one."""
    with opened() as runtime, runtime.db.unit_of_work() as session:
        create_shop(
            session,
            SYSTEM_PRINCIPAL,
            code=code,
            name=name,
            platform=platform,
            currency=currency,
            timezone=timezone,
            language=language,
        )
    console.print(f"Shop {escape(code)} ({escape(name)}) is there.")


@app.command("articles")
def articles(
    path: Annotated[Path, typer.Argument(exists=True, help="folder of Markdown or HTML, or JSONL, CSV, XLSX")],
    shop: Annotated[str | None, typer.Option(help="only for this shop; without it, for all")] = None,
    audience: Annotated[Audience | None, typer.Option(help="for documents that do not say")] = None,
    draft: Annotated[bool, typer.Option("--draft", help="as drafts, to be published by an editor")] = False,
    dry_run: DryRun = False,
) -> None:
    """Knowledge articles: published and indexed at once."""
    with opened() as runtime, bar() as progress:
        with runtime.db.reading() as session:
            before = queue.newest(session)
        task = progress.add_task("articles", total=None)
        report = import_articles(
            runtime.db,
            path,
            SYSTEM_PRINCIPAL,
            shop=shop,
            audience=audience,
            draft=draft,
            dry_run=dry_run,
            progress=lambda done, total: progress.update(task, completed=done, total=total),
        )
        if not dry_run:
            indexing = progress.add_task("index", total=None)
            work_off(runtime, lambda done, total: progress.update(indexing, completed=done, total=total))
        with runtime.db.reading() as session:
            unindexed = queue.errors_since(session, before, "knowledge.")
    _summary(report.created, report.updated, report.unchanged, report.failed, dry_run)
    for problem in [*report.skipped[:10], *report.errors[:20]]:
        console.print(f"  {escape(problem.place)}: {escape(problem.message)}")
    if unindexed:
        console.print(
            f"[bold red]{len(unindexed)} could not be indexed and cannot be found yet:[/] {escape(unindexed[0])}\n"
            "They are tried again while a server or worker runs; `copilot jobs list` shows them, `copilot jobs retry` "
            "does it at once."
        )
    raise typer.Exit(1 if report.failed or unindexed else 0)


def _records(kind: str) -> None:
    def command(
        path: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV, XLSX or JSONL")],
        shop: ShopOption = None,
        mapping: Annotated[Path | None, typer.Option(exists=True, help="YAML: their columns and words → ours")] = None,
        error_file: Annotated[Path | None, typer.Option(help="where wrong rows go; default: beside the input")] = None,
        dry_run: DryRun = False,
    ) -> None:
        with opened() as runtime:
            code = shop or _only_shop(runtime)
            with bar() as progress:
                task = progress.add_task(kind, total=None)
                report = import_file(
                    runtime.db,
                    kind,
                    path,
                    shop=code,
                    mapping=mapping,
                    dry_run=dry_run,
                    error_file=error_file,
                    progress=lambda done, total: progress.update(task, completed=done, total=total),
                )
            if not dry_run:
                work_off(runtime)
        _print_report(report)
        raise typer.Exit(1 if report.failed else 0)

    app.command(kind, help=f"Import {kind.replace('-', ' ')}.")(command)


for _kind in KINDS:
    _records(_kind)


def _only_shop(runtime: Runtime) -> str:
    with runtime.db.reading() as session:
        codes = [one.code for one in list_shops(session, SYSTEM_PRINCIPAL)]
    if len(codes) == 1:
        return codes[0]
    known = ", ".join(codes) or "none yet: add one with `copilot import shop CODE NAME`"
    raise InvalidInput(f"Say which shop with --shop. Known: {known}.")


def _print_report(report: ImportReport) -> None:
    _summary(report.created, report.updated, report.unchanged, report.failed, report.dry_run)
    if report.errors:
        table = Table("row", "field", "value", "what to do")
        for error in report.errors:
            table.add_row(str(error.row), error.field, escape(error.value[:40]), escape(error.message))
        console.print(table)
    if report.error_file:
        console.print(f"{report.failed} rows are in {escape(str(report.error_file))}; mend and import that file.")
    for hint in report.hints():
        console.print(f"  {escape(hint)}")


def _summary(created: int, updated: int, unchanged: int, failed: int, dry_run: bool) -> None:
    verb = "would be " if dry_run else ""
    console.print(f"{verb}created {created}, updated {updated}, unchanged {unchanged}, failed {failed}")

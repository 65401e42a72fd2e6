"""`copilot explain`: what made a suggestion, whether it can be made again, and what would be different today."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from cli.session import opened
from copilot.decide import RULES
from copilot.replay.explain import explain as explain_suggestion
from copilot.replay.report import Explanation, PartState, Replayed, SourceState, Today
from records.principals import SYSTEM_PRINCIPAL


def explain(
    suggestion_id: Annotated[int, typer.Argument(help="id of a suggestion")],
    as_json: Annotated[bool, typer.Option("--json", help="everything, as JSON")] = False,
) -> None:
    """Rebuild a draft from what is stored of it, and say what would be different today."""
    with opened() as runtime:
        found = explain_suggestion(runtime, SYSTEM_PRINCIPAL, suggestion_id)
    if as_json:
        typer.echo(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    _print_stored(console, found)
    _print_replayed(console, found.replayed)
    if found.today is None:
        console.print(f"\n[bold]today[/] [yellow]{escape(found.today_error or '')}[/]")
    else:
        _print_today(console, found.today)


def _print_stored(console: Console, found: Explanation) -> None:
    console.print(f"[bold]question[/] {escape(found.question)}\n[bold]draft[/] ({found.kind}) {escape(found.text)}\n")
    console.print("[bold]parts[/]")
    for part in found.parts:
        if part.then is not None or part.now is not None:
            shown = part.then or "not named"
            if part.state == PartState.CHANGED:
                shown += f" → [yellow]{escape(part.now or 'none')}[/]"
            console.print(f"  {part.name}: {shown}")
    console.print("[bold]sources[/]")
    for source in found.sources:
        good = source.state in (SourceState.VALID, SourceState.RECORD)
        version = f" v{source.version}" if source.version else ""
        newer = f" (now v{source.newest_version})" if source.state == SourceState.REPLACED else ""
        changed = "" if source.intact else ", [red]its text is not what was used[/]"
        console.print(
            f"  {'[cyan]cited[/]' if source.cited else 'found'} {source.document_id}{version} {escape(source.title)}: "
            f"{'[green]' if good else '[yellow]'}{source.state}[/]{newer}{changed}"
        )


def _print_replayed(console: Console, replayed: Replayed) -> None:
    words = {True: "[green]reproduced, to the letter[/]", False: "[yellow]not reproduced[/]", None: "not tried"}
    console.print(f"\n[bold]replayed from what is stored[/] {words[replayed.reproduced]}")
    for difference in replayed.differences:
        console.print(f"  differs: {escape(difference)}")
    console.print(f"  verdicts {'are the same' if replayed.verdicts_same else '[yellow]differ[/]'}")
    for limit in replayed.limits:
        console.print(f"  [yellow]{escape(limit)}[/]")


def _print_today(console: Console, today: Today) -> None:
    console.print("\n[bold]today[/]")
    console.print(f"  draft {'[green]is the same[/]' if today.text_same else f'({today.kind}) ' + escape(today.text)}")
    if today.intent != today.intent_then:
        console.print(f"  intent {today.intent_then or 'none'} → [yellow]{today.intent or 'none'}[/]")
    for hit in today.hits:
        ranks = f"{hit.rank_then or '–'} → {hit.rank_now or '–'}"
        console.print(f"  hit {ranks} {hit.document_id} {escape(hit.title)}")
    for rule in today.rules:
        console.print(f"  rule {rule.rule}: {rule.then} → {rule.now} ({escape(rule.detail_now)})")
    console.print(f"  decision {today.outcome_then or 'none'} → {today.outcome}, {_because(today)}")


def _because(today: Today) -> str:
    """The reason is the first rule that failed, unless it says in words of its own why a person takes over."""
    return f"rule {today.reason} does not hold" if today.reason in RULES else today.reason

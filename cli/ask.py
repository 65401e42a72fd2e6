"""`copilot ask`: the shortest way to try the product."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from cli.session import opened, work_off
from copilot import asking
from retrieval.types import Answer, Verdict

_MARKS = {
    Verdict.SUPPORTED: "[green]✓[/]",
    Verdict.NOT_A_CLAIM: " ",
    Verdict.UNCERTAIN: "[yellow]?[/]",
    Verdict.UNSUPPORTED: "[red]✗[/]",
}


def ask(
    question: Annotated[str, typer.Argument(help="what a customer would write")],
    customer: Annotated[str | None, typer.Option(help="external id of a customer whose records may be used")] = None,
    shop: Annotated[str | None, typer.Option(help="code of the shop; without it, every shop's knowledge")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="everything, as JSON")] = False,
) -> None:
    """Draft an answer: its sentences with verdicts, the sources, the confidence and what would be done with it."""
    with opened() as runtime:
        work_off(runtime)
        asked = asking.ask(runtime, question, customer=customer, shop=shop)
    if as_json:
        typer.echo(json.dumps(asking.to_json(asked), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False, soft_wrap=True)
    _print_draft(console, asked.answer)
    decision = asked.ruling
    why = next((str(item["detail"]) for item in decision.evidence if item["rule"] == decision.reason), decision.reason)
    console.print(f"\n[bold]decision[/] {decision.outcome}: {escape(why)}")
    console.print(
        "  " + ", ".join(f"{'✓' if rule['passed'] else '✗'} {rule['rule']}" for rule in decision.evidence), style="dim"
    )


def _print_draft(console: Console, answer: Answer) -> None:
    found = answer.classification
    intent = found.intent or "none (abstained)"
    console.print(
        f"[bold]intent[/] {intent} {found.confidence:.2f} · priority {found.priority} · {found.language} · "
        f"[bold]confidence[/] {answer.draft.confidence:.2f} · {answer.latency_ms['total']:.0f} ms\n"
    )
    for sentence in answer.draft.sentences:
        marks = "".join(f"\\[{number}]" for number in sentence.citations)
        console.print(f"{_MARKS[sentence.verdict]} {escape(sentence.text)} [cyan]{marks}[/]")
        for reason in sentence.reasons:
            console.print(f"    [yellow]{escape(reason)}[/]")
    if answer.draft.citations:
        console.print("\n[bold]sources[/]")
    for citation in answer.draft.citations:
        console.print(_source_line(citation.number, citation))
        console.print(f"    {escape(_excerpt(citation.text))}", style="dim")


def _source_line(number: int, citation: Any) -> str:
    dated = f", {citation.published_at:%Y-%m-%d}" if citation.published_at else ""
    version = f" v{citation.version}" if citation.version else ""
    kind = "resolved ticket, " if citation.source_kind == "case" else ""
    heading = f" › {citation.heading}" if citation.heading else ""
    return f"[cyan]\\[{number}][/] {escape(citation.title + heading)} ({kind}{citation.document_id}{version}{dated})"


def _excerpt(text: str, length: int = 200) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else flat[:length] + "…"

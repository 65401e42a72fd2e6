"""`copilot eval run`, `compare`, `gate`, `import-cases`, `export-cases`: this installation's own questions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from cli.data import bar, follow
from cli.session import opened, work_off
from copilot.runtime import Runtime
from core.errors import InvalidInput
from evals.runs.running import begin_run, conclude_run, get_run, results_of, work_off_run
from evals.runs.summary import compare as compared
from knowledge.articles.actions import publish_version
from records.principals import SYSTEM_PRINCIPAL

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output; progress goes to standard error")]
RunId = Annotated[int, typer.Argument(help="id of a run")]


def run(
    name: Annotated[str, typer.Option(help="what the run is called")] = "",
    resume: Annotated[int | None, typer.Option(help="go on with this run")] = None,
    like: Annotated[int | None, typer.Option(help="the very cases of this run")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure retrieval, classification, drafts and decisions on the evaluation cases; stored, and resumable."""
    with opened() as runtime:
        run_id = resume if resume is not None else _begin(runtime, name, like)
        summary = _work(runtime, run_id)
    typer.echo(json.dumps({"run": run_id, **summary}, ensure_ascii=False) if as_json else _table(run_id, summary))


def compare(before: RunId, after: RunId, as_json: AsJson = False) -> None:
    """What AFTER does better or worse than BEFORE on the same cases, with paired intervals."""
    with opened() as runtime:
        found = _compared(runtime, before, after)
    typer.echo(json.dumps(found.to_json(), ensure_ascii=False) if as_json else _differences(found))


def gate(
    baseline: Annotated[int, typer.Option(help="the run to hold to")],
    run_id: Annotated[int | None, typer.Option("--run", help="judge this run instead of measuring now")] = None,
    as_json: AsJson = False,
) -> None:
    """Measure the baseline's cases now; exit code 1 when a figure has fallen significantly."""
    with opened() as runtime:
        if run_id is None:
            run_id = _begin(runtime, f"gate on {baseline}", baseline)
            _work(runtime, run_id)
        found = _compared(runtime, baseline, run_id)
    told = {"run": run_id, "baseline": baseline, **found.to_json()}
    typer.echo(json.dumps(told, ensure_ascii=False) if as_json else _differences(found))
    if not as_json:
        typer.echo("passed" if found.passed else "FAILED: a figure has fallen significantly")
    raise typer.Exit(0 if found.passed else 1)


def preview(
    version: Annotated[int, typer.Argument(help="id of an article version that is a draft")],
    publish: Annotated[bool, typer.Option("--publish", help="publish it if the shops' gate lets it through")] = False,
    override: Annotated[str, typer.Option(help="why to publish it in spite of a significant fall")] = "",
    as_json: AsJson = False,
) -> None:
    """Which past questions would find another source or get another answer if this draft were published."""
    from evals.gate.publishing import get_preview, keep_preview, pass_gate  # noqa: PLC0415 - SciPy, only here

    with opened() as runtime:
        kept = keep_preview(runtime, SYSTEM_PRINCIPAL, version)
        with runtime.db.reading() as session:
            found = get_preview(session, SYSTEM_PRINCIPAL, kept).result
        typer.echo(json.dumps({"id": kept, **found}, ensure_ascii=False) if as_json else _previewed(found))
        if publish:
            with runtime.db.unit_of_work() as session:
                pass_gate(session, SYSTEM_PRINCIPAL, version, preview_id=kept, override=override)
                publish_version(session, SYSTEM_PRINCIPAL, version)
            work_off(runtime)
            typer.echo("published", err=True)


def _previewed(found: Mapping[str, Any]) -> str:
    lines = [
        f"{found['cases']} cases, {found['recomputed']} computed again in {found['seconds']:.1f} s: {found['changed']} "
        f"find other passages, {found['top_changed']} another first source; {found['better']} better, "
        f"{found['worse']} worse"
    ]
    if (gain := found["gain"]) is not None:
        told = "falls significantly" if found["falls"] else "no significant fall"
        interval = f"[{gain['low']:+.4f}, {gain['high']:+.4f}]"
        lines.append(f"nDCG@10 of {found['labelled']} cases {gain['mean']:+.4f} {interval}: {told}")
    for one in found["shown"]:
        first, then = one["top_before"] or "-", one["top_after"] or "-"
        lines.append(f"{one['effect']:8}{first:>14} -> {then:14}{one['question'][:60]!r}")
    return "\n".join(lines)


def import_cases(
    folder: Annotated[
        Path, typer.Argument(exists=True, file_okay=False, help="a BEIR folder, or one with intents.csv")
    ],
    shop: Annotated[str | None, typer.Option(help="code of the shop they are of")] = None,
) -> None:
    """Make evaluation cases of queries*.jsonl with qrels*.tsv, or of intents.csv (text,label)."""
    from evals.cases.importing import import_folder  # noqa: PLC0415 - scikit-learn, only for these commands

    with opened() as runtime, runtime.db.unit_of_work() as session:
        found = import_folder(session, SYSTEM_PRINCIPAL, folder, shop=shop)
    typer.echo(
        f"{found.created} cases made, {found.known} were there; left out: {found.unknown_sources} unknown sources, "
        f"{found.unknown_intents} unknown intents"
    )
    for fault in found.faults:
        typer.echo(f"  {fault.place}: {fault.message}", err=True)
    if found.failed:
        typer.echo(f"{found.failed} rows are wrong and were left out.", err=True)
        raise typer.Exit(1)


def export_cases(folder: Annotated[Path, typer.Argument(file_okay=False, help="a folder, made if need be")]) -> None:
    """The active cases as a BEIR folder: corpus.jsonl, queries.jsonl, qrels/test.tsv, intents.csv."""
    from evals.cases.exchange import export_files  # noqa: PLC0415 - as above

    with opened() as runtime, runtime.db.reading() as session:
        for name, text in export_files(session, SYSTEM_PRINCIPAL):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            typer.echo(f"{path}: {text.count(chr(10))} lines")


def add_to(app: typer.Typer) -> None:
    """The commands of this file, under `copilot eval`."""
    commands: dict[str, Callable[..., None]] = {
        "run": run, "compare": compare, "gate": gate, "preview": preview,
        "import-cases": import_cases, "export-cases": export_cases,
    }  # fmt: skip
    for name, command in commands.items():
        app.command(name)(command)


def _begin(runtime: Runtime, name: str, like: int | None) -> int:
    with runtime.db.unit_of_work() as session:
        return begin_run(session, SYSTEM_PRINCIPAL, name=name, like=like, announce=False).id


def _work(runtime: Runtime, run_id: int) -> dict[str, Any]:
    with bar() as progress:
        tell = follow(progress)
        work_off_run(runtime, run_id, lambda done, total: tell("measure", done, total))
    with runtime.db.unit_of_work() as session:
        return dict(conclude_run(session, run_id).summary)


def _compared(runtime: Runtime, before: int, after: int) -> Any:
    with runtime.db.reading() as session:
        for one in (before, after):
            if get_run(session, one).state != "done":
                raise InvalidInput(f"Run {one} is not done: `copilot eval run --resume {one}` goes on with it.")
        return compared(results_of(session, before), results_of(session, after))


def _table(run_id: int, summary: dict[str, Any]) -> str:
    lines = [f"run {run_id}: {summary['cases']} cases, seed {summary['seed']}"]
    for group, slices in summary["groups"].items():
        for value, found in slices.items():
            lines += ["", f"{group} {value}: {found['cases']} cases, for {found['questions']:g} questions"]
            for name, one in found["figures"].items():
                bounds = f"[{one['ci'][0]:.4f}, {one['ci'][1]:.4f}]" if one["ci"] else "too few for an interval"
                lines.append(f"  {name:<20}{one['value']:>10.4f}  {bounds}")
    return "\n".join(lines)


def _differences(found: Any) -> str:
    lines = [
        f"{found.cases} cases in both, {found.left_out} in one only; intervals of {found.level:.2%} each, 95% together",
        f"{'':20}{'before':>10}{'after':>10}{'change':>10}   interval",
    ]
    for one in found.differences:
        word = "  WORSE" if one.worse else "  better" if one.better else ""
        bounds = f"[{one.low:+.4f}, {one.high:+.4f}]"
        lines.append(f"{one.metric:20}{one.before:>10.4f}{one.after:>10.4f}{one.difference:>+10.4f}   {bounds}{word}")
    effects = f"{len(found.better_cases)} better, {len(found.worse_cases)} worse"
    lines.append(f"changed: {len(found.changed)} cases, of them {effects}")
    return "\n".join(lines)

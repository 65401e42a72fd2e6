"""`copilot autonomy status`, `train`, `review`, `audit`: what each intent has earned, and what it is measured by."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from sqlalchemy import select

from cli.session import opened
from copilot.autonomy import reading
from copilot.autonomy.earning import review_shop
from copilot.autonomy.outcomes import judged
from copilot.runtime import Runtime
from core.errors import NotFound
from core.events import SYSTEM
from records.principals import SYSTEM_PRINCIPAL
from records.shops.models import Shop

app = typer.Typer(help="Earned autonomy: what the bot may answer by itself.", no_args_is_help=True)
OneShop = Annotated[str | None, typer.Option("--shop", help="code of one shop; all of them without it")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output")]


@app.command()
def status(shop: OneShop = None, as_json: AsJson = False) -> None:
    """Each shop and intent: state, judged cases, what is proven of which target, and what is missing."""
    with opened() as runtime, runtime.db.reading() as session:
        model = runtime.acceptance()
        found: list[dict[str, Any]] = []
        for shop_id, code in _shops(runtime, shop):
            settings, intents = reading.progress(session, SYSTEM_PRINCIPAL, shop_id)
            terms = {name: getattr(settings, name) for name in ("mode", "target", "audit_share")}
            hand = [
                {**asdict(one), "answers": one.answers} for one in reading.by_hand(session, SYSTEM_PRINCIPAL, shop_id)
            ]
            found.append({"shop": code, **terms, "intents": [asdict(one) for one in intents], "by_hand": hand})
    told = {"score": model.version if model else "draft-confidence", "shops": found}
    typer.echo(json.dumps(told, ensure_ascii=False, default=str) if as_json else "\n".join(_lines(told)))


@app.command()
def review(shop: OneShop = None) -> None:
    """Look now at what is proven and at what fell, as the server does every hour."""
    with opened() as runtime:
        model = runtime.acceptance()
        for shop_id, code in _shops(runtime, shop):
            with runtime.db.reading() as session:
                outcomes = judged(session, shop_id=shop_id)
            with runtime.db.unit_of_work() as session:
                changed = [(row.intent, row.state) for row in review_shop(session, shop_id, model, outcomes)]
            typer.echo(f"{code}: {len(outcomes)} judged answers")
            for intent, state in changed:
                typer.echo(f"  {intent}: {state}")


@app.command()
def train(
    even_if_earned: Annotated[
        bool, typer.Option("--even-if-earned", help="serve it although it ends what was earned with today's scores")
    ] = False,
) -> None:
    """Train the acceptance model on judged answers; it serves only if later ones say that it is better."""
    from copilot.autonomy import training  # noqa: PLC0415 - scikit-learn takes a second to load

    with opened() as runtime:
        trained = training.learn(runtime)
        with runtime.db.unit_of_work() as session:
            serves = training.keep(session, SYSTEM, trained, even_if_earned=even_if_earned)
    typer.echo(f"{trained.model.version}: {trained.learned} answers learned from, {trained.compared} compared")
    typer.echo(
        f"  log loss {trained.loss:.4f}, now {trained.loss_before:.4f}; the gain is at least {trained.gain_low:+.4f}; "
        f"calibration error {trained.ece:.3f}"
    )
    waits = "better; waits, since it would end what was earned: --even-if-earned"
    typer.echo("  serves" if serves else f"  {waits}" if trained.better else "  not better: not promoted")


@app.command()
def audit(shop: OneShop = None) -> None:
    """Answers that were drawn for review and wait for a verdict, the oldest first."""
    with opened() as runtime:
        wanted = dict(_shops(runtime, shop))
        with runtime.db.reading() as session:
            for one in reading.audit_queue(session, SYSTEM_PRINCIPAL, shops=frozenset(wanted)):
                typer.echo(f"suggestion {one.id}  ticket {one.ticket_id}  {one.created_at:%Y-%m-%d %H:%M}  {one.text}")


def _shops(runtime: Runtime, code: str | None) -> list[tuple[int, str]]:
    with runtime.db.reading() as session:
        known = [(row.id, row.code) for row in session.scalars(select(Shop).order_by(Shop.code))]
    if code is not None and code not in [name for _, name in known]:
        raise NotFound(f"There is no shop {code!r}. Known: {', '.join(name for _, name in known) or 'none yet'}.")
    return [one for one in known if code in (None, one[1])]


def _lines(told: dict[str, Any]) -> list[str]:
    lines = [f"score {told['score']}"]
    for shop in told["shops"]:
        terms = f"mode {shop['mode']}, target {shop['target']:.0%}, {shop['audit_share']:.0%} audited"
        lines.append(f"{shop['shop']}: {terms}")
        if not shop["intents"]:
            lines.append("  nothing judged has been looked at yet")
        lines += [_line(one) for one in shop["intents"]]
        lines += [_line_by_hand(one) for one in shop["by_hand"]]
    return lines


def _line(one: dict[str, Any]) -> str:
    evidence = one["evidence"]
    said = f"  {one['intent']:28}{one['state']:11}{one['cases']:5} cases"
    if "lower" in evidence and one["looks"]:
        said += f"; look {one['looks']}: {evidence['right']} of {evidence['n']} right, proven {evidence['lower']:.1%}"
    if one["state"] in ("collecting", "withdrawn"):
        said += f"; {one['cases_missing']} more to the next look"
    if one["state"] == "earned" and evidence.get("audited"):
        said += f"; {evidence['audited_wrong']} of {evidence['audited']} audited wrong, alarm {evidence['alarm']:.0%}"
    return said


def _line_by_hand(one: dict[str, Any]) -> str:
    said = f"  {one['intent']:28}"
    said += "by hand" if one["ended_at"] is None else "withdrawn by the monitor, was by hand"
    said += f": {one['answers']} answers, {one['audited']} audited"
    if one["wrong_at_most"] is None:
        return f"{said}, {one['wrong']} wrong; not measured yet"
    return f"{said}, {one['wrong']} wrong: wrong at most {one['wrong_at_most']:.1%} (95%), alarm {one['alarm']:.0%}"

"""`copilot --help`. Each command's code is in a file of its own; this one only puts them together."""

from __future__ import annotations

import logging
import sys

import typer
from pydantic import ValidationError
from sqlalchemy.exc import OperationalError

from cli import ask, autonomy, data, evaluate, explain, gaps, imports, jobs, models, serve, staff
from core.errors import CopilotError

app = typer.Typer(
    name="copilot",
    help="Support Copilot: cited drafts for customer service, from your own knowledge and tickets.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("beat")(serve.beat)
app.command("index")(serve.index)
app.command("ask")(ask.ask)
app.command("explain")(explain.explain)
app.command("reindex")(data.reindex)
app.command("migrate")(data.migrate)
app.command("seed")(data.seed)
app.command("doctor")(data.doctor)
app.command("openapi")(serve.openapi)
app.command("bench")(evaluate.bench)
app.add_typer(imports.app, name="import")
app.add_typer(jobs.app, name="jobs")
app.add_typer(gaps.app, name="knowledge")
app.add_typer(models.app, name="models")
app.add_typer(models.train_app, name="train")
app.add_typer(evaluate.app, name="eval")
app.add_typer(autonomy.app, name="autonomy")
app.add_typer(staff.app, name="staff")


def main() -> None:
    """Run a command; an expected error is one sentence on stderr and exit code 1, never a traceback."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        app()
    except CopilotError as error:
        print(f"copilot: {error.message}", file=sys.stderr)
        raise SystemExit(1) from None
    except ValidationError as error:
        for problem in error.errors():
            where = (
                "COPILOT_" + "_".join(str(part) for part in problem["loc"]).upper() if problem["loc"] else "settings"
            )
            print(f"copilot: {where}: {problem['msg'].removeprefix('Value error, ')}", file=sys.stderr)
        raise SystemExit(1) from None
    except OperationalError as error:
        print(f"copilot: the database does not answer: {error.orig}", file=sys.stderr)
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()

"""`copilot staff`: who may sign in. The first administrator can be added by nobody else."""

from __future__ import annotations

import secrets
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from cli.session import opened
from core.errors import InvalidInput
from records.people.actions import create_staff
from records.people.policies import check_password
from records.people.queries import list_staff
from records.principals import SYSTEM_PRINCIPAL, Role
from records.shops.queries import list_shops, shop_by_code

app = typer.Typer(help="Staff: add them, list them.", no_args_is_help=True)


@app.command()
def add(
    username: Annotated[str, typer.Argument(help="what they sign in with")],
    name: Annotated[str, typer.Option(help="what colleagues and shoppers see; the username if left out")] = "",
    email: Annotated[str | None, typer.Option(help="where to write to them")] = None,
    role: Annotated[Role, typer.Option(help="what they may do")] = Role.AGENT,
    shop: Annotated[
        list[str] | None, typer.Option(help="code of a shop; may be repeated; none means every shop")
    ] = None,
    language: Annotated[str, typer.Option(help="of the console for them: zh or en")] = "zh",
    generate: Annotated[bool, typer.Option("--generate", help="make a password and show it once")] = False,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="read the password from a pipe")] = False,
) -> None:
    """Add a member of staff. Asks for the password twice, or makes one, or reads it from a pipe."""
    if generate and password_stdin:
        raise InvalidInput("Either --generate or --password-stdin: the password comes from one place.")
    if language not in ("zh", "en"):
        raise InvalidInput("The language is zh or en.", field="language")
    password = _password(generate, password_stdin)
    with opened() as runtime, runtime.db.unit_of_work() as session:
        staff = create_staff(
            session,
            SYSTEM_PRINCIPAL,
            username=username,
            display_name=name,
            role=role,
            password=password,
            email=email,
            language=language,
            shop_ids=[shop_by_code(session, code).id for code in shop or ()],
        )
        where = ", ".join(shop) if shop else "every shop"
        added = f"{staff.username} (staff {staff.id}) may sign in as {role}, in {where}."
    typer.echo(added)
    if generate:
        typer.echo(f"Password, shown this once: {password}")


def _password(generate: bool, from_pipe: bool) -> str:
    """Raises InvalidInput before anything is written."""
    if generate:
        return secrets.token_urlsafe(15)
    if from_pipe:
        password = sys.stdin.readline().rstrip("\r\n")
    elif sys.stdin.isatty():
        password = typer.prompt("Password", hide_input=True, confirmation_prompt="Again")
    else:
        raise InvalidInput("Nobody is here to ask for a password: use --generate or --password-stdin.")
    check_password(password)
    return password


@app.command("list")
def list_() -> None:
    """Everybody, with role and shops."""
    table = Table("id", "username", "name", "role", "shops", "active")
    with opened() as runtime, runtime.db.reading() as session:
        codes = {shop.id: shop.code for shop in list_shops(session, SYSTEM_PRINCIPAL)}
        for staff in list_staff(session):
            shops = ", ".join(sorted(codes[row.shop_id] for row in staff.shops)) or "every shop"
            active = "yes" if staff.active else "no"
            table.add_row(str(staff.id), staff.username, staff.display_name, staff.role, shops, active)
    Console().print(table)

"""`copilot staff`: adding the people who work here, the first of them too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cli import staff
from cli.main import app
from core.db import Database
from core.errors import Conflict, Forbidden, InvalidInput, NotAuthenticated, NotFound
from records.people.models import Staff
from records.people.sign_in import sign_in
from records.principals import Role
from tests.factories import make_shop

PASSWORD = "a long enough password"


@pytest.fixture(autouse=True)
def _on_this_database(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def opened(settings: Any = None) -> Iterator[Any]:
        yield SimpleNamespace(db=db)

    monkeypatch.setattr(staff, "opened", opened)


def run(*arguments: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["staff", *arguments], input=typed)


def test_the_first_administrator_signs_in_with_the_password_that_is_shown_once(db: Database) -> None:
    done = run("add", "Root", "--role", "admin", "--generate")
    assert done.exit_code == 0, done.output
    (password,) = re.findall(r"shown this once: (\S{20,})$", done.output, re.MULTILINE)
    principal = sign_in(db, "root", password).principal
    assert principal.role is Role.ADMIN and principal.shops is None
    assert "every shop" in done.output


def test_a_password_may_come_from_a_pipe_and_is_not_shown(db: Database) -> None:
    with db.unit_of_work() as session:
        shops = {make_shop(session, code=code).id for code in ("lehuo", "homeco")}
        make_shop(session, code="third")
    done = run(
        "add", "chen", "--name", "小陈", "--email", "chen@example.com", "--shop", "lehuo", "--shop", "homeco",
        "--language", "en", "--password-stdin", typed=PASSWORD + "\n",
    )  # fmt: skip
    assert done.exit_code == 0 and PASSWORD not in done.output
    principal = sign_in(db, "chen", PASSWORD).principal
    assert (principal.role, principal.name, principal.shops) == (Role.AGENT, "小陈", shops)
    with db.reading() as session:
        row = session.scalars(select(Staff)).one()
        assert (row.email, row.language) == ("chen@example.com", "en")


@pytest.mark.parametrize(
    ("arguments", "typed", "error"),
    [
        (["add", "a", "--password-stdin"], "short\n", InvalidInput),
        (["add", "a"], None, InvalidInput),
        (["add", "a", "--generate", "--password-stdin"], PASSWORD, InvalidInput),
        (["add", "a", "--generate", "--language", "fr"], None, InvalidInput),
        (["add", "a", "--generate", "--shop", "nowhere"], None, NotFound),
        (["add", " ", "--generate"], None, InvalidInput),
    ],
)
def test_what_cannot_be_is_said_and_nobody_is_added(
    db: Database, arguments: list[str], typed: str | None, error: type[Exception]
) -> None:
    done = run(*arguments, typed=typed)
    assert isinstance(done.exception, error)
    with db.reading() as session:
        assert list(session.scalars(select(Staff))) == []


def test_a_name_is_given_once_and_a_role_is_a_word_that_exists(db: Database) -> None:
    assert run("add", "lin", "--generate").exit_code == 0
    assert isinstance(run("add", "LIN", "--generate").exception, Conflict)
    wrong = run("add", "mo", "--role", "boss", "--generate")
    assert wrong.exit_code == 2 and not isinstance(wrong.exception, Forbidden)
    with pytest.raises(NotAuthenticated):
        sign_in(db, "mo", PASSWORD)


def test_everybody_is_listed(db: Database) -> None:
    with db.unit_of_work() as session:
        make_shop(session, code="lehuo")
    run("add", "lin", "--generate", "--shop", "lehuo")
    run("add", "mo", "--role", "editor", "--generate")
    shown = run("list").output
    assert re.search(r"lin.*agent.*lehuo", shown) and re.search(r"mo.*editor.*every shop", shown)

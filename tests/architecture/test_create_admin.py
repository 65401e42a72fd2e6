"""The first administrator, who can be added by nobody else."""

from __future__ import annotations

import pytest

from core.db import Database
from core.errors import Conflict, InvalidInput
from core.settings import Settings
from records.people.sign_in import sign_in
from records.principals import Role
from scripts.create_admin import create_admin, main


def test_the_first_administrator_can_sign_in(settings: Settings) -> None:
    create_admin("Root", "a long enough password", settings)
    db = Database(settings.sqlalchemy_url)
    assert sign_in(db, "root", "a long enough password").principal.role is Role.ADMIN
    db.close()
    with pytest.raises(Conflict):
        create_admin("root", "another long password", settings)
    with pytest.raises(InvalidInput):
        create_admin("second", "short", settings)


def test_it_asks_for_a_name() -> None:
    assert main([]) == 2
    assert main(["name", "--what"]) == 2

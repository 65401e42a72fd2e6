"""Add the first administrator to an installation without demo data; everybody else is added over the API by this one.

    python scripts/create_admin.py NAME          asks for the password
    echo "$PASSWORD" | python scripts/create_admin.py NAME --password-stdin

Settings are read as by `copilot`. Running it again with a name that is taken changes nothing and says so.
"""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from cli.session import opened
from core.errors import CopilotError, InvalidInput
from core.settings import Settings
from records.people.actions import create_staff
from records.principals import SYSTEM_PRINCIPAL, Role


def create_admin(username: str, password: str, settings: Settings | None = None) -> int:
    """The id of the new administrator. Raises Conflict and InvalidInput as `create_staff`."""
    with opened(settings) as runtime, runtime.db.unit_of_work() as session:
        staff = create_staff(
            session, SYSTEM_PRINCIPAL, username=username, display_name=username, role=Role.ADMIN, password=password
        )
        return staff.id


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise InvalidInput("The passwords differ. Nothing was added.")
    return first


def main(arguments: list[str]) -> int:
    names = [word for word in arguments if not word.startswith("--")]
    if len(names) != 1 or set(arguments) - {names[0], "--password-stdin"}:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        number = create_admin(names[0], _password("--password-stdin" in arguments))
    except CopilotError as error:
        print(f"create_admin: {error.message}", file=sys.stderr)
        return 1
    print(f"{names[0]} (staff {number}) may sign in as administrator.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

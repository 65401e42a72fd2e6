"""Write the parts of the documentation that are lists of the code's own tables.

    python scripts/generate_docs.py           writes them
    python scripts/generate_docs.py --check   exit code 1, naming the files, when one is out of date

`docs/settings.md` is written whole; in other files only what stands between `<!-- generated: NAME -->` and
`<!-- end -->`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path, PosixPath
from textwrap import wrap
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from copilot.decide import RULE_VERSION, RULES  # noqa: E402 - the checkout must be found first
from copilot.policies import ROLE_PERMISSIONS, Permission  # noqa: E402
from core.settings import Settings  # noqa: E402
from records.principals import Role  # noqa: E402
from worker.reactions import REACTIONS  # noqa: E402
from worker.schedule import SCHEDULES  # noqa: E402

SETTINGS_HEAD = """# Settings

Every setting is an environment variable or a line of a file `.env` in the directory the command starts in; the
environment wins. They are the fields of one class, `core.settings.Settings`; a value that makes no sense stops the
command with a sentence that names the variable. `.env.example` lists them all.

With none of them set the product runs **embedded**. It runs **served** as soon as `COPILOT_DATABASE_URL`,
`COPILOT_REDIS_URL` or `COPILOT_QDRANT_URL` is set, or `COPILOT_HOST` is not a loopback address; then the default
`COPILOT_SECRET_KEY` is refused. [Operations](operations.md) says what to set together.

This page is written by `python scripts/generate_docs.py`; a test fails when it is out of date.

"""


def settings_page() -> str:
    return SETTINGS_HEAD + settings_table() + "\n"


def settings_table() -> str:
    rows = ["| variable | type | default | what it is |", "|---|---|---|---|"]
    for name, field in Settings.model_fields.items():
        what = (field.description or "").replace("|", "\\|")
        rows.append(f"| `COPILOT_{name.upper()}` | {_type(field)} | {_default(field.default)} | {what} |")
    return "\n".join(rows)


def roles_table() -> str:
    head = "| permission | " + " | ".join(Role) + " |"
    rows = [head, "|---" * (len(Role) + 1) + "|"]
    for permission in Permission:
        marks = ("✓" if permission in ROLE_PERMISSIONS[role] else "" for role in Role)
        rows.append(f"| `{permission}` | " + " | ".join(marks) + " |")
    return "\n".join(rows)


def reactions_table() -> str:
    clock = {kind.name: period for kind, period in SCHEDULES.items()}
    rows = ["| event | jobs |", "|---|---|"]
    for event, jobs in REACTIONS.items():
        every = f" (every {clock[event]} s, by the schedule)" if event in clock else ""
        rows.append(f"| `{event}`{every} | " + ", ".join(f"`{job}`" for job in jobs) + " |")
    return "\n".join(rows)


def rules_list() -> str:
    names = [f"`{name}`" for name in RULES]
    head = f"The {len(names)} rules of `{RULE_VERSION}`: "
    return "\n".join(wrap(head + ", ".join(names) + ".", 119, break_long_words=False, break_on_hyphens=False))


BLOCKS: Mapping[str, tuple[str, Callable[[], str]]] = {
    "roles": ("docs/security.md", roles_table),
    "rules": ("docs/architecture.md", rules_list),
    "reactions": ("docs/architecture.md", reactions_table),
}


def with_block(text: str, name: str, content: str) -> str:
    """`text` with the named block replaced. Raises ValueError when it has no such block."""
    block = re.compile(rf"(<!-- generated: {name} -->\n).*?(<!-- end -->)", re.DOTALL)
    if not block.search(text):
        raise ValueError(f"there is no block <!-- generated: {name} --> … <!-- end -->")
    return block.sub(lambda found: f"{found[1]}{content}\n{found[2]}", text)


def wanted() -> dict[Path, str]:
    """Each generated file and what should stand in it."""
    files = {ROOT / "docs" / "settings.md": settings_page()}
    for name, (file, make) in BLOCKS.items():
        path = ROOT / file
        files[path] = with_block(files.get(path) or path.read_text("utf-8"), name, make())
    return files


def _type(field: FieldInfo) -> str:
    kind: Any = field.annotation
    return {SecretStr: "secret", Path: "path", bool: "true or false", str: "text", int: "integer", float: "number"}.get(
        kind, getattr(kind, "__name__", str(kind))
    )


def _default(value: object) -> str:
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if isinstance(value, SecretStr) and plain:
        return "(refused outside the embedded mode)"
    if isinstance(plain, bool):
        return f"`{str(plain).lower()}`"
    if isinstance(plain, PosixPath):
        return f"`{plain}`"
    return "(empty)" if plain == "" else f"`{plain}`"


def main(arguments: list[str]) -> int:
    stale = [(path, text) for path, text in wanted().items() if not path.exists() or path.read_text("utf-8") != text]
    if "--check" in arguments:
        for path, _ in stale:
            print(f"{path.relative_to(ROOT)} is out of date: run python scripts/generate_docs.py", file=sys.stderr)
        return 1 if stale else 0
    for path, text in stale:
        path.write_text(text, "utf-8")
        print(f"wrote {path.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

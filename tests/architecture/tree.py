"""The checkout as the architecture tests see it."""

from __future__ import annotations

import subprocess
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@cache
def packages() -> tuple[str, ...]:
    """Our import packages, as the layers contract names them."""
    return tuple(pyproject()["tool"]["importlinter"]["root_packages"])


@cache
def tracked() -> tuple[Path, ...]:
    """Files that are, or are about to be, committed: what git does not ignore. Without git, nothing is left out."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        skipped = {".git", ".venv", "var", "build", "dist", "__pycache__"}
        files = (path for path in ROOT.rglob("*") if path.is_file())
        return tuple(path for path in files if not skipped & set(path.relative_to(ROOT).parts))
    return tuple(path for name in listed.split("\0") if name and (path := ROOT / name).is_file())


def sources(*names: str) -> list[Path]:
    """Python files of these packages."""
    return [
        path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in (names or packages())
    ]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()

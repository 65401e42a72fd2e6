"""Install the pinned packages into the environment that runs this. `make setup` calls it.

uv does it in a tenth of pip's time, but does not read pip's configuration, in which many machines name their mirror:
it is told what `pip config` says. Where uv is not to be had, or fails, pip does the work.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = "uv==0.13.9"
PACKAGES = ["-r", str(ROOT / "requirements" / "lock.txt")]
OURSELVES = ["--no-deps", "--no-build-isolation", "-e", str(ROOT)]
_PIP = [sys.executable, "-m", "pip"]
_QUIET = ["--quiet", "--disable-pip-version-check"]
# pip's option → uv's variable: https://docs.astral.sh/uv/reference/environment/
_SAME = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
_COMMAS = {"UV_FIND_LINKS"}


def uv_environment(pip_config: str, given: Mapping[str, str]) -> dict[str, str]:
    """Variables for uv that say what `pip config list` prints; those that are `given` stay as they are."""
    told: dict[str, str] = {}
    for rank in ("global", "install", ":env:"):  # pip's order: a later one counts
        for line in pip_config.splitlines():
            name, _, value = line.partition("=")
            section, _, option = name.rpartition(".")
            if section == rank and (variable := _SAME.get(option)):
                words = str(ast.literal_eval(value)).split()
                told[variable] = ("," if variable in _COMMAS else " ").join(words)
    if told:
        told["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # pip looks in all indexes for the pinned version
    return {name: value for name, value in told.items() if name not in given}


def _run(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    return subprocess.run(command, env={**os.environ, **environment}, check=False).returncode == 0


def main() -> None:
    config = subprocess.run([*_PIP, "config", "list"], capture_output=True, text=True, check=False).stdout
    environment = uv_environment(config, os.environ)
    install = [sys.executable, "-m", "uv", "pip", "install", "--python", sys.executable]
    if not sys.stderr.isatty():  # its progress is for eyes
        install.append("--quiet")
    if not _run([*_PIP, "install", *_QUIET, UV], {}) or not _run([*install, *PACKAGES], environment):
        print("     uv could not; pip takes over (some minutes)", flush=True)
        if not _run([*_PIP, "install", *_QUIET, *PACKAGES], {}):
            raise SystemExit("The pinned packages could not be installed; see above. `make setup` tries again.")
    # by pip: setuptools is there now, and uv would only build it apart
    if not _run([*_PIP, "install", *_QUIET, *OURSELVES], {}):
        raise SystemExit("The project itself could not be installed; see above. `make setup` tries again.")


if __name__ == "__main__":
    main()

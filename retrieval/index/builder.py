"""Starting the child process that builds a shard aside, and the spool file that feeds it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from core.errors import Unavailable
from retrieval.index.frames import encode_points, write_frame
from retrieval.index.store import Point, check_points

_SOURCE_ROOT: Final = Path(__file__).resolve().parents[2]
_CHUNK: Final = 256


def write_spool(path: Path, batches: Iterable[Sequence[Point]]) -> tuple[int, int]:
    """Points written and their dimension (0 without points)."""
    count = dimension = 0
    with path.open("wb") as file:
        for batch in batches:
            if not batch:
                continue
            dimension = dimension or len(batch[0].dense)
            check_points(batch, dimension)
            for start in range(0, len(batch), _CHUNK):
                write_frame(file, encode_points(batch[start : start + _CHUNK]))
            count += len(batch)
    return count, dimension


def module_environment() -> dict[str, str]:
    """Environment in which `python -m retrieval…` finds this very source, from any working directory."""
    path = os.pathsep.join(filter(None, (str(_SOURCE_ROOT), os.environ.get("PYTHONPATH", ""))))
    return {**os.environ, "PYTHONPATH": path}


def run_builder(spool: Path, target: Path, dimension: int) -> None:
    """Wait for the child. Raises Unavailable with its last words when it fails; the serving index is untouched."""
    command = [sys.executable, "-m", "retrieval.index.build", str(spool), str(target), str(dimension)]
    done = subprocess.run(command, env=module_environment(), stdin=subprocess.DEVNULL, capture_output=True, check=False)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise Unavailable(
            f"The new index could not be built ({words[0]}); the old one still serves. Free memory or disk space if "
            "that was the reason, and run the rebuild again.",
        )

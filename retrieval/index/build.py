"""Child process that builds and optimizes a shard aside: `python -m retrieval.index.build SPOOL TARGET DIMENSION`.

`optimize` holds Python's lock for about a second a thousand points, so it never runs in the process that serves.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

from retrieval.index.frames import decode_points, read_frames
from retrieval.index.shard import Shard

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def _die_with_parent() -> None:
    with contextlib.suppress(OSError, AttributeError):  # not Linux: the owner's clean-up finds the leftovers
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def build(spool: Path, target: Path, dimension: int) -> None:
    """Write every batch of the spool into a new shard at `target`, optimize and flush it."""
    shard = Shard.create(target, dimension)
    with spool.open("rb") as file:
        for frame in read_frames(file):
            shard.upsert(decode_points(frame))
    shard.optimize()
    shard.flush()
    shard.close()


def main() -> None:
    _die_with_parent()
    os.nice(10)  # searches come first
    build(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))


if __name__ == "__main__":
    main()

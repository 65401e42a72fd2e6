"""Ports for servers that a test starts."""

from __future__ import annotations

import os
import random
import socket
from collections.abc import Iterator

# Below what Linux gives to connections: one of them may take a port before its server has started.
FIRST, EACH = 12_000, 1_500


def _in_turn() -> Iterator[int]:
    """Those of this process of pytest-xdist, from anywhere among them: another run may have its own."""
    own = FIRST + EACH * (int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % 12)
    at = random.randrange(EACH)
    while True:
        at = (at + 1) % EACH
        yield own + at


_ports = _in_turn()


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listens on and that was not given out lately."""
    while True:
        port = next(_ports)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port

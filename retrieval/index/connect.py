"""From settings to a store: a Qdrant server, an index process at an address, or our own one, started on demand."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from core.errors import ConfigurationError, Unavailable
from core.settings import Settings
from retrieval.index import owner
from retrieval.index.builder import module_environment
from retrieval.index.client import PATIENCE_SECONDS, REQUEST_SECONDS, IndexClient
from retrieval.index.link import KeyMismatch, Link
from retrieval.index.store import VectorStore

IDLE_EXIT_SECONDS: Final = 60.0
_LOG: Final = "process.log"


def connect(settings: Settings) -> VectorStore:
    """The store that these settings name. Cheap: the first request connects (and starts the process if need be)."""
    if settings.qdrant_url:
        from retrieval.index.server_store import open_server_store  # noqa: PLC0415 - qdrant-client: a second to load

        return open_server_store(settings)
    if settings.index_address:
        return remote_client(settings.index_address, owner.derived_key(settings))
    return local_client(settings.index_dir)


def remote_client(address: str, key: bytes, patience: float = PATIENCE_SECONDS) -> IndexClient:
    """Client of a process that others run. Raises ConfigurationError for an address that is not host:port."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigurationError(f"COPILOT_INDEX_ADDRESS is {address!r}; it should be host:port, e.g. index:7077.")

    def dial(_: float) -> Link:
        try:
            return Link.dial(host.strip("[]"), int(port), key, REQUEST_SECONDS)
        except KeyMismatch as error:
            raise Unavailable(
                f"The index process at {address} has another key: give both the same COPILOT_SECRET_KEY. ({error})"
            ) from error
        except socket.gaierror as error:
            raise Unavailable(f"The host of COPILOT_INDEX_ADDRESS={address} is not known: {error}.") from error

    return IndexClient(dial, patience, f"at {address}; is it running?")


def local_client(root: Path, patience: float = PATIENCE_SECONDS, idle_exit: float = IDLE_EXIT_SECONDS) -> IndexClient:
    """Client of the process that owns `root`, which is started when there is none."""
    return IndexClient(lambda seconds: dial_owner(root, idle_exit, max(seconds, 0.1)), patience, f"of {root}")


def try_dial(root: Path) -> Link | None:
    """A connection to the announced owner, or None when there is none that answers with our key."""
    found = owner.find(root)
    if found is None:
        return None
    try:
        return Link.dial(found.host, found.port, owner.read_key(root), REQUEST_SECONDS)
    except OSError:
        return None  # killed: nobody listens there, or another program does and does not know the key


def dial_owner(
    root: Path, idle_exit: float, patience: float, on_start: Callable[[subprocess.Popen[bytes]], None] | None = None
) -> Link:
    """Connect to the owner; start one when the directory has none. Safe among any number of starters."""
    link = try_dial(root)
    if link is not None:
        return link
    deadline = time.monotonic() + patience
    with owner.starting(root, patience):
        while True:
            link = try_dial(root)  # somebody else may have started it while we waited for our turn
            if link is not None:
                return link
            if not owner.is_owned(root):
                started = spawn(root, idle_exit, deadline)
                if started is not None and on_start is not None:
                    on_start(started)
                continue
            if time.monotonic() > deadline:
                raise Unavailable(
                    f"A process owns the index in {root} but does not answer. See {root / _LOG}; if it hangs, end the "
                    f"process that {root / 'owner.json'} names and try again."
                )
            time.sleep(0.02)


def spawn(root: Path, idle_exit: float, deadline: float) -> subprocess.Popen[bytes] | None:
    """Start an index process and wait until it serves; None when another one was faster.

    Raises Unavailable with its last words when it does not come up.
    """
    owner.withdraw(root)
    command = [sys.executable, "-m", "retrieval.index.process", "--dir", str(root), "--idle-exit", str(idle_exit)]
    with (root / _LOG).open("ab") as log:
        process = subprocess.Popen(
            command,
            env=module_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C at the terminal is for the command, not for everybody's index
        )
    while process.poll() is None:
        found = owner.find(root)
        if found is not None and found.pid == process.pid:
            return process
        if time.monotonic() > deadline:
            process.kill()
            process.wait()
            raise Unavailable(f"The index process did not start in time. See {root / _LOG}.")
        time.sleep(0.01)
    if process.returncode == owner.EXIT_OWNED:
        return None
    words = (root / _LOG).read_text(errors="replace").strip().splitlines()[-1:] or ["no message"]
    raise Unavailable(f"The index process ended at once (exit code {process.returncode}): {words[0]}")

"""The index process: the one owner of a Qdrant Edge directory, serving everybody else.

    python -m retrieval.index.process --dir var/index [--host 0.0.0.0 --port 7077] [--idle-exit 30]

One thread a connection. Started on demand it listens for this host only, where `owner.json` says; with an address of
its own it listens on TCP and uses the key derived from COPILOT_SECRET_KEY, or the one in --authkey-file.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Final

from core.errors import CopilotError
from core.settings import get_settings
from retrieval.index import owner
from retrieval.index.edge import COMPACT_AFTER, EdgeStore
from retrieval.index.handler import Handler
from retrieval.index.link import Link, listen_at, listen_here

log = logging.getLogger(__name__)

_MAINTAIN_SECONDS: Final = 1.0
_DRAIN_SECONDS: Final = 5.0


class IndexProcess:
    """Accepts until `stop`, or until nobody has been connected for `idle_exit` seconds (0: never)."""

    def __init__(self, store: EdgeStore, listener: socket.socket, key: bytes, idle_exit: float) -> None:
        self._store = store
        self._handler = Handler(store, alone=lambda: self._busy == 1)
        self._listener = listener
        self._key = key
        self._idle_exit = idle_exit
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._connected = 0
        self._busy = 0
        self._last_seen = time.monotonic()

    def stop(self) -> None:
        self._stopping.set()

    def run(self) -> None:
        maintenance = threading.Thread(target=self._maintain, name="maintenance", daemon=True)
        maintenance.start()
        self._listener.settimeout(0.2)
        while not self._stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except TimeoutError:
                self._stop_if_idle()
                continue
            with self._lock:
                self._connected += 1
            threading.Thread(target=self._converse, args=(sock,), daemon=True).start()
        self._listener.close()
        deadline = time.monotonic() + _DRAIN_SECONDS
        while self._busy and time.monotonic() < deadline:
            time.sleep(0.01)
        self._store.close()

    def _stop_if_idle(self) -> None:
        with self._lock:
            if self._connected:
                self._last_seen = time.monotonic()
        if self._idle_exit and time.monotonic() - self._last_seen > self._idle_exit:
            log.info("nobody connected for %.0f s: exiting", self._idle_exit)
            self.stop()

    def _converse(self, sock: socket.socket) -> None:
        try:
            link = Link(sock)
            with contextlib.closing(link):
                link.admit(self._key)
                while not self._stopping.is_set():
                    request = link.receive()
                    with self._lock:
                        self._busy += 1
                    try:
                        link.send(self._handler.answer(request, link))
                    finally:
                        with self._lock:
                            self._busy -= 1
        except OSError as error:
            log.debug("connection ended: %s", error)
        finally:
            with self._lock:
                self._connected -= 1
                self._last_seen = time.monotonic()

    def _maintain(self) -> None:
        while not self._stopping.wait(_MAINTAIN_SECONDS):
            try:
                self._store.maintain()
            except Exception:
                log.exception("index maintenance failed; it is tried again")


def serve(root: Path, host: str, port: int, key_file: Path | None, idle_exit: float, compact_after: int) -> int:
    """Own `root` until told to stop; the exit code. Everything slow is done before the address is announced."""
    held = owner.lock(root)
    if held is None:
        log.info("another process owns %s", root)
        return owner.EXIT_OWNED
    with held:
        here = key_file is None and not port and ipaddress.ip_address(socket.gethostbyname(host)).is_loopback
        if key_file is not None:
            key = key_file.read_bytes().strip()
        else:
            key = owner.make_key(root) if here else owner.derived_key(get_settings())
        owner.withdraw(root)
        store = EdgeStore(root, compact_after)
        listener, address = listen_here() if here else listen_at(host, port)
        with listener:
            process = IndexProcess(store, listener, key, idle_exit)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: process.stop())
            gc.collect()
            gc.freeze()  # what is loaded stays: no search waits while it is looked through
            owner.announce(root, owner.Owner(*address, os.getpid()))
            log.info("index process %d owns %s, at %s port %d", os.getpid(), root, *address)
            process.run()
        owner.withdraw(root)
    return 0


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m retrieval.index.process", description="Own and serve an index.")
    parser.add_argument("--dir", type=Path, required=True, help="index directory")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="0: for this host only, named in owner.json")
    parser.add_argument("--authkey-file", type=Path, help="shared key; otherwise derived from COPILOT_SECRET_KEY")
    parser.add_argument("--idle-exit", type=float, default=0.0, help="seconds without clients until it exits; 0: never")
    parser.add_argument("--compact-after", type=int, default=COMPACT_AFTER, help="points written before a compaction")
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s", stream=sys.stderr)
    sys.setswitchinterval(0.001)  # a waiting search gets Python's lock from a busy writer within 1 ms
    root = options.dir.expanduser().resolve()
    try:
        return serve(root, options.host, options.port, options.authkey_file, options.idle_exit, options.compact_after)
    except CopilotError as error:
        log.error("%s", error.message)
        return 1


if __name__ == "__main__":
    sys.exit(main())

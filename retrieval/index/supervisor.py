"""Keeps the index process alive beside a server: starts it, restarts it after a kill, stops it at shutdown."""

from __future__ import annotations

import contextlib
import logging
import subprocess
import threading
from pathlib import Path
from typing import Final

from core.errors import CopilotError
from core.settings import Settings
from retrieval.index import handler as protocol
from retrieval.index.connect import IDLE_EXIT_SECONDS, dial_owner
from retrieval.index.link import Link

log = logging.getLogger(__name__)

_START_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 10.0
_HANG_SECONDS: Final = 30.0  # loading a large shard takes seconds; a process silent for longer is stuck


class Supervisor:
    """Use as a context manager around the server's life. Does nothing when others run the index.

    Its open connection also keeps a process that a command started on demand from leaving when idle; only a process
    that this supervisor started is stopped by it. After a kill -9 of the server the process leaves by itself.
    """

    def __init__(self, settings: Settings, interval: float = 0.5) -> None:
        self._root: Path | None = None if settings.qdrant_url or settings.index_address else settings.index_dir
        self._interval = interval
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._link: Link | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Returns when the index serves. Raises Unavailable or ConfigurationError when it cannot be started."""
        if self._root is None or self._thread is not None:
            return
        self._stopping.clear()
        self._connect(self._root)
        self._thread = threading.Thread(target=self._watch, args=(self._root,), name="index-supervisor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _connect(self, root: Path) -> None:
        self._link = dial_owner(root, IDLE_EXIT_SECONDS, _START_SECONDS, self._started)
        self._link.timeout(_HANG_SECONDS)

    def _started(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def _watch(self, root: Path) -> None:
        while not self._stopping.wait(self._interval):
            try:
                if self._link is None:
                    self._connect(root)
                    log.warning("the index process was gone and is back")
                    continue
                self._link.send(protocol.encode_request(protocol.INFO, b""))
                self._link.receive()
            except OSError as error:
                self._lose(error)
            except CopilotError as error:
                log.error("%s", error.message)

    def _lose(self, error: OSError) -> None:
        log.warning("lost the index process: %s", error)
        if self._link is not None:
            self._link.close()
            self._link = None
        if self._process is not None:
            if isinstance(error, TimeoutError):
                self._process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(1.0)
                self._process = None

    def __enter__(self) -> Supervisor:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

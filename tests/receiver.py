"""A shop's system that takes our replies: a real HTTP server, with a script of answers and a count of what arrived."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """`answers` are statuses given in turn, then 200 for ever; "hang" keeps the connection open without an answer."""

    def __init__(self) -> None:
        self.answers: list[int | str] = []
        self.received: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.delay = 0.0  # seconds before each answer
        self.released = threading.Event()
        self._lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                with receiver._lock:
                    answer = receiver.answers.pop(0) if receiver.answers else 200
                    if answer in (200, "hang", 500):
                        receiver.received.append(json.loads(body))
                        receiver.headers.append(
                            {**{k.lower(): v for k, v in self.headers.items()}, "body": body.decode()}
                        )
                if answer == "hang":
                    receiver.released.wait(20)
                    return
                time.sleep(receiver.delay)
                self.send_response(int(answer))
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}/replies"

    def counts(self) -> Counter[str]:
        """How often each reply arrived: more than once is the failure that nobody may see."""
        with self._lock:
            return Counter(item["data"]["id"] for item in self.received)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.start()
    try:
        yield receiver
    finally:
        receiver.stop()

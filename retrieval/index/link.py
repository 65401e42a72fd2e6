"""A connection between client and index process: mutual proof of the key, then length-prefixed frames.

Over TCP, or on Linux over a Unix socket with an abstract name, which is faster than TCP's loopback and leaves no file
behind; a host that begins with "@" is such a name. Whoever can reach it must know the key, which never travels; frames
are not encrypted, so beyond one host the network must be private (a compose network).
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import secrets
import select
import socket
import struct
import sys
from collections.abc import Callable
from functools import partial
from typing import Final

from retrieval.index.spin import Spinner, available_cores

_HEAD: Final = struct.Struct("<I")
_MAGIC: Final = b"copilot-index-2\n"
_NONCE: Final = 32
_PROOF: Final = 32
_MAX_FRAME: Final = 1 << 28  # bytes; a batch of points is far below
_READ: Final = 1 << 16  # larger ones are mapped and unmapped by the allocator for every answer
_WAIT: Final = struct.Struct("@ll")  # struct timeval: seconds, microseconds; none for ever
HANDSHAKE_SECONDS: Final = 5.0
_BACKLOG: Final = 128
_ABSTRACT: Final = "@"
_SPINNER: Final = Spinner(available_cores())

Address = tuple[str, int]  # host and port, as `Link.dial` takes them


class KeyMismatch(ConnectionError):
    """The other side does not know our key: another secret, or another program at that address."""


def listen_here() -> tuple[socket.socket, Address]:
    """A listener for processes of this host."""
    if sys.platform != "linux":
        return listen_at("127.0.0.1", 0)
    listener = socket.socket(socket.AF_UNIX)
    name = f"copilot-index-{secrets.token_hex(8)}"
    listener.bind("\0" + name)
    listener.listen(_BACKLOG)
    return listener, (_ABSTRACT + name, 0)


def listen_at(host: str, port: int) -> tuple[socket.socket, Address]:
    """Port 0: any free one."""
    listener = socket.create_server((host, port), backlog=_BACKLOG)
    return listener, (host, listener.getsockname()[1])


def dialed(host: str, port: int) -> socket.socket:
    """A connection on which nothing has been proved yet."""
    if not host.startswith(_ABSTRACT):
        return socket.create_connection((host, port), timeout=HANDSHAKE_SECONDS)
    sock = socket.socket(socket.AF_UNIX)
    try:
        sock.settimeout(HANDSHAKE_SECONDS)
        sock.connect("\0" + host.removeprefix(_ABSTRACT))
    except BlockingIOError as error:  # a full backlog, where TCP would wait
        sock.close()
        raise TimeoutError("The other side takes no more connections.") from error
    except BaseException:
        sock.close()
        raise
    return sock


def _proof(key: bytes, role: bytes, theirs: bytes, ours: bytes) -> bytes:
    return hmac.new(key, _MAGIC + role + theirs + ours, hashlib.sha256).digest()


class Link:
    """Not for two threads at once. Every failure is an OSError (ConnectionError, TimeoutError …)."""

    def __init__(self, sock: socket.socket) -> None:
        self._readable: Callable[[], object] | None = None  # where the other side is on this host
        if sock.family == socket.AF_UNIX:
            poll = select.poll()
            poll.register(sock, select.POLLIN)
            self._readable = partial(poll.poll, 0)
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._buffer = b""

    @classmethod
    def dial(cls, host: str, port: int, key: bytes, timeout: float) -> Link:
        """Connect and prove the key both ways; later each wait is bounded by `timeout` seconds."""
        link = cls(dialed(host, port))
        try:
            ours = secrets.token_bytes(_NONCE)
            link._sock.sendall(_MAGIC + ours)
            answer = link._exactly(_NONCE + _PROOF)
            theirs, proof = answer[:_NONCE], answer[_NONCE:]
            if not hmac.compare_digest(proof, _proof(key, b"server", ours, theirs)):
                raise KeyMismatch("The process at this address does not have our key.")
            link._sock.sendall(_proof(key, b"client", theirs, ours))
            if link.receive() != b"ok":
                raise KeyMismatch("The process at this address refused our key.")
        except BaseException:
            link.close()
            raise
        link.timeout(timeout)
        return link

    def admit(self, key: bytes) -> None:
        """The server's half. Raises KeyMismatch; nothing that a stranger sent is interpreted before."""
        self._sock.settimeout(HANDSHAKE_SECONDS)
        hello = self._exactly(len(_MAGIC) + _NONCE)
        if not hello.startswith(_MAGIC):
            raise KeyMismatch("Not an index client.")
        theirs, ours = hello[len(_MAGIC) :], secrets.token_bytes(_NONCE)
        self._sock.sendall(ours + _proof(key, b"server", theirs, ours))
        if not hmac.compare_digest(self._exactly(_PROOF), _proof(key, b"client", ours, theirs)):
            raise KeyMismatch("The client does not have our key.")
        self.send(b"ok")
        self._sock.settimeout(None)

    def timeout(self, seconds: float | None) -> None:
        """The longest that one wait may take; kept by the kernel, since Python's own polls before every call."""
        self._sock.settimeout(None)
        microseconds = 0 if seconds is None else max(1, round(seconds * 1e6))
        wait = _WAIT.pack(*divmod(microseconds, 1_000_000))
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, wait)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, wait)

    def send(self, frame: bytes) -> None:
        try:
            self._sock.sendall(_HEAD.pack(len(frame)) + frame)
        except BlockingIOError as error:
            raise TimeoutError("The other side takes nothing.") from error

    def spin(self, alone: Callable[[], bool], seconds: float) -> None:
        """Before `receive`, where the next frame is due within `seconds`: see `Spinner.wait`."""
        if self._readable is not None and not self._buffer:
            _SPINNER.wait(self._readable, alone, seconds)

    def receive(self) -> bytes:
        """The next frame. Raises ConnectionError when the other side has gone."""
        data = self._buffer or self._read()
        while len(data) < _HEAD.size:
            data += self._read()
        size = _HEAD.unpack_from(data)[0]
        if size > _MAX_FRAME:
            raise ConnectionError(f"A frame of {size} bytes was announced; at most {_MAX_FRAME} are allowed.")
        end = _HEAD.size + size
        if len(data) < end:
            parts, have = [data], len(data)
            while have < end:
                parts.append(self._read())
                have += len(parts[-1])
            data = b"".join(parts)
        self._buffer = data[end:]
        return data[_HEAD.size : end]

    def _read(self) -> bytes:
        try:
            data = self._sock.recv(_READ)
        except BlockingIOError as error:
            raise TimeoutError("The other side does not answer.") from error
        if not data:
            raise ConnectionError("The other side closed the connection.")
        return data

    def _exactly(self, size: int) -> bytes:
        while len(self._buffer) < size:
            self._buffer += self._read()
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data

    def hang_up(self, seconds: float) -> None:
        """Say that nothing more comes, and wait until the other side has put away what it was at and closed."""
        with contextlib.suppress(OSError):
            self._sock.settimeout(seconds)
            self._sock.shutdown(socket.SHUT_WR)
            while self._sock.recv(_READ):
                pass
        self.close()

    def close(self) -> None:
        self._sock.close()

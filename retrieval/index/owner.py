"""Who owns an index directory: the lock, the address it can be reached at, and the key to talk to it.

owner.lock   locked (flock) for as long as the owner lives; the kernel lets go of it on any death
owner.json   {"host", "port", "pid", "directory"}: written when the owner is ready, so it may be stale after a kill;
             in a copy of the directory it names the process of the original, which `find` does not take for an owner
authkey      32 random bytes, mode 0600
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import hmac
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Final

import orjson

from core.errors import ConfigurationError, Unavailable
from core.settings import DEFAULT_SECRET, Settings

EXIT_OWNED: Final = 3  # exit code of an index process whose directory has an owner
_LOCK: Final = "owner.lock"
_OWNER: Final = "owner.json"
_KEY: Final = "authkey"
_START_LOCK: Final = "start.lock"


@dataclass(frozen=True, slots=True)
class Owner:
    host: str
    port: int
    pid: int
    directory: str = ""  # "": announced by a version that did not say


def _identity(root: Path) -> str:
    """Stays the same when the directory is moved, and is another one for a copy."""
    found = root.stat()
    return f"{found.st_dev}:{found.st_ino}"


def lock(root: Path) -> IO[bytes] | None:
    """The owner's lock, held until the file is closed; None when another process holds it."""
    root.mkdir(parents=True, exist_ok=True)
    file = (root / _LOCK).open("ab")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return None
    return file


def is_owned(root: Path) -> bool:
    held = lock(root)
    if held is None:
        return True
    held.close()
    return False


@contextlib.contextmanager
def starting(root: Path, patience: float) -> Iterator[None]:
    """One starter at a time. Raises Unavailable when another is still at it after `patience` seconds."""
    root.mkdir(parents=True, exist_ok=True)
    deadline = time.monotonic() + patience
    with (root / _START_LOCK).open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise Unavailable(
                        f"Another process has been starting the index in {root} for {patience:.0f} s. "
                        f"See {root / 'process.log'}."
                    ) from None
                time.sleep(0.02)
        yield


def announce(root: Path, owner: Owner) -> None:
    temporary = root / (_OWNER + ".new")
    temporary.write_bytes(orjson.dumps(asdict(replace(owner, directory=_identity(root)))))
    temporary.replace(root / _OWNER)


def withdraw(root: Path) -> None:
    (root / _OWNER).unlink(missing_ok=True)


def find(root: Path) -> Owner | None:
    """The announced owner; it may have died since."""
    try:
        found = Owner(**orjson.loads((root / _OWNER).read_bytes()))
        return found if found.directory in ("", _identity(root)) else None
    except (FileNotFoundError, orjson.JSONDecodeError, TypeError):
        return None


def read_key(root: Path) -> bytes:
    """Raises Unavailable when the key is not there (no owner yet) or belongs to another user."""
    path = root / _KEY
    try:
        return path.read_bytes()
    except FileNotFoundError:
        raise Unavailable(f"The index in {root} has no owner yet.") from None
    except PermissionError:
        raise Unavailable(f"{path} belongs to another user. Run this as the user who runs the server.") from None


def make_key(root: Path) -> bytes:
    """The key of this directory, made on first use. Call with the owner's lock held."""
    path = root / _KEY
    if not path.exists():
        temporary = root / (_KEY + ".new")
        temporary.unlink(missing_ok=True)
        with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(32))
        temporary.replace(path)
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return path.read_bytes()


def derived_key(settings: Settings) -> bytes:
    """Key for an index process that other hosts reach: both sides derive it from COPILOT_SECRET_KEY.

    Raises ConfigurationError for the default secret, which everybody knows.
    """
    secret = settings.secret_key.get_secret_value()
    if secret == DEFAULT_SECRET or len(secret) < 32:
        raise ConfigurationError(
            "An index process that is reached by address needs a secret of its own: set COPILOT_SECRET_KEY (32 or more "
            "characters) to the same value for it and for its clients."
        )
    return hmac.new(secret.encode(), b"copilot index process", hashlib.sha256).digest()

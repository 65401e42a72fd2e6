"""Files of any size beside the database, under keys that nobody can guess."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from core.errors import NotFound, TooLarge

CHUNK = 256 * 1024  # bytes
HEAD = 4096  # bytes of a file's beginning that tell its type
_KEY = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class StoredFile:
    """`head`: its first HEAD bytes; `sha256` in hexadecimal; `size` in bytes."""

    key: str
    size: int
    sha256: str
    head: bytes


class FileStore:
    """A folder of files. Each has a random key, so two uploads of the same bytes never share a fate."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def save(self, source: BinaryIO, limit: int) -> StoredFile:
        """Keep what `source` gives, a chunk at a time. Raises TooLarge past `limit` bytes, leaving nothing behind."""
        key = secrets.token_hex(16)
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        digest, size, head = hashlib.sha256(), 0, b""
        unfinished = path.with_suffix(".part")
        try:
            with unfinished.open("wb") as target:
                while chunk := source.read(CHUNK):
                    size += len(chunk)
                    if size > limit:
                        raise TooLarge(f"The file is larger than {limit} bytes. Send a smaller one.", limit=limit)
                    head = (head + chunk)[:HEAD] if len(head) < HEAD else head
                    digest.update(chunk)
                    target.write(chunk)
                target.flush()
                os.fsync(target.fileno())
            unfinished.rename(path)
        finally:
            unfinished.unlink(missing_ok=True)
        return StoredFile(key, size, digest.hexdigest(), head)

    def path(self, key: str) -> Path:
        """Where the file is. Raises NotFound when it is gone."""
        path = self._path(key)
        if not path.is_file():
            raise NotFound("The file is no longer there.")
        return path

    def delete(self, key: str) -> None:
        """Nothing happens when it is gone already."""
        self._path(key).unlink(missing_ok=True)

    def older_than(self, seconds: float) -> Iterator[str]:
        """Keys of files that were last written before that, and what was left of interrupted uploads is removed."""
        limit = time.time() - seconds
        for path in self._folder.glob("*/*"):
            try:
                old = path.stat().st_mtime < limit
            except FileNotFoundError:  # somebody else removed it at this moment
                continue
            if old and path.suffix == ".part":
                path.unlink(missing_ok=True)
            elif old and _KEY.fullmatch(path.name):
                yield path.name

    def _path(self, key: str) -> Path:
        if not _KEY.fullmatch(key):
            raise NotFound("There is no such file.")
        return self._folder / key[:2] / key

"""The files of an embedded index: which generation serves, and what a crash may have left behind.

current.json            the serving generation; replaced atomically
shards/000007-3fa1c2/   its Edge shard
spool-*, journal-*      of a rebuild that is running (or was killed)
"""

from __future__ import annotations

import os
import secrets
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

import orjson

from core.errors import ConfigurationError
from retrieval.index.sparse_vector import SPARSE_VERSION

CURRENT: Final = "current.json"


@dataclass(frozen=True, slots=True)
class Generation:
    """`built` is the number of points that the last build optimized; what came later is searched by brute force."""

    number: int
    directory: str
    dimension: int
    model_version: str
    sparse_version: str = SPARSE_VERSION
    built: int = 0


class Layout:
    """Paths below the index directory."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.shards = root / "shards"
        self.shards.mkdir(parents=True, exist_ok=True)

    def read(self) -> Generation | None:
        """None for an index that was never written. Raises ConfigurationError when the file cannot be understood."""
        path = self.root / CURRENT
        try:
            return Generation(**orjson.loads(path.read_bytes()))
        except FileNotFoundError:
            return None
        except (orjson.JSONDecodeError, TypeError) as error:
            raise ConfigurationError(
                f"{path} is damaged ({error}). The index is only a cache: delete {self.root} and run `copilot reindex`."
            ) from error

    def write(self, generation: Generation) -> None:
        temporary = self.root / (CURRENT + ".new")
        with temporary.open("wb") as file:
            file.write(orjson.dumps(asdict(generation)))
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self.root / CURRENT)

    def new_directory(self, number: int) -> str:
        """A name never used before: a builder orphaned by a crash cannot write into the next attempt's shard."""
        return f"{number:06d}-{secrets.token_hex(4)}"

    def scratch(self, kind: str) -> Path:
        return self.root / f"{kind}-{secrets.token_hex(4)}"

    def remove(self, directory: str) -> None:
        shutil.rmtree(self.shards / directory, ignore_errors=True)

    def clean(self, keep: Generation | None) -> None:
        """Remove what interrupted rebuilds left."""
        for path in self.shards.iterdir():
            if keep is None or path.name != keep.directory:
                shutil.rmtree(path, ignore_errors=True)
        for kind in ("spool-", "journal-"):
            for path in self.root.glob(kind + "*"):
                path.unlink(missing_ok=True)

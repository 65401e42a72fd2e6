"""An adapter on disk: `adapter.json` (what it is) and `adapter.npz` (its matrices). Loading runs no code.

As with classifiers, no pickle: arrays are read with allow_pickle=False, and the version is the digest of what was read,
so that half a write or a mixed pair is noticed.
"""

from __future__ import annotations

import io
import json
import os
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from core.errors import ConfigurationError, InvalidInput
from retrieval.adapter.model import QueryAdapter

FORMAT = 1
SPEC, WEIGHTS = "adapter.json", "adapter.npz"


def save(adapter: QueryAdapter, folder: Path) -> str:
    """Write the adapter into `folder` (made if missing, replaced file by file). Returns its version."""
    buffer = io.BytesIO()
    np.savez(buffer, allow_pickle=False, down=adapter.down, up=adapter.up)
    spec = {"format": FORMAT, "version": adapter.version, "encoder_version": adapter.encoder_version}
    folder.mkdir(parents=True, exist_ok=True)
    _replace(folder / WEIGHTS, buffer.getvalue())
    _replace(folder / SPEC, json.dumps(spec, indent=1).encode())
    return adapter.version


def load(folder: Path) -> QueryAdapter:
    """Read what `save` wrote. Raises ConfigurationError when files are missing, damaged or of another format."""
    try:
        spec = json.loads((folder / SPEC).read_text(encoding="utf-8"))
        if spec["format"] != FORMAT:
            raise ValueError(f"format {spec['format']}")
        with np.load(folder / WEIGHTS, allow_pickle=False) as file:
            adapter = QueryAdapter(file["down"], file["up"], str(spec["encoder_version"]))
        if adapter.version != spec["version"]:
            raise ValueError("the matrices are not those that were saved")
    except (OSError, KeyError, TypeError, ValueError, BadZipFile, InvalidInput) as error:
        raise ConfigurationError(f"The adapter in {folder} cannot be read ({error}). Train it again.") from None
    return adapter


def _replace(path: Path, data: bytes) -> None:
    """Write aside and rename, so that a reader never sees half a file."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.write_bytes(data)
    aside.replace(path)

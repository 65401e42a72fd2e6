"""Unpack a zip of documents: only what can be read, no bigger than it may be, and nowhere but in the folder given."""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath
from typing import IO

from core.archives import UNREADABLE
from core.errors import InvalidInput
from knowledge.imports.sources import HTML, MARKDOWN

MAX_FILES = 5_000
MAX_FILE = 5_000_000  # bytes of a document
MAX_TOTAL = 200_000_000  # bytes of all: a small zip may hold a very large nothing
_UTF8 = 0x800  # flag bit 11 of a zip entry: its name is UTF-8


def unpack(path: Path, folder: Path) -> Path:
    """Write the Markdown and HTML files below `folder`, as the archive has them; hidden ones are left out.

    Returns the folder to import, of the archive's name: it begins the ids, as any imported folder's name does. Raises
    InvalidInput when the archive cannot be read, is encrypted or holds more than the limits above. Sizes are counted
    while unpacking: what an archive says of itself may be a lie.
    """
    root = folder / (path.stem or "archive")
    root.mkdir(parents=True)
    try:
        with zipfile.ZipFile(path) as archive:
            _unpack(archive, root, MARKDOWN + HTML)
    except (*UNREADABLE, OSError) as error:
        raise InvalidInput(
            f"{path.name} cannot be unpacked ({error}): make a plain zip without a password.", field="file"
        ) from error
    return root


def _unpack(archive: zipfile.ZipFile, folder: Path, suffixes: tuple[str, ...]) -> None:
    left, files = MAX_TOTAL, 0
    for entry in archive.infolist():
        parts = PurePosixPath(_name(entry).replace("\\", "/")).parts
        wanted = not entry.is_dir() and parts and parts[-1].lower().endswith(suffixes)
        if not wanted or any(part.startswith(".") or part in ("__MACOSX", "/") or ":" in part for part in parts):
            continue
        files += 1
        if files > MAX_FILES:
            raise InvalidInput(f"The archive has more than {MAX_FILES} documents: import it in parts.", field="file")
        target = folder.joinpath(*parts)
        target.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(entry) as source, target.open("wb") as file:
            left -= _copy(source, file, min(MAX_FILE, left), "/".join(parts))


def _copy(source: IO[bytes], target: IO[bytes], limit: int, name: str) -> int:
    """Bytes written. Raises InvalidInput beyond `limit`."""
    written = 0
    while block := source.read(1 << 16):
        written += len(block)
        if written > limit:
            raise InvalidInput(
                f"{name} is too large: a document may have {MAX_FILE:,} bytes, all of them {MAX_TOTAL:,}.",
                field="file",
            )
        target.write(block)
    return written


def _name(entry: zipfile.ZipInfo) -> str:
    """The entry's name; Windows in China writes GBK without saying so, which Python reads as cp437."""
    if entry.flag_bits & _UTF8:
        return entry.filename
    raw = entry.orig_filename.encode("cp437", errors="ignore")
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return entry.filename

"""ZIP files as tests need them."""

from __future__ import annotations

import io
import zipfile

_HEADER = 30  # bytes before a member's name


def damaged_zip(name: str) -> bytes:
    """One member whose compressed data cannot be decompressed; the directory is whole."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, "退货要几天？" * 50)
    data = bytearray(packed.getvalue())
    data[_HEADER + len(name)] ^= 0x06  # the kind of the first block
    return bytes(data)

"""What Python raises for a ZIP that cannot be read: `zipfile` documents the first only."""

from __future__ import annotations

import zipfile
import zlib
from typing import Final

UNREADABLE: Final = (
    zipfile.BadZipFile,  # no ZIP at all, or a checksum is wrong
    RuntimeError,  # a password is asked for; a compression that is not known (NotImplementedError)
    EOFError,  # cut off within a member
    zlib.error,  # a member's data are damaged
    ValueError,  # a place outside of the file is named
)

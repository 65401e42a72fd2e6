"""What the browser must load: gzipped bytes, read from what Vite built.

    python -m evals.bench.web

The console's first load is the entry and everything that it and the inbox import statically, in one language. Other
rooms are loaded when they are visited.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any, Final

from core.errors import ConfigurationError
from evals.bench.figures import Figure, at_most

DIST = Path(__file__).resolve().parents[2] / "web" / "dist"
CONSOLE_BYTES: Final = 350_000
WIDGET_BYTES: Final = 40_000
LEVEL: Final = 6  # of gzip, as web servers have it
_INBOX = "src/features/inbox/InboxPage.tsx"


def _gzipped(path: Path) -> int:
    return len(gzip.compress(path.read_bytes(), LEVEL))


def _manifest() -> dict[str, Any]:
    path = DIST / "console" / ".vite" / "manifest.json"
    if not path.is_file():
        raise ConfigurationError("The console is not built. Run `make web`.")
    manifest: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return manifest


def _with_imports(manifest: dict[str, Any], keys: list[str]) -> set[str]:
    """Files of these chunks and of all that they import statically."""
    files: set[str] = set()
    waiting = list(keys)
    seen: set[str] = set()
    while waiting:
        key = waiting.pop()
        if key in seen:
            continue
        seen.add(key)
        chunk = manifest[key]
        files.add(chunk["file"])
        waiting += chunk.get("imports", [])
    return files


def console_first_load() -> int:
    """Bytes of JavaScript until the inbox stands; an opened ticket is loaded after it."""
    manifest = _manifest()
    entries = [key for key, chunk in manifest.items() if chunk.get("isEntry")]
    rooms = [_INBOX]
    texts = [f"locales/zh-CN/{name}.json" for name in ("common", "inbox")]
    return sum(_gzipped(DIST / "console" / file) for file in _with_imports(manifest, [*entries, *rooms, *texts]))


def widget_size() -> int:
    path = next((file for file in DIST.rglob("widget.js")), None)
    if path is None:
        raise ConfigurationError("The widget is not built. Run `make web`.")
    return _gzipped(path)


def figures() -> list[Figure]:
    return [
        at_most("console_first_load", console_first_load() / 1000, "kB gzipped JavaScript", CONSOLE_BYTES / 1000),
        at_most("widget_size", widget_size() / 1000, "kB gzipped", WIDGET_BYTES / 1000),
    ]


if __name__ == "__main__":
    for one in figures():
        print(json.dumps(one))

"""`/widget.js`: the chat for other people's pages, one file that Vite built (web/dist/widget)."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from core.errors import NotFound

router = APIRouter(include_in_schema=False)
BUILT = Path(__file__).resolve().parents[2] / "web" / "dist" / "widget" / "widget.js"
# Pages keep it for an hour and ask again beside using it; with ?v=… it never changes.
_KEPT = "public, max-age=3600, stale-while-revalidate=86400"
_FOREVER = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Script:
    plain: bytes
    packed: bytes
    digest: str


@lru_cache(maxsize=2)
def _script(path: Path, changed: float) -> Script:
    plain = path.read_bytes()
    return Script(plain, gzip.compress(plain, 9, mtime=0), sha256(plain).hexdigest()[:16])


def script() -> Script:
    """Raises NotFound when it is not built."""
    if not BUILT.is_file():
        raise NotFound("The widget has not been built: run `make web`.")
    return _script(BUILT, BUILT.stat().st_mtime)


@router.api_route("/widget.js", methods=["GET", "HEAD"])
def widget(request: Request, v: str | None = None) -> Response:
    """Any page may load it; which pages may use a chat is the chat's own list of origins."""
    found = script()
    packed = "gzip" in request.headers.get("accept-encoding", "")
    etag = f'"{found.digest}{"-gz" if packed else ""}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept-Encoding",
        "Cache-Control": _FOREVER if v == found.digest else _KEPT,
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
    }
    if etag in {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    if packed:
        headers["Content-Encoding"] = "gzip"
    return Response(found.packed if packed else found.plain, media_type="text/javascript", headers=headers)

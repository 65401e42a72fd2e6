"""The console: files that Vite built (web/dist/console), the page with a nonce of its own for each request."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from secrets import token_urlsafe

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response

from core.errors import NotFound

router = APIRouter(include_in_schema=False)
BUILT = Path(__file__).resolve().parents[2] / "web" / "dist" / "console"
NONCE = "CSP_NONCE"  # what web/vite.config.ts puts where the nonce goes
_NOT_BUILT = (
    "<!doctype html><meta charset=utf-8><title>Support Copilot</title>"
    "<p>控制台尚未构建：请运行 <code>make web</code>，然后刷新。</p>"
    "<p>The console has not been built: run <code>make web</code>, then reload.</p>"
)


def policy(nonce: str) -> str:
    """Content-Security-Policy of the console: our own files; styles that carry the nonce; pictures of this origin.

    `blob:` and `data:` pictures are previews of what the agent attaches and the pictures inside Ant Design's styles.
    Style attributes come from React's style property, which is set by script and needs no permission.
    """
    return (
        "default-src 'none'; script-src 'self'; connect-src 'self'; "
        f"style-src 'self' 'nonce-{nonce}'; img-src 'self' data: blob:; font-src 'self'; manifest-src 'self'; "
        "frame-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


@lru_cache(maxsize=4)
def _page(built: Path, changed: float) -> str:
    return built.read_text(encoding="utf-8")


@router.get("/")
def home() -> Response:
    return RedirectResponse("/console/")


@router.get("/console")
def console_home() -> Response:
    return RedirectResponse("/console/")


@router.get("/console/{path:path}")
def console(path: str) -> Response:
    """A built file, or the page for every address of the console. Raises NotFound for a file that is not there."""
    file = BUILT / path
    if path and file.resolve().is_relative_to(BUILT) and file.is_file() and file.name != "index.html":
        hashed = path.startswith("assets/")
        keep = "public, max-age=31536000, immutable" if hashed else "public, max-age=3600"
        return FileResponse(file, headers={"Cache-Control": keep})
    if path.startswith("assets/"):
        raise NotFound("This file belongs to another version of the console. Reload the page.")
    index = BUILT / "index.html"
    nonce = token_urlsafe(16)
    headers = {"Content-Security-Policy": policy(nonce), "Cache-Control": "no-store"}
    if not index.is_file():
        return HTMLResponse(_NOT_BUILT, 503, headers=headers)
    return HTMLResponse(_page(index, index.stat().st_mtime).replace(NONCE, nonce), headers=headers)

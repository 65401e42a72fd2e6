"""How a page leaves: rendered, with its headers, and not again to whoever has it already."""

from __future__ import annotations

import gzip
import json
from hashlib import sha256
from importlib import resources
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from api.help import markdown, wording
from api.help.site import ROOT, Site
from core.errors import NotFound

_ASSETS = resources.files("api.help") / "static"
_TYPES = {"css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml"}
# Browsers and caches keep a page and ask each time whether it still holds: a withdrawn article is gone at once.
_REVALIDATE = "public, no-cache"
_VARY = "Accept-Language, Accept-Encoding"
_WORTH_IT = 800  # bytes; below, compressing saves no packet
POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class _Assets:
    """The style sheet, the script and the icon, under names that change with what is in them."""

    def __init__(self) -> None:
        self.contents: dict[str, tuple[bytes, str]] = {}
        self.names: dict[str, str] = {}
        for file in ("help.css", "help.js", "icon.svg"):
            content = (_ASSETS / file).read_bytes()
            stem, kind = file.split(".")
            name = f"{stem}.{sha256(content).hexdigest()[:10]}.{kind}"
            self.contents[name] = (content, _TYPES[kind])
            self.names[file] = f"{ROOT}/static/{name}"


_assets = _Assets()


def _json_in_html(value: Any) -> Markup:
    """JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


_templates = Environment(
    loader=PackageLoader("api.help"),
    autoescape=select_autoescape(default=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
_templates.filters |= {"json": _json_in_html, "excerpt": markdown.excerpt}
_templates.globals |= {"asset": _assets.names, "native": wording.NATIVE}


def html(template: str, site: Site, **values: Any) -> str:
    """The template as text, with `t` for words and `day` for dates in the page's language."""

    def words(key: str, **slots: object) -> str:
        return wording.say(site.language, key, **slots)

    def day(at: Any) -> str:
        return wording.date(site.language, at)

    values = {"site_name": name_of(site), "contact": "", **values}
    return _templates.get_template(template).render(site=site, t=words, day=day, **values)


def name_of(site: Site) -> str:
    """What the help centre is called."""
    return " ".join(part for part in (site.title, wording.say(site.language, "help_centre")) if part)


def page(
    request: Request, template: str, site: Site, *, status: int = 200, keep: bool = True, **values: Any
) -> Response:
    """A whole page. `keep` False: it is somebody's question or vote, and no cache and no search engine keeps it."""
    body = html(template, site, indexed=keep and status == 200, **values).encode()
    headers = {"Content-Security-Policy": POLICY, "Content-Language": site.language}
    if keep and status == 200:
        return revalidated(request, body, "text/html; charset=utf-8", headers)
    headers |= {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}
    return _sent(request, body, "text/html; charset=utf-8", headers, status)


def revalidated(request: Request, body: bytes, media_type: str, headers: dict[str, str] | None = None) -> Response:
    """With an ETag of its content; 304 for whoever has just this."""
    # Weak: what is sent may be compressed.
    etag = f'W/"{sha256(body).hexdigest()[:20]}"'
    kept = {**(headers or {}), "ETag": etag, "Cache-Control": _REVALIDATE, "Vary": _VARY}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag.removeprefix("W/") in known or "*" in known:
        return Response(status_code=304, headers=kept)
    return _sent(request, body, media_type, kept)


def _sent(request: Request, body: bytes, media_type: str, headers: dict[str, str], status: int = 200) -> Response:
    """Compressed for whoever takes that; an article is a few kilobytes and takes no time."""
    headers = {**headers, "Vary": _VARY}
    if "gzip" in request.headers.get("accept-encoding", "") and len(body) > _WORTH_IT:
        body, headers["Content-Encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
    return Response(body, status, headers, media_type)


def asset(request: Request, name: str) -> Response:
    """Raises NotFound. The name has the content's digest in it, so it may be kept for ever."""
    if name not in _assets.contents:
        raise NotFound("There is no such file.")
    content, media_type = _assets.contents[name]
    return _sent(request, content, media_type, {"Cache-Control": "public, max-age=31536000, immutable"})


def fragment(template: str, site: Site, *, status: int = 200, **values: Any) -> Response:
    """A part of a page for the script to put into the one that is open."""
    return HTMLResponse(html(template, site, **values), status, {"Cache-Control": "no-store"})

"""What customers send as HTML (e-mail relays do): cleaned before it is stored, and again when it is shown.

nh3 keeps an allowed list of elements and attributes and drops the rest, scripts and forms with their content.
"""

from __future__ import annotations

import re
from html import unescape

import nh3

MAX_HTML = 400_000  # characters; a relay's signature images are links, so this is a very long letter
_TAGS = nh3.ALLOWED_TAGS - {"map", "area"}
_ATTRIBUTES = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h[1-6])\b[^>]*>", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n\s*\n\s*\n+")


def clean_html(html: str) -> str:
    """`html` without anything that runs, loads style or submits; links open elsewhere and tell nobody where from."""
    return nh3.clean(
        html.replace("\x00", ""),
        tags=_TAGS,
        clean_content_tags={"script", "style", "title", "form", "svg", "math", "iframe", "object"},
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
        strip_comments=True,
    )


def without_images(html: str) -> str:
    """Cleaned, and no image loads: a remote image tells its owner when and where a letter was read."""
    return nh3.clean(
        html,
        tags=_TAGS - {"img"},
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    )


def has_images(html: str) -> bool:
    """Of cleaned HTML: whether it has an image that would be loaded from elsewhere."""
    return re.search(r"<img\b[^>]*\bsrc=", html) is not None


def text_of(html: str) -> str:
    """The words of `html` with its line breaks, for search and for drafts."""
    spaced = _BREAKS.sub(lambda found: found[0] + "\n", html)
    bare = nh3.clean(spaced, tags=set(), clean_content_tags={"script", "style", "title"}, attributes={})
    lines = "\n".join(line.strip() for line in unescape(bare).splitlines())
    return _BLANK_LINES.sub("\n\n", lines).strip()

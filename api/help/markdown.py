"""An article's Markdown as safe HTML, its headings, and its first words as plain text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape, unescape
from typing import Any

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

_TAGS = {
    "a", "abbr", "b", "blockquote", "br", "code", "dd", "del", "dl", "dt", "em", "h2", "h3", "h4", "h5", "h6", "hr",
    "i", "img", "kbd", "li", "mark", "ol", "p", "pre", "s", "strong", "sub", "sup", "table", "tbody", "td", "th",
    "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt", "title", "width", "height"},
    "ol": {"start"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
}
_ALIGN = {"text-align:left": "left", "text-align:center": "center", "text-align:right": "right"}
_NOT_IN_AN_ID = re.compile(r"[^\w]+")
_NO_TEXT = re.compile(r"<img(?![^>]*\balt=)")  # written as HTML, and without a word for those who do not see it
_NO_SOURCE = re.compile(r"<img(?![^>]*\bsrc=)[^>]*>")
_LAST_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Heading:
    """`id` is the anchor's name; `level` 2 is the highest, since the title of the page is level 1."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """`html` is sanitised and may stand in a page as it is."""

    html: str
    headings: tuple[Heading, ...]


def _render_image(renderer: RendererHTML, tokens: Sequence[Token], at: int, options: OptionsDict, env: Any) -> str:
    """A picture from elsewhere would tell its host who reads what: it becomes a link."""
    token = tokens[at]
    source, text = str(token.attrGet("src") or ""), renderer.renderInlineAsText(token.children, options, env)
    if _ours(source):
        return f'<img src="{escape(source)}" alt="{escape(text)}">'
    return f'<a href="{escape(source)}">{escape(text or source)}</a>'


def _ours(source: str) -> bool:
    return source.startswith("/") and not source.startswith(("//", "/\\"))


_markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
_markdown.add_render_rule("image", _render_image)


def _attribute(tag: str, name: str, value: str) -> str | None:
    if tag == "img" and name == "src" and not _ours(value):
        return None
    if name == "id" and not value.startswith("s-"):
        return None
    return value


@lru_cache(maxsize=512)
def render(body: str) -> Rendered:
    """Remembered: a published version never changes."""
    tokens = _markdown.parse(body)
    headings = _lower_headings(tokens)
    for token in tokens:
        if token.type in ("td_open", "th_open"):
            align = _ALIGN.get(str(token.attrs.pop("style", "")))
            if align:
                token.attrSet("align", align)
    raw = _markdown.renderer.render(tokens, _markdown.options, {})
    clean = nh3.clean(
        raw,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        attribute_filter=_attribute,
        clean_content_tags={"script", "style"},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener nofollow",
    )
    clean = _NO_SOURCE.sub("", _NO_TEXT.sub('<img alt=""', clean))
    # Wide tables scroll by themselves, by keyboard too; nh3 leaves no other attribute on a table.
    html = clean.replace("<table>", '<div class="wide" tabindex="0" role="group"><table>').replace(
        "</table>", "</table></div>"
    )
    return Rendered(html, tuple(headings))


def _lower_headings(tokens: list[Token]) -> list[Heading]:
    """Headings begin at level 2 and step down one at a time, each with a name that a link can use."""
    levels = sorted({int(token.tag[1]) for token in tokens if token.type == "heading_open"})
    lowered = {level: min(2 + rank, _LAST_LEVEL) for rank, level in enumerate(levels)}
    found: list[Heading] = []
    for at, token in enumerate(tokens):
        if token.type not in ("heading_open", "heading_close"):
            continue
        level = lowered[int(token.tag[1])]
        token.tag = f"h{level}"
        if token.type == "heading_open":
            text = _text(tokens[at + 1]).strip()
            name = "s-" + (_NOT_IN_AN_ID.sub("-", text.lower()).strip("-") or str(len(found) + 1))
            while any(known.id == name for known in found):
                name += "-"
            token.attrSet("id", name)
            found.append(Heading(level, name, text))
    return found


def _text(token: Token) -> str:
    return "".join(
        " " if child.type in ("softbreak", "hardbreak") else child.content
        for child in token.children or ()
        if child.type in ("text", "code_inline", "softbreak", "hardbreak")
    )


@lru_cache(maxsize=4096)
def excerpt(body: str, length: int = 110) -> str:
    """The first words as plain text: of a paragraph or a list if there is one, else of whatever there is."""
    tokens = _markdown.parse(body)
    said: list[str] = []
    spare: list[str] = []
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type != "inline" or before is None or before.type == "heading_open":
            continue
        (said if before.type == "paragraph_open" else spare).append(_text(token).strip())
    joined = " ".join(filter(None, said)) or " · ".join(filter(None, spare))  # a table's cells are no sentence
    text = unescape(joined)
    text = " ".join(text.split())
    if len(text) <= length:
        return text
    cut = text[:length]
    if cut[-1].isascii() and " " in cut[length // 2 :]:
        cut = cut.rsplit(" ", 1)[0]
    return cut.rstrip(" ,;:，；：、。") + "…"

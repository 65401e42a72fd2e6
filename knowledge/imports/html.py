"""The main text of an HTML page as Markdown, so that it is cut into passages like any other article."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Comment, NavigableString, PageElement, Tag

_LEFT_OUT = (
    "script",
    "style",
    "noscript",
    "template",
    "nav",
    "header",
    "footer",
    "aside",
    "form",
    "button",
    "svg",
    "iframe",
)
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "section",
        "article",
        "main",
        "ul",
        "ol",
        "li",
        "table",
        "pre",
        "blockquote",
        "dl",
        "dt",
        "dd",
        "figure",
        "body",
    }
    | {f"h{level}" for level in range(1, 7)}
)
_SPACE = re.compile(r"[ \t\r\n\f]+")


def html_to_markdown(html: str) -> tuple[str, str]:
    """(title, Markdown): headings, paragraphs, lists, tables and links; navigation and scripts are left out.

    The title is the first h1 of the main text, else the page's `<title>`, else "".
    """
    soup = BeautifulSoup(html, "html.parser")
    head = soup.title.get_text(" ", strip=True) if soup.title else ""
    main = soup.find("main") or soup.find("article") or soup.find(role="main") or soup.body or soup
    for element in main.find_all(_LEFT_OUT):
        element.decompose()
    heading = main.find("h1")
    title = heading.get_text(" ", strip=True) if heading else head
    lines = "\n\n".join(block for block in _blocks(main) if block.strip())
    return _SPACE.sub(" ", title), f"{lines}\n" if lines else ""


def _blocks(element: Tag) -> Iterator[str]:
    inline: list[str] = []
    for child in element.children:
        if isinstance(child, Tag) and child.name in _BLOCKS:
            if text := _line(inline):
                yield text
            inline = []
            yield from _block(child)
        else:
            inline.append(_inline(child))
    if text := _line(inline):
        yield text


def _block(element: Tag) -> Iterator[str]:
    name = element.name
    if re.fullmatch(r"h[1-6]", name):
        yield f"{'#' * int(name[1])} {_line([_inline(element)])}"
    elif name in ("ul", "ol"):
        yield "\n".join(_items(element, ""))
    elif name == "table":
        yield _table(element)
    elif name == "pre":
        yield f"```\n{element.get_text().rstrip()}\n```"
    else:
        yield from _blocks(element)


def _items(element: Tag, indent: str) -> Iterator[str]:
    for number, item in enumerate(element.find_all("li", recursive=False), start=1):
        nested = item.find_all(["ul", "ol"], recursive=False)
        mark = f"{number}." if element.name == "ol" else "-"
        yield f"{indent}{mark} {_line([_inline(child) for child in item.children if child not in nested])}"
        for inner in nested:
            yield from _items(inner, indent + "    ")


def _table(element: Tag) -> str:
    rows = [
        [_line([_inline(cell)]).replace("|", "\\|").replace("\n", " ") for cell in row.find_all(["th", "td"])]
        for row in element.find_all("tr")
    ]
    rows = [row for row in rows if any(row)]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    if lines:
        lines.insert(1, f"|{' --- |' * len(rows[0])}")
    return "\n".join(lines)


def _inline(node: PageElement) -> str:
    if isinstance(node, Comment):
        return ""
    if isinstance(node, NavigableString):
        return str(node)
    if not isinstance(node, Tag):
        return ""
    if node.name == "br":
        return "\x00"
    text = "".join(_inline(child) for child in node.children)
    if node.name == "img":
        return str(node.get("alt") or "")
    if node.name in ("strong", "b") and text.strip():
        return f"**{text.strip()}**"
    target = str(node.get("href") or "") if node.name == "a" else ""
    return f"[{text.strip()}]({target})" if target.startswith(("http://", "https://")) and text.strip() else text


def _line(parts: list[str]) -> str:
    return "\n".join(_SPACE.sub(" ", piece).strip() for piece in "".join(parts).split("\x00")).strip()

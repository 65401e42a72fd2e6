"""Markdown files as people and static-site generators write them: front matter, title, and what is not text."""

from __future__ import annotations

import re
from typing import Any

import yaml

from core.errors import InvalidInput
from core.yaml_text import parse_yaml

_FRONT_MATTER = re.compile(r"\A\ufeff?---[ \t]*\r?\n(.*?)^---[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_FENCE = re.compile(r"^(?P<mark>```+|~~~+)[^\n]*\n.*?(?:^(?P=mark)[^\n]*(?:\n|\Z)|\Z)", re.S | re.M)
_HEADING = re.compile(r"^[ ]{0,3}#{1,2}[ \t]+(.+?)[ \t]*#*[ \t]*$", re.M)
_SITE = r"\{\{-?\s*site\.[^}]*\}\}"
_TAG = r"\{%[^%]*%\}"

# Jekyll/Liquid and kramdown: links to other sources keep their words, everything else is layout.
_IMAGE = re.compile(r"!\[([^\]]*)\]\([^()]*(?:\([^()]*\)[^()]*)*\)")
_SOURCE_LINK = re.compile(rf"\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^()]*(?:{_TAG}|{_SITE})[^()]*\)")
_REFERENCE = re.compile(rf"^[ \t]*\[[^\]]+\]:[^\n]*(?:{_TAG}|{_SITE})[^\n]*\n?", re.M)
_ATTRIBUTES = re.compile(r"\{::?[^}\n]*\}")
_LAYOUT_LINE = re.compile(rf"^[ \t]*(?:{_TAG}|{_SITE}|\{{::?[^}}\n]*\}})[ \t]*\n", re.M)
_LAYOUT = re.compile(rf"{_TAG}|{_SITE}")
_STYLING = re.compile(r"</?(?:span|div|center|font|u|small|a)\b[^>]*>", re.I)
_ROW_BREAK = re.compile(r"^(\s*\|.*)$", re.M)
_BREAK = re.compile(r"[ \t]*<br\s*/?>[ \t]*", re.I)
_BLANK_LINES = re.compile(r"\n{3,}")


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The YAML mapping between `---` lines at the beginning, and the text after it; ({}, text) without one.

    Raises InvalidInput when it stands there and cannot be read.
    """
    found = _FRONT_MATTER.match(text)
    if found is None:
        return {}, text
    try:
        values = parse_yaml(found.group(1))
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" in line {place.line + 2}" if place is not None else ""
        raise InvalidInput(
            f"The front matter is not valid YAML{line}: put quotes around a value that has a colon or a #.",
            field="front matter",
        ) from error
    if values is None:
        return {}, text[found.end() :]
    if not isinstance(values, dict):
        return {}, text  # two rules around a paragraph
    return {str(key).strip().lower(): value for key, value in values.items()}, text[found.end() :]


def clean(text: str) -> str:
    """Without the tags of Jekyll and kramdown and without HTML that only styles.

    Code fences stay as they are, except `{% raw %}` around them.
    """
    text = re.sub(r"\{%-?\s*(?:end)?raw\s*-?%\}[ \t]*\n?", "", text.replace("\r\n", "\n"))
    parts: list[str] = []
    position = 0
    for fence in _FENCE.finditer(text):
        parts += [_clean_prose(text[position : fence.start()]), fence.group()]
        position = fence.end()
    parts.append(_clean_prose(text[position:]))
    return _BLANK_LINES.sub("\n\n", "".join(parts)).strip() + "\n"


def _clean_prose(text: str) -> str:
    text = _IMAGE.sub(lambda found: found.group(1).strip(), text)
    for expression in (_REFERENCE, _LAYOUT_LINE):
        text = expression.sub("", text)
    text = _SOURCE_LINK.sub(r"\1", text)
    text = _STYLING.sub("", _LAYOUT.sub("", _ATTRIBUTES.sub("", text)))
    text = _ROW_BREAK.sub(lambda row: _BREAK.sub(" ", row.group()), text)  # a table's row is one line
    return _BREAK.sub("\n", text)


def first_heading(text: str) -> str:
    """The first heading of level 1 or 2 without its marks, or ""."""
    found = _HEADING.search(_FENCE.sub("", text))
    return re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", found.group(1)).strip() if found else ""

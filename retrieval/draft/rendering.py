"""Markdown to the plain text that a customer reads: emphasis goes, a table row becomes a list."""

from __future__ import annotations

import re

_ROW = re.compile(r"^\s*\|(.*)\|?\s*$")
_EMPHASIS = re.compile(r"(\*\*|__|`)(?=\S)(.+?)(?<=\S)\1")
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")


def plain_text(text: str) -> str:
    """One sentence of Markdown without its marks; of a link its text stays, of a table row "first: second, third"."""
    if "|" in text and (row := _ROW.match(text)):
        cells = [cell.strip() for cell in row.group(1).strip("| ").split("|") if cell.strip()]
        chinese = any("一" <= c <= "鿿" for c in text)
        if len(cells) > 1:
            text = cells[0] + ("：" if chinese else ": ") + ("，" if chinese else ", ").join(cells[1:])
            if not text.endswith(("。", ".", "！", "!", "？", "?")):
                text += "。" if chinese else "."
        else:
            text = "".join(cells)
    if any(mark in text for mark in "*_`["):
        text = _EMPHASIS.sub(r"\2", _LINK.sub(r"\1", text))
    return text.strip()

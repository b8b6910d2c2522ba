"""Markdown, written so that nothing in a document can be taken for markup of ours."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence

ASSUMED = "*(assumed)*"
"""Marks what the document does not say."""

_SPECIAL = re.compile(
    r"([\\*\[\]<>|~&]|(?<![^\W_])_|_(?![^\W_])|^(?:#+|=+|[-+](?=\s)|\d+[.)])|!(?=\[))", re.MULTILINE
)


_CODE = re.compile(r"`[^`\n]*`")


def plain(text: object) -> str:
    """Text of an author as text: every character shows, none is markup; backticks still mark code."""
    shown = ""
    for part in re.split(f"({_CODE.pattern})", str(text)):
        if _CODE.fullmatch(part):
            shown += part
        else:
            shown += _escaped(part)
    return shown.strip()


def _escaped(text: str) -> str:
    return _SPECIAL.sub(lambda found: "\\" + found[0], text).replace("`", "\\`")


def code(value: object) -> str:
    """A name or an expression, as it is."""
    text = " ".join(_written(value).split()) or " "
    if text.startswith("`") or text.endswith("`"):
        text = f" {text} "
    fence = "`" * (_longest_fence(text) + 1)
    return f"{fence}{text}{fence}"


def _written(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)


def _longest_fence(text: str) -> int:
    """Backticks in a row."""
    return max(map(len, re.findall("`+", text)), default=0)


def cell(text: str) -> str:
    """What stands in a table: one line, its bars escaped."""
    return " ".join(re.sub(r"(?<!\\)\|", r"\\|", text).split()) or " "


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; nothing where there are no rows."""
    body = [f"| {' | '.join(map(cell, row))} |\n" for row in rows]
    if not body:
        return ""
    return f"| {' | '.join(map(cell, head))} |\n|{' --- |' * len(head)}\n{''.join(body)}"


def bullets(lines: Iterable[str]) -> str:
    """A list."""
    return "".join(f"- {line}\n" for line in lines)


def fenced(text: str, language: str) -> str:
    """A block of code, whatever is in it."""
    fence = "`" * max(3, _longest_fence(text) + 1)
    return f"{fence}{language}\n{text.rstrip()}\n{fence}\n"


def guess(assumed: bool) -> str:
    """The mark of an assumption, after a space."""
    return f" {ASSUMED}" if assumed else ""


def anchor(title: str) -> str:
    """The anchor of a heading, as code hosts make them."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")

"""Patterns of ECMA-262 in the words of the engine that tries them, which knows most of them and not all.

References to groups go by number, and names of groups are dropped; a class of nothing or of everything, the
control characters and the pairs of surrogates are written as what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

import jsonschema_rs

_TOKEN = re.compile(
    r"(?P<pair>\\u[dD][89abAB]\w\w\\u[dD][c-fC-F]\w\w)"
    r"|(?P<half>\\u[dD][89a-fA-F]\w\w(?:-\\u[dD][89a-fA-F]\w\w)?)"
    r"|(?P<named>\(\?<(?P<name>[^=!>][^>]*)>)"
    r"|(?P<back>\\k<(?P<meant>[^>]*)>)"
    r"|(?P<zero>\\0)|(?P<escape>\\.)"
    r"|(?P<look>\(\?)|(?P<group>\()"
    r"|(?P<all>\[\^\])|(?P<none>\[\])|(?P<open>\[\^?)|(?P<close>\])|(?P<other>.)",
    re.DOTALL,
)
_NOTHING, _ANYTHING = "(?!)", r"[\s\S]"
_EMPTY = {"[": _NOTHING, "[^": _ANYTHING}
_WORDS = {"named": "(", "zero": r"\x00", "half": _NOTHING, "all": _ANYTHING, "none": _NOTHING}
_CLOSING = ("close", "all", "none")
_BELOW, _ABOVE = r"\uD7FF", r"\uE000"
"""What stands next to the surrogates: none of them is a character of a text."""


@lru_cache(maxsize=4096)
def is_ecma(pattern: str) -> bool:
    """Whether a text is a regular expression (ECMA-262, with the flag ``u``)."""
    return bool(_ECMA.is_valid(pattern))


@lru_cache(maxsize=4096)
def can_be_tried(pattern: str) -> bool:
    """Whether the engine knows a pattern, and can hold it."""
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern})
    except (ValueError, jsonschema_rs.ValidationError):
        return False
    return True


def in_engine(pattern: str) -> str:
    """A pattern in the engine's words."""
    numbers = _numbers(pattern)
    parts: list[str] = []
    for kind, found, in_class in _tokens(pattern):
        text = _outside(kind, found, numbers)
        if in_class:
            text = _in_class(kind, found, parts)
        if text:
            parts.append(text)
        if kind == "close" and parts[-2:] in (["[", "]"], ["[^", "]"]):  # half a pair was all that it had
            parts[-2:] = [_EMPTY[parts[-2]]]
    return "".join(parts)


def _tokens(pattern: str) -> Iterator[tuple[str, re.Match[str], bool]]:
    """What a pattern is made of, of which kind, and whether within a class."""
    in_class = False
    for found in _TOKEN.finditer(pattern):
        kind = str(found.lastgroup)
        yield kind, found, in_class
        if kind == "open":
            in_class = True
        elif kind in _CLOSING:
            in_class = False


def _numbers(pattern: str) -> dict[str | None, int]:
    """The number of each group that has a name."""
    found: dict[str | None, int] = {}
    count = 0
    for kind, token, in_class in _tokens(pattern):
        if kind in ("named", "group") and not in_class:
            count += 1
            found.setdefault(token["name"], count)
    return found


def _outside(kind: str, found: re.Match[str], numbers: Mapping[str | None, int]) -> str:
    if kind == "back":
        return rf"(?:\{numbers.get(found['meant'], 0)})"
    if kind == "pair":
        return _astral(found[0])
    return _WORDS.get(kind, found[0])


def _in_class(kind: str, found: re.Match[str], parts: Sequence[str]) -> str:
    if kind == "pair":
        return _astral(found[0])
    if kind == "half":
        return _next_to(found, parts)
    return {r"\0": r"\x00", r"\b": r"\x08"}.get(found[0], found[0])


def _next_to(found: re.Match[str], parts: Sequence[str]) -> str:
    """Half a pair in a class: what a range from or to it has of characters."""
    if "-" in found[0]:
        return ""
    if parts[-1] == "-" and parts[-2] not in _EMPTY:
        return _BELOW
    if found.string[found.end() : found.end() + 1] == "-":
        return _ABOVE
    return ""


def _astral(pair: str) -> str:
    """The character that two surrogates stand for."""
    high, low = int(pair[2:6], 16), int(pair[8:12], 16)
    return rf"\u{{{0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00):X}}}"


_ECMA = jsonschema_rs.Draft202012Validator({"format": "regex"}, validate_formats=True)

"""Patterns as ECMA-262 reads them without the flag ``u`` (Annex B.1.2), written as they are read with it.

A bracket or brace that closes nothing is itself, as is an escaped character that means nothing else, and a
hyphen beside a kind of characters in a class.
"""

from __future__ import annotations

import re

_QUANTIFIER = re.compile(r"\{\d+(,\d*)?\}")
_KIND = re.compile(r"\\[dDsSwW]")
_ESCAPES = frozenset(r"dDsSwWbBfnrtv0123456789cxuUkpP^$\.*+?()[]{}|/")
_NAMED = re.compile(r"\\[pP]\{[^{}]*\}|\\u\{[0-9a-fA-F]+\}|\\k<[^>]*>")


def with_u(pattern: str) -> str:
    """A pattern of the older syntax in the newer one."""
    parts: list[str] = []
    at, in_class = 0, False
    while at < len(pattern):
        named, quantifier = _NAMED.match(pattern, at), _QUANTIFIER.match(pattern, at)
        length, text = 1, pattern[at]
        if named is not None:
            length, text = len(named[0]), named[0]
        elif text == "\\":
            length, text = 2, _escape(pattern[at : at + 2], in_class)
        elif in_class:
            text = _in_class(pattern, at, parts)
            in_class = text != "]"
        elif text == "[":
            in_class = True
            if pattern.startswith("[^", at):
                length, text = 2, "[^"
        elif quantifier is not None:
            length, text = len(quantifier[0]), quantifier[0]
        elif text in "]{}":
            text = f"\\{text}"
        parts.append(text)
        at += length
    return "".join(parts)


def _escape(text: str, in_class: bool) -> str:
    """An escape; of a character that needs none, the character."""
    character, known = text[1:], _ESCAPES
    if in_class:
        known = _ESCAPES | {"-"}
    if character in known:
        return text
    return character


def _in_class(pattern: str, at: int, parts: list[str]) -> str:
    """A character of a class; a hyphen that stands beside a kind of characters makes no range."""
    text = pattern[at]
    if text == "[":
        return "\\["
    if text != "-":
        return text
    before, after = parts[-1], pattern[at + 1 : at + 3]
    if before in ("[", "[^") or after.startswith("]"):
        return text
    if _KIND.fullmatch(before) or _KIND.fullmatch(after):
        return "\\-"
    return text

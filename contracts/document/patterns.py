"""Texts made from a pattern (ECMA-262), of a length that is asked for.

The parser of Python's own regular expressions takes a pattern apart; what only ECMA-262 has is put into its
words first. A repetition is as long as the text that is wanted needs. Whether a text fits is for a validator
to say: what looks ahead is not looked at here, only tried.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from random import Random
from typing import Any

TRIES = 60
"""How many texts are made of one pattern."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_PRINTABLE = _LETTERS + _LETTERS.upper() + "0123456789-_"
_WORD, _DIGIT, _SPACE = _LETTERS + _LETTERS.upper() + "0123456789_", "0123456789", " "
_CATEGORIES = {
    "CATEGORY_DIGIT": _DIGIT,
    "CATEGORY_NOT_DIGIT": _LETTERS,
    "CATEGORY_WORD": _WORD,
    "CATEGORY_NOT_WORD": "- .,",
    "CATEGORY_SPACE": _SPACE,
    "CATEGORY_NOT_SPACE": _PRINTABLE,
}
_PROPERTIES = {
    "N": "0-9",
    "L": "A-Za-zäöüéñßç",
    "Lu": "A-Z",
    "Ll": "a-z",
    "P": "!,.;:-",
    "S": "+=<>",
    "Z": " ",
}
_MOST = 2000
"""Characters of the longest text that a repetition makes."""


def texts_like(pattern: str, least: int, most: int, random: Random) -> Iterator[str]:
    """Texts that a pattern makes, none of another length; none where nothing is made of it."""
    tree = _parsed(pattern)
    if tree is None:
        return
    least, most = min(least, _MOST), min(most, max(_MOST, least))
    stretch, low, high = 3, 0, None
    for _ in range(TRIES):
        text = _padded(pattern, _made(tree, random, stretch), least)
        if least <= len(text) <= most:
            yield text
            stretch = random.randrange(low, (high or stretch + 4) + 1)
        elif len(text) < least:
            low = max(low, stretch)
            stretch = _longer(stretch, high)
        else:
            high = stretch
            stretch = (low + stretch) // 2


def _longer(stretch: int, high: int | None) -> int:
    if high is None:
        return stretch * 2 + 1
    return max(stretch + 1, (stretch + high) // 2)


def _padded(pattern: str, text: str, least: int) -> str:
    """A text that is long enough, where a pattern does not say what stands after it."""
    if len(text) >= least or pattern.endswith("$"):
        return text
    return text + (text[-1:] or "x") * (least - len(text))


@lru_cache(maxsize=4096)
def _parsed(pattern: str) -> Any:
    """A pattern taken apart; None where it cannot be."""
    try:
        return re._parser.parse(_in_python(pattern))
    except (re.error, OverflowError, RecursionError):
        return None


def _in_python(pattern: str) -> str:
    """A pattern of ECMA-262 in Python's words."""
    pattern = re.sub(r"\(\?<(?![=!])", "(?P<", pattern)
    pattern = re.sub(r"\\u\{([0-9a-fA-F]+)\}", lambda found: re.escape(chr(int(found[1], 16))), pattern)
    pattern = re.sub(r"\\c[A-Za-z]", " ", pattern)
    pattern = re.sub(r"\\k<(\w+)>", r"(?P=\1)", pattern)
    return re.sub(r"(\[[^\]]*)?\\[pP]\{(?:\w+=)?(\w+)\}", _of_property, pattern)


def _of_property(found: re.Match[str]) -> str:
    """A class of Unicode as some of its characters."""
    name = found[2]
    some = _PROPERTIES.get(name) or _PROPERTIES.get(name[:1], "a-z")
    if found[1]:
        return found[1] + some
    return f"[{some}]"


def _made(tree: Any, random: Random, stretch: int, groups: dict[int, str] | None = None) -> str:
    if groups is None:
        groups = {}
    return "".join(_part(str(kind), value, random, stretch, groups) for kind, value in tree)


def _part(kind: str, value: Any, random: Random, stretch: int, groups: dict[int, str]) -> str:
    characters = _characters(kind, value)
    if characters:
        return random.choice(characters)
    if kind == "BRANCH":
        return _made(random.choice(value[1]), random, stretch, groups)
    if kind == "GROUPREF":
        return groups.get(value, "")
    return _inner(kind, value, random, stretch, groups)


def _characters(kind: str, value: Any) -> str:
    """The characters of which one is taken."""
    if kind == "LITERAL":
        return chr(value)
    if kind == "NOT_LITERAL":
        return _PRINTABLE.replace(chr(value), "")
    if kind == "ANY":
        return _PRINTABLE
    if kind == "IN":
        return _members(value) or "x"
    return ""


def _inner(kind: str, value: Any, random: Random, stretch: int, groups: dict[int, str]) -> str:
    """What has parts; what looks around makes nothing."""
    if kind == "SUBPATTERN":
        text = _made(value[3], random, stretch, groups)
        if value[0] is not None:
            groups[value[0]] = text
        return text
    if kind == "ATOMIC_GROUP":
        return _made(value, random, stretch, groups)
    if kind in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
        least, most, tree = value
        count = min(int(most), least + random.randint(stretch // 2, stretch))
        if int(most) >= _MOST:
            count = least + stretch
        return "".join(_made(tree, random, stretch, groups) for _ in range(min(count, _MOST)))
    return ""


def _members(value: Any) -> str:
    """The characters of a class that are used; of one that excludes some, those that are left."""
    found, negated = "", False
    for kind, what in value:
        name = str(kind)
        if name == "NEGATE":
            negated = True
        elif name == "LITERAL":
            found += chr(what)
        elif name == "RANGE":
            found += _range(*what)
        elif name == "CATEGORY":
            found += _CATEGORIES.get(str(what), "")
    if negated:
        return "".join(one for one in _PRINTABLE + ".,;:!?+" if one not in found)
    return found


def _range(first: int, last: int) -> str:
    """The usual characters of a range, else its first."""
    usual = [one for one in _PRINTABLE if first <= ord(one) <= last]
    if usual:
        return "".join(usual)
    return "".join(chr(code) for code in range(first, min(last, first + 20) + 1))

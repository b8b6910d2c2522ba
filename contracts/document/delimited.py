"""Lists and objects written into one text, between delimiters: the styles of OpenAPI's Parameter Object."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from troth.contracts.model import Parameter

_PIPE, _SPACE = re.compile(r"\||%7C", re.IGNORECASE), re.compile(r"%20|\+| ")
_COMMA, _ENCODED_COMMA = re.compile(","), re.compile(r"%2C", re.IGNORECASE)
_STOP, _SEMICOLON = re.compile(r"\."), re.compile(";")
_QUOTED_OR_COMMA = re.compile(r'"(?:[^"\\]|\\.)*+("?)|,')
"""Commas inside quotes are data (RFC 9110, section 5.6.4)."""


def parts(parameter: Parameter, raws: Sequence[str]) -> Iterator[list[str]]:
    """The items that a list may have, not decoded yet; the most likely reading first."""
    if parameter.place == "header":
        yield list(_elements(raws[-1]))
        return
    if len(raws) > 1:
        yield list(raws)
        return
    raw = raws[0]
    if _repeats(parameter):
        yield [raw]
        return
    if parameter.style == "label" and not parameter.explode and "," in raw:
        yield raw.split(",")  # OpenAPI 3.0.4 and 3.1.1; the full stop was the delimiter before
        return
    between = _between(parameter)
    yield between.split(raw)
    if between is _COMMA and "," not in raw and _ENCODED_COMMA.search(raw):
        yield _ENCODED_COMMA.split(raw)  # most libraries encode it


def members(parameter: Parameter, raws: Sequence[str]) -> list[tuple[str, str]] | None:
    """Names and values of an object, not decoded yet; None where the text is none."""
    raw = raws[-1]
    if parameter.place == "header":
        pieces = list(_elements(raw))
    elif parameter.explode:
        pieces = _joint(parameter).split(raw)
    else:
        pieces = _split_pairs(parameter, raw)
    if parameter.explode:
        pairs = [piece.partition("=") for piece in pieces]
        if not all(equals for _, equals, _ in pairs):
            return None
        return [(name, value) for name, _, value in pairs]
    if len(pieces) % 2:
        return None
    return list(zip(pieces[::2], pieces[1::2], strict=True))


def _split_pairs(parameter: Parameter, raw: str) -> list[str]:
    between = _between(parameter)
    if parameter.style == "label" and "," in raw:
        between = _COMMA
    if between is _COMMA and "," not in raw:
        between = _ENCODED_COMMA
    return between.split(raw)


def _repeats(parameter: Parameter) -> bool:
    """Whether each item of a list comes under the parameter's name (``?a=1&a=2``, ``;a=1;a=2``)."""
    if not parameter.explode:
        return False
    return parameter.style in ("form", "matrix", "cookie")


def _between(parameter: Parameter) -> re.Pattern[str]:
    """What stands between items."""
    if parameter.style == "pipeDelimited":
        return _PIPE
    if parameter.style == "spaceDelimited":
        return _SPACE
    if parameter.style == "label":
        return _STOP
    return _COMMA


def _joint(parameter: Parameter) -> re.Pattern[str]:
    """What stands between ``name=value`` pairs of an object in one text."""
    if parameter.style == "label":
        return _STOP
    if parameter.style == "matrix":
        return _SEMICOLON
    return _COMMA


def _elements(text: str) -> Iterator[str]:
    """The elements of a list in a header, without the blanks around them; empty ones count for nothing
    (RFC 9110, section 5.6.1.2)."""
    start = 0
    for end in (*_commas(text), len(text)):
        element = text[start:end].strip(" \t")
        if element:
            yield element
        start = end + 1


def _commas(text: str) -> Iterator[int]:
    """Where the commas between elements stand."""
    for found in _QUOTED_OR_COMMA.finditer(text):
        if found[0] == ",":
            yield found.start()
        elif not found[1]:  # it is never closed: it quotes nothing
            yield from (place for place in range(found.start(), len(text)) if text[place] == ",")
            return

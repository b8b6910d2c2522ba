"""JSONPath (RFC 9535): which places of a document it selects, and why none.

A module of its own: only overlays ask for it, and to import the library takes as long as to read a document.
"""

from __future__ import annotations

import re

from jsonpath_rfc9535 import JSONPathEnvironment, JSONPathError
from jsonpath_rfc9535.segments import JSONPathSegment
from jsonpath_rfc9535.selectors import NameSelector

from troth.contracts.document.hints import did_you_mean
from troth.contracts.document.origins import Path as Way
from troth.contracts.document.yaml_loader import DEEPEST
from troth.contracts.model import Node

_JSONPATH = JSONPathEnvironment()
_JSONPATH.max_recursion_depth = DEEPEST + 2


class NoJsonPath(Exception):
    """A text is none; ``offset``: where in it."""

    def __init__(self, error: JSONPathError) -> None:
        super().__init__(error.args[0])
        self.offset = 0
        if error.token is not None:
            self.offset = max(0, error.token.index)


def selected(text: str, value: Node) -> list[Way]:
    """The places that a JSONPath selects. Raises NoJsonPath."""
    try:
        return list(dict.fromkeys(node.location for node in _JSONPATH.compile(text).find(value)))
    except JSONPathError as error:
        raise NoJsonPath(error) from None


def missing(text: str, value: Node) -> str:
    """How far a JSONPath leads, and what is there instead of the next name."""
    nodes, way = list(_JSONPATH.compile("$").find(value)), "$"
    for segment in _JSONPATH.compile(text).segments:
        ahead = list(segment.resolve(nodes))
        if not ahead:
            found = [node.value for node in nodes if isinstance(node.value, dict)]
            return _instead(segment, found, way)
        nodes, way = ahead, f"{way}{segment}"
    return way


def _instead(segment: JSONPathSegment, found: list[Node], way: str) -> str:
    """What some mappings have instead of what a segment asks for."""
    refs = [node["$ref"] for node in found if "$ref" in node]
    if refs:
        return f"{way} is a $ref to {refs[0]!r}; select what stands there"
    names = [selector.name for selector in segment.selectors if isinstance(selector, NameSelector)]
    if not names or not found:
        return f"nothing in {way} fits {segment}"
    return f"{way} has no {names[0]!r}{_meant(names[0], found)}"


def _meant(name: str, found: list[Node]) -> str:
    """Which key of some mappings was probably meant, or which ones there are."""
    keys = list(dict.fromkeys(key for node in found for key in node))
    alike = [key for key in keys if _without_names(key) == _without_names(name)]
    return did_you_mean(name, alike or keys)


def _without_names(path: str) -> str:
    """A path without the names of its parameters: vendors rename them."""
    return re.sub(r"\{[^{}]*\}", "{}", path)

"""Examples held against their schemas."""

from __future__ import annotations

from typing import NamedTuple

import jsonschema_rs

from troth.contracts.document import join, split
from troth.contracts.lint.nodes import Node
from troth.contracts.model import Json, Pointer

_UNUSABLE = (
    jsonschema_rs.ValidationError,
    jsonschema_rs.ReferencingError,
    LookupError,
    TypeError,
    ValueError,
)


MOST = 20
"""Ways in which one example breaks its schema that are told."""


class Breach(NamedTuple):
    """One way in which an example breaks its schema: the place inside of it, and the two in words."""

    path: tuple[str | int, ...]
    message: str


def broken(node: Node, value: Json, *way: str) -> list[Breach]:
    """How a value breaks the schema at the end of a way from a node."""
    pointer = join(node.pointer, *way)
    try:
        schemas = node.graph.document.schemas
        if _is_serialized(node.pointer, value):
            return []
        found = schemas.broken_by_example(pointer, value, _sides(node.pointer))
    except _UNUSABLE:
        return []  # the schema itself is wrong: other rules say so
    breaches: dict[str, Breach] = {}
    for violation in found[:MOST]:
        where = "/" + "/".join(map(str, violation.path))
        breach = Breach(violation.path, f"{where}: {_short(violation.message)}")
        breaches.setdefault(breach.message, breach)
    return list(breaches.values())


def _sides(pointer: Pointer) -> tuple[str, ...]:
    """Whether an example is of requests, of answers, or of both."""
    tokens = split(pointer)
    if "responses" in tokens:
        return ("answer",)
    if "requestBody" in tokens or "requestBodies" in tokens:
        return ("request",)
    return ("answer", "request")


def _is_serialized(pointer: Pointer, value: Json) -> bool:
    """Whether an example of a media type that is not JSON is written as it goes over the wire."""
    *_, above, name = ("", *split(pointer))
    return (
        above == "content" and isinstance(value, str) and "json" not in name and not name.startswith("text/")
    )


def _short(text: str) -> str:
    if len(text) <= 200:
        return text
    return text[:120] + " … " + text[-70:]

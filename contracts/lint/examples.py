"""Examples held against their schemas."""

from __future__ import annotations

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


def broken(node: Node, value: Json, *way: str) -> str | None:
    """How a value breaks the schema at the end of a way from a node; None where it keeps it."""
    pointer = join(node.pointer, *way)
    try:
        schemas = node.graph.document.schemas
        if _is_serialized(node.pointer, value):
            return None
        found = schemas.broken_by_example(pointer, value, _sides(node.pointer))
    except _UNUSABLE:
        return None  # the schema itself is wrong: other rules say so
    if not found:
        return None
    where = "/" + "/".join(map(str, found[0].path))
    return f"{where}: {_short(found[0].message)}"


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

"""Examples held against their schemas."""

from __future__ import annotations

import jsonschema_rs

from troth.contracts.document import join
from troth.contracts.lint.nodes import Node
from troth.contracts.model import Json

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
        if schemas.valid(pointer, value):
            return None
        found = schemas.violations(pointer, value)
    except _UNUSABLE:
        return None  # the schema itself is wrong: other rules say so
    if not found:
        return None
    where = "/" + "/".join(map(str, found[0].path))
    return f"{where}: {_short(found[0].message)}"


def _short(text: str) -> str:
    if len(text) <= 200:
        return text
    return text[:120] + " … " + text[-70:]

"""The properties that a schema, its parts, and the schema that it is a part of declare."""

from __future__ import annotations

from troth.contracts.document.pointers import listing, mapping
from troth.contracts.lint.nodes import Graph, Node
from troth.contracts.model import Schema

_PARTS = ("allOf", "anyOf", "oneOf")


def declared(node: Node) -> set[str] | None:
    """The names; None where others may be declared elsewhere, or nothing is declared at all."""
    found = _own(node.graph, node.value, 0)
    outer = node.parent
    inner = node
    while outer is not None and inner.tokens[0] in (*_PARTS, "if", "then", "else", "not"):
        found |= _own(node.graph, outer.value, 0)
        inner, outer = outer, outer.parent
    return found or None


def _own(graph: Graph, schema: Schema, depth: int) -> set[str]:
    schema = graph.resolve(schema)
    found = set(mapping(schema, "properties"))
    if depth == 10:
        return found
    for key in _PARTS:
        for part in listing(schema, key):
            found |= _own(graph, part, depth + 1)
    return found

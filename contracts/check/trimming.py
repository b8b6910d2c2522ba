"""Large schemas made small enough to be drawn from: of what may be left out, the largest parts are.

To draw one body of four hundred properties takes seconds, and tells no more than one of forty. What is drawn
keeps the schema all the same: nothing is left out that is required.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from troth.contracts.document.pointers import listing, mapping, referred, split, walk
from troth.contracts.model import Node

MOST = 60
"""Schemas within one, itself counted."""

LARGE = 20
"""Schemas within the items of a list of which a few are enough."""

FEW = 2

_NAMED = ("properties", "patternProperties")
_SINGLE = ("items", "additionalProperties")
_SEVERAL = ("allOf", "anyOf", "oneOf", "prefixItems")


def trim(document: dict[str, Any]) -> None:
    """Trim every schema of a document that was made for drawing."""
    trimming = _Trimming(document)
    for schema in mapping(document["components"], "schemas").values():
        trimming.trim(schema)
    for item in document["paths"].values():
        trimming.trim(item["post"]["requestBody"]["content"]["application/json"]["schema"])


class _Trimming:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._weights: dict[str, float] = {}
        self._open: set[str] = set()

    def trim(self, node: Node) -> None:
        """Trim a schema and what stands in it, the innermost first; what it refers to comes by itself."""
        if not isinstance(node, dict):
            return
        for inner in _inner(node):
            self.trim(inner)
        if isinstance(node.get("items"), dict) and self._weight(node["items"]) > LARGE:
            few = max(FEW, node.get("minItems", 0))
            node["maxItems"] = min(few, node.get("maxItems", few))
        self._leave_out(node)

    def _leave_out(self, node: dict[str, Any]) -> None:
        """Leave out the largest properties that are not required; those that hold no others are small."""
        weights = {name: self._weight(schema) for name, schema in mapping(node, "properties").items()}
        required = listing(node, "required")
        for name in sorted(weights, key=lambda name: -weights[name]):
            if sum(weights.values()) <= MOST:
                return
            if name not in required and weights[name] > 1:
                del node["properties"][name], weights[name]

    def _weight(self, node: Node) -> float:
        """How many schemas there are in one; without end where it is in itself."""
        if not isinstance(node, dict):
            return 1
        reference = node.get("$ref")
        if not isinstance(reference, str):
            return 1 + sum(self._weight(inner) for inner in _inner(node))
        if reference in self._open:
            return math.inf
        if reference not in self._weights:
            self._open.add(reference)
            self._weights[reference] = self._weight(walk(self._document, split(referred(node))))
            self._open.discard(reference)
        return self._weights[reference]


def _inner(node: Mapping[str, Any]) -> Iterator[Node]:
    """The schemas that stand in a schema, but for those that say what may not be."""
    for key in _NAMED:
        yield from mapping(node, key).values()
    for key in _SINGLE:
        if key in node:
            yield node[key]
    for key in _SEVERAL:
        yield from listing(node, key)

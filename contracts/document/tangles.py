"""Schemas that look at one value in so many ways that nobody can wait for it.

Alternatives of alternatives multiply: twenty-five schemas, each `oneOf` the next one twice, look at a value
33 million times. The widest of some 3,000 public documents does it 58 times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from troth.contracts.document.pointers import join, walk
from troth.contracts.document.references import target
from troth.contracts.model import Node, Pointer

MOST_WAYS = 1_000
"""In so many ways a schema may look at one value."""

DEEPEST = 100
"""So many references in a row may say what one value is."""

_SEVERAL = ("allOf", "anyOf", "oneOf")
_ONE = ("not", "if", "then", "else")
"""Keywords whose schemas are of the same value (JSON Schema 2020-12, section 10.2)."""


def untangled(data: Node, references: Iterable[str]) -> list[tuple[Pointer, str]]:
    """Leave out, in place, what makes a schema that is referred to look at a value in too many ways.

    Gives where that was, and why.
    """
    return _Tangles(data).found(references)


class _Tangles:
    """Counts in how many ways schemas look at a value."""

    def __init__(self, data: Node) -> None:
        self._data = data
        self._ways: dict[str, int] = {}
        self._found: list[tuple[Pointer, str]] = []

    def found(self, references: Iterable[str]) -> list[tuple[Pointer, str]]:
        for ref in references:
            self._count(ref, 0)
        return self._found

    def _count(self, ref: str, depth: int) -> int:
        if ref in self._ways:
            return self._ways[ref]
        self._ways[ref] = 1  # what leads back to itself says nothing more
        node = self._meant(ref)
        if not isinstance(node, dict):
            return 1
        if depth > DEEPEST:
            return self._leave_out(
                ref, node, f"is more than {DEEPEST} references away from what refers to it"
            )
        ways = self._of(node, depth + 1)
        if ways > MOST_WAYS:
            why = f"would look at one value in {ways:,} ways; at most {MOST_WAYS:,} are tried"
            return self._leave_out(ref, node, why)
        self._ways[ref] = ways
        return ways

    def _meant(self, ref: str) -> Node:
        try:
            return walk(self._data, target(ref))
        except LookupError:
            return None

    def _of(self, schema: Node, depth: int) -> int:
        """In how many ways a schema looks at a value."""
        if not isinstance(schema, Mapping):
            return 1
        parts = [part for keyword in _SEVERAL for part in _listed(schema.get(keyword))]
        parts += [schema[keyword] for keyword in _ONE if keyword in schema]
        ways = sum(self._of(part, depth) for part in parts)
        ref = schema.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/"):
            ways += self._count(ref, depth)
        return max(1, ways)

    def _leave_out(self, ref: str, node: dict[str, Node], why: str) -> int:
        for keyword in (*_SEVERAL, *_ONE, "$ref"):
            node.pop(keyword, None)
        self._found.append((join("", *target(ref)), why))
        return 1


def _listed(value: Node) -> list[Node]:
    return value if isinstance(value, list) else []

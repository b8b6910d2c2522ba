"""Schemas that look at one value in so many ways that nobody can wait for it.

Alternatives of alternatives multiply: twenty-five schemas, each `oneOf` the next one twice, look at a value
33 million times. The widest of some 3,000 public documents does it 58 times.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from troth.contracts.document.pointers import join, walk
from troth.contracts.document.references import target
from troth.contracts.model import Node, Pointer

MOST_WAYS = 1_000
"""In so many ways a schema may look at one value."""

DEEPEST = 100
"""So many schemas, one within the other or referred to, may say what one value is."""

_SEVERAL = ("allOf", "anyOf", "oneOf")
_ONE = ("not", "if", "then", "else")
"""Keywords whose schemas are of the same value (JSON Schema 2020-12, section 10.2)."""


def untangled(data: Node, references: Iterable[str]) -> list[tuple[Pointer, str]]:
    """Leave out, in place, what makes a schema that is referred to look at a value in too many ways.

    Gives where that was, and why.
    """
    return _Tangles(data).found(references)


class _Size(NamedTuple):
    """In how many ways a schema looks at a value, and how many schemas deep."""

    ways: int = 1
    height: int = 0


class _Tangles:
    """Counts in how many ways schemas look at a value, and how deep they do."""

    def __init__(self, data: Node) -> None:
        self._data = data
        self._sizes: dict[str, _Size] = {}
        self._found: list[tuple[Pointer, str]] = []

    def found(self, references: Iterable[str]) -> list[tuple[Pointer, str]]:
        for ref in references:
            self._count(ref, 0)
        return self._found

    def _count(self, ref: str, depth: int) -> _Size:
        if ref in self._sizes:
            return self._sizes[ref]
        self._sizes[ref] = _Size()  # what leads back to itself says nothing more
        node = self._meant(ref)
        if not isinstance(node, dict):
            return _Size()
        if depth > DEEPEST:
            return self._leave_out(ref, node, f"is more than {DEEPEST} schemas away from what refers to it")
        size = self._of(node, depth + 1)
        if size.height > DEEPEST:
            return self._leave_out(ref, node, f"looks at one value more than {DEEPEST} schemas deep")
        if size.ways > MOST_WAYS:
            why = f"would look at one value in {size.ways:,} ways; at most {MOST_WAYS:,} are tried"
            return self._leave_out(ref, node, why)
        self._sizes[ref] = size
        return size

    def _meant(self, ref: str) -> Node:
        try:
            return walk(self._data, target(ref))
        except LookupError:
            return None

    def _of(self, schema: Node, depth: int) -> _Size:
        """How a schema looks at a value."""
        if not isinstance(schema, Mapping):
            return _Size()
        parts = [part for keyword in _SEVERAL for part in _listed(schema.get(keyword))]
        parts += [schema[keyword] for keyword in _ONE if keyword in schema]
        sizes = [self._of(part, depth + 1) for part in parts]
        ref = schema.get("$ref")
        if isinstance(ref, str) and ref.startswith("#/"):
            sizes.append(self._count(ref, depth))
        if not sizes:
            return _Size()
        return _Size(sum(size.ways for size in sizes), 1 + max(size.height for size in sizes))

    def _leave_out(self, ref: str, node: dict[str, Node], why: str) -> _Size:
        for keyword in (*_SEVERAL, *_ONE, "$ref"):
            node.pop(keyword, None)
        self._found.append((join("", *target(ref)), why))
        return _Size()


def _listed(value: Node) -> list[Node]:
    return value if isinstance(value, list) else []

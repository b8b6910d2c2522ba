"""Where a document carries ``x-contract``: at its root, in operations, in schemas; elsewhere it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from troth.contracts.document.bundle import EMBEDDED, Document
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.pointers import join, split
from troth.contracts.model import Json, Pointer

KEY = "x-contract"
_VALUES = frozenset({"example", "examples", "default", "enum", "const", "value", KEY})
_SCHEMAS = frozenset({"schema", "schemas", "properties", "items", "allOf", "anyOf", "oneOf"})
_CACHE: WeakKeyDictionary[Document, tuple[tuple[Pointer, str], ...]] = WeakKeyDictionary()


def carriers(document: Document) -> tuple[tuple[Pointer, str], ...]:
    """Every node with an ``x-contract``, and what it is: document, operation, schema; empty for neither."""
    if document not in _CACHE:
        written = any(KEY in source.text for source in document.sources.values())
        _CACHE[document] = tuple(_search(document)) if written else ()
    return _CACHE[document]


def _search(document: Document) -> Iterator[tuple[Pointer, str]]:
    operations = {operation.pointer for operation in read_operations(document)}
    stack: list[tuple[Pointer, Json]] = [("", document.data)]
    while stack:
        at, node = stack.pop()
        if isinstance(node, list):
            stack += [(f"{at}/{i}", item) for i, item in reversed(list(enumerate(node)))]
        elif isinstance(node, dict):
            named = at.endswith("/properties")
            if KEY in node and not named and (place := _place(at, operations)) is not None:
                yield at, place
            inner = [(join(at, key), item) for key, item in node.items() if named or key not in _VALUES]
            stack += reversed(inner)


def _place(at: Pointer, operations: set[Pointer]) -> str | None:
    tokens = split(at)
    if not tokens:
        return "document"
    if at in operations:
        return "operation"
    embedded = tokens[0] == EMBEDDED
    if _SCHEMAS & set(tokens) or (embedded and len(tokens) == 3):
        return "schema"
    return None if embedded else ""

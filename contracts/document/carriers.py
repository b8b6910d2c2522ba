"""Where a document carries ``x-contract``: at its root, in operations, in schemas; elsewhere it is lost."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from troth.contracts.document.bundle import EMBEDDED, WORDS_KEY, Document
from troth.contracts.document.openapi import read_operations
from troth.contracts.document.pointers import join, split
from troth.contracts.model import Node, Pointer, Schema

KEY = WORDS_KEY
_VALUES = frozenset({"example", "examples", "default", "enum", "const", "value", KEY})
_SCHEMAS = frozenset({"schema", "schemas", "properties", "items", "allOf", "anyOf", "oneOf"})
_CACHE: WeakKeyDictionary[Document, tuple[tuple[Pointer, str], ...]] = WeakKeyDictionary()


def carriers(document: Document) -> tuple[tuple[Pointer, str], ...]:
    """Every node with an ``x-contract``, and what it is: document, operation, schema; empty for neither."""
    if document in _CACHE:
        return _CACHE[document]
    found: tuple[tuple[Pointer, str], ...] = ()
    if document.mentions_words:
        found = tuple(_search(document))
    _CACHE[document] = found
    return found


def _search(document: Document) -> Iterator[tuple[Pointer, str]]:
    operations = {operation.pointer for operation in read_operations(document)}
    stack: list[tuple[Pointer, Node]] = [("", document.data)]
    while stack:
        at, node = stack.pop()
        if isinstance(node, list):
            stack += [(f"{at}/{i}", item) for i, item in reversed(list(enumerate(node)))]
        elif isinstance(node, dict):
            if KEY in node and not at.endswith("/properties"):
                place = _place(at, operations)
                if place is not None:
                    yield at, place
            stack += reversed(list(_members(at, node)))


def _members(at: Pointer, node: Schema) -> Iterator[tuple[Pointer, Node]]:
    """What may carry words inside a mapping: values that an author wrote down carry none."""
    named = at.endswith("/properties")
    for key, item in node.items():
        if named or key not in _VALUES:
            yield join(at, key), item


def _place(at: Pointer, operations: set[Pointer]) -> str | None:
    tokens = split(at)
    if not tokens:
        return "document"
    if at in operations:
        return "operation"
    if not _SCHEMAS.isdisjoint(tokens):
        return "schema"
    if tokens[0] != EMBEDDED:
        return ""
    return "schema" if len(tokens) == 3 else None

"""What answers show of things, by the component schemas that they refer to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from troth.contracts.document import Document
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.model import Node, Operation


def first_of(
    operations: Mapping[tuple[str, str], Operation], path: str, methods: Iterable[str]
) -> Operation | None:
    """The operation of a path with the first of some methods that it has."""
    for method in methods:
        if (method, path) in operations:
            return operations[method, path]
    return None


def top(document: Document, operation: Operation | None) -> Node:
    """The schema of what a success shows; None where there is none."""
    if operation is None or operation.success is None or operation.success.schema is None:
        return None
    pointer = operation.success.schema_pointer
    return None if pointer is None else document.schemas.at(pointer)


def parts_shown(document: Document, operation: Operation | None) -> list[Node]:
    """The schemas that a success shows, at the top or in an envelope around them."""
    written = top(document, operation)
    return [written, *mapping(document.schemas.resolve(written), "properties").values()]


def items_of(document: Document, schemas: Iterable[Node]) -> list[Node]:
    """Those of lists: what their items are."""
    return [mapping(document.schemas.resolve(schema), "items") for schema in schemas]


def alternatives(document: Document, operation: Operation | None) -> list[Node]:
    """The schemas of which a success shows one."""
    written = top(document, operation)
    found = []
    for schema in (written, document.schemas.resolve(written)):
        found += listing(schema, "anyOf") or listing(schema, "oneOf")
    return found


def names_in(schemas: Iterable[Node]) -> list[str]:
    """The component schemas that some schemas refer to."""
    references = [str(schema.get("$ref", "")) for schema in schemas if isinstance(schema, dict)]
    return [ref.rpartition("/")[2] for ref in references if ref.startswith("#/components/schemas/")]

"""Which values of a document are secret: ``format: password`` and ``writeOnly`` (OpenAPI 3.1, 4.4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from troth.contracts.model import Node

DEEPEST = 8
"""Levels of a schema that are searched."""


def is_secret(schema: Node, resolve: Callable[[Node], Node]) -> bool:
    """Whether a value of a schema, or anything in it, is not to be shown."""
    return any(_says_so(part) for part in _parts(schema, resolve, 0))


def _says_so(schema: Node) -> bool:
    if not isinstance(schema, dict):
        return False
    return schema.get("format") == "password" or schema.get("writeOnly") is True


def _parts(schema: Node, resolve: Callable[[Node], Node], depth: int) -> Iterator[Node]:
    """A schema and those of what is in its values."""
    schema = resolve(schema)
    yield schema
    if not isinstance(schema, dict) or depth > DEEPEST:
        return
    inner: list[Node] = [*_values(schema.get("properties")), schema.get("items")]
    inner.append(schema.get("additionalProperties"))
    for keyword in ("allOf", "oneOf", "anyOf"):
        alternatives = schema.get(keyword)
        if isinstance(alternatives, list):
            inner += alternatives
    for part in inner:
        if isinstance(part, dict):
            yield from _parts(part, resolve, depth + 1)


def _values(members: Node) -> list[Node]:
    if isinstance(members, dict):
        return list(members.values())
    return []


def secret_names(node: Node) -> Iterator[str]:
    """The names of properties that a document says are secret, wherever they stand in it."""
    if isinstance(node, list):
        for item in node:
            yield from secret_names(item)
    if not isinstance(node, dict):
        return
    properties = node.get("properties")
    if isinstance(properties, dict):
        yield from (str(name) for name, schema in properties.items() if _says_so(schema))
    if isinstance(node.get("name"), str) and _says_so(node.get("schema")):  # a parameter
        yield node["name"]
    for value in node.values():
        yield from secret_names(value)

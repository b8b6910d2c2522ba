"""The word ``query`` for a list without words: by the names of its parameters and of what its body shows."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping

from troth.contracts.document import Document, join, split
from troth.contracts.document.list_dialects import (
    Meaning,
    asked_in,
    letters,
    meanings,
    members_told,
    with_members,
)
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Node, Operation, Parameter

DEEPEST = 3
"""Levels of a body in which its list is looked for."""


def query_words(document: Document, operation: Operation, properties: Mapping[str, Node]) -> dict[str, Node]:
    """``query`` with what can be told; empty where nothing can."""
    asked = asked_in(document.schemas, operation)
    told = meanings(document.schemas, asked, properties)
    by_name = {p.name: p for p in with_members(document.schemas, asked)}
    paged = any(meaning.role in ("page", "size", "offset", "cursor") for meaning in told.values())
    shows = _shows(document, operation, paged=paged)
    shown = {split(place)[-1] for place in shows}
    parameters = {name: _entry(document, told[name], by_name[name], shown) for name in told}
    found: dict[str, Node] = {}
    if parameters:
        found["parameters"] = parameters
    if shows:
        found["shows"] = shows
    if not found:
        return {}
    return {"query": found}


def _entry(
    document: Document, meaning: Meaning, parameter: Parameter, shown: Container[str]
) -> dict[str, Node]:
    entry: dict[str, Node] = {"is": meaning.role}
    if meaning.of is not None:
        entry["of"] = meaning.of
    if meaning.by != "=":
        entry["by"] = meaning.by
    default = parameter.schema.get("default")
    if meaning.role == "size" and isinstance(default, int) and default > 0:
        entry["default"] = default
    if meaning.role == "page" and _from_zero(parameter, shown):
        entry["first"] = 0
    if meaning.role == "offset" and _from_one(document, parameter, shown):
        entry["first"] = 1
    return entry


def _from_one(document: Document, parameter: Parameter, shown: Container[str]) -> bool:
    """Whether offsets count from 1, as in SCIM (RFC 7644, section 3.4.2.4)."""
    node, schema = document.at(parameter.pointer), parameter.schema
    if letters(parameter.name) == "startindex" and "itemsPerPage" in shown:
        return schema.get("default") != 0
    if 1 in (schema.get("default"), schema.get("minimum"), schema.get("example"), node.get("example")):
        return letters(parameter.name).startswith("start")
    return "1-based" in str(node.get("description")) + str(schema.get("description"))


def _from_zero(parameter: Parameter, shown: Container[str]) -> bool:
    """Whether pages count from 0: the first one is the default, or the least; else Spring's do."""
    schema = parameter.schema
    said = (schema.get("default"), schema.get("minimum"))
    if 0 in said:
        return True
    if "totalElements" in shown and 1 not in said:
        return True
    if not letters(parameter.name).endswith("index"):
        return False
    return schema.get("minimum") != 1


def _shows(document: Document, operation: Operation, *, paged: bool) -> dict[str, str]:
    success = operation.success
    if success is None:
        return {}
    if success.schema is None:
        return {}
    for at in _lists(document, success.schema, (), 0):
        if not at:
            return {}
        told = members_told(document.schemas, success.schema, at, paged=paged)
        return {join("", *place): role for place, role in told.items()}
    return {}


def _lists(document: Document, schema: Node, path: tuple[str, ...], depth: int) -> Iterator[tuple[str, ...]]:
    """The places of lists of objects in a body, the nearest first."""
    resolved = document.schemas.resolve(schema)
    if types_of(resolved)[:1] == ("array",):
        yield path
        return
    if depth >= DEEPEST:
        return
    known = mapping(resolved, "properties")
    for name, inner in known.items():
        if types_of(document.schemas.resolve(inner))[:1] == ("array",):
            yield (*path, name)
    for name, inner in known.items():
        yield from _lists(document, inner, (*path, name), depth + 1)

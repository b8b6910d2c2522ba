"""Bodies of requests and answers: by media type, each property of their schema in a row, and an example."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from random import Random

import yaml

from troth.contracts.contract import Contract
from troth.contracts.docs.markup import code, fenced, plain, table
from troth.contracts.docs.shapes import described, shape
from troth.contracts.document.media_types import is_json
from troth.contracts.document.openapi import sequential
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import join, listing, mapping, referred
from troth.contracts.document.typing import types_of
from troth.contracts.model import ABSENT, Content, Json, Node, Operation, Response

MOST = 40
"""Lines of an example: a longer one tells nobody more."""

DEEPEST, ROWS = 4, 60
"""Levels and rows of a schema that are shown."""

HEAD = ("property", "is", "about")


def bodies(contract: Contract, operation: Operation) -> Iterator[str]:
    """What a request may send; forms of one schema are told once."""
    told: dict[str, list[str]] = {}
    for content in operation.contents:
        told.setdefault(_shown(contract, content), []).append(code(content.media_type))
    for shown, media_types in told.items():
        required = "" if operation.body_required else ", which may be left out"
        yield f"Body ({', '.join(media_types)}{required}):\n\n{shown}"


def _shown(contract: Contract, content: Content) -> str:
    if content.schema is None:
        return "Anything.\n"
    return tree(contract, content.schema)


def answers(contract: Contract, operation: Operation) -> Iterator[str]:
    """The headers and bodies of answers; what several have in common is told once."""
    told: dict[str, list[str]] = {}
    for response in operation.responses:
        rows = [[code(name), *_header(contract, response, name)] for name in response.headers]
        if rows:
            yield f"Headers of {code(response.key)}:\n\n{table(['header', 'is', 'about'], rows)}"
        told.setdefault(_body(contract, response), []).append(code(response.key))
    for shown, keys in told.items():
        if shown:
            yield f"Body of {', '.join(keys)}{shown}"
    for response in operation.responses:
        example = _example(contract, response)
        if example not in ({}, [], "", None):
            yield f"{code(response.key)}, for example:\n\n{fenced(shortened(example), 'yaml')}"


def _body(contract: Contract, response: Response) -> str:
    """What the body of an answer is; empty where it has none."""
    types = ", ".join(map(code, response.media_types))
    if response.schema is not None:
        return f" ({types}):\n\n{tree(contract, response.schema)}"
    if not types:
        return ""
    return f": {types}.\n"


def _header(contract: Contract, response: Response, name: str) -> list[str]:
    _, node = contract.document.resolve(join(response.pointer, "headers", name))
    return [shape(contract, mapping(node, "schema")), plain(_said(node, "description"))]


def _said(node: Node, key: str) -> str:
    """A text of a node; empty where it has none."""
    if not isinstance(node, Mapping):
        return ""
    return str(node.get(key) or "")


def _example(contract: Contract, response: Response) -> Json:
    """The first documented body, else a made-up one of what succeeds."""
    written = response.example
    if written is not ABSENT:
        return written
    media = response.media_type or ""
    if response.key[:1] != "2" or not is_json(media) or sequential(media):
        return None
    pointer = response.schema_pointer or ""
    return plausible(contract.document.schemas, pointer, Random(pointer))


def shortened(body: Json) -> str:
    """An example as YAML, as far as it is worth reading."""
    text = yaml.safe_dump(body, sort_keys=False, allow_unicode=True, width=100)
    lines = text.splitlines()
    if len(lines) > MOST:
        lines = [*lines[:MOST], "# …"]
    return "\n".join(lines)


def tree(contract: Contract, schema: Node) -> str:
    """A schema as a table: a row for each property, those inside named by their way (`address.city`)."""
    rows = list(_rows(contract, schema, "", 0, ()))
    if not rows:
        return f"{shape(contract, schema)}.\n"
    if len(rows) > ROWS:
        more = len(rows) - ROWS
        rows = [*rows[:ROWS], ["…", f"{more} more", ""]]
    return table(HEAD, rows)


def _rows(
    contract: Contract, schema: Node, way: str, depth: int, above: tuple[str, ...]
) -> Iterator[list[str]]:
    """The rows of what is inside of a schema."""
    resolved = contract.document.schemas.resolve(schema)
    name = _last_reference(contract, schema)
    if name in above or depth > DEEPEST:
        return
    above = (*above, name)
    if types_of(resolved)[:1] == ("array",):
        yield from _rows(contract, mapping(resolved, "items"), f"{way}[]", depth + 1, above)
        return
    required = listing(resolved, "required")
    for inner, part in mapping(resolved, "properties").items():
        place = f"{way}.{inner}".lstrip(".")
        shown = shape(contract, part)
        if inner in required:
            shown = f"required, {shown}"
        yield [code(place), shown, plain(described(contract, part))]
        yield from _rows(contract, part, place, depth + 1, above)
    for number, option in enumerate(_options(resolved), 1):
        yield [_numbered(way, number), _called(option), ""]
        yield from _rows(contract, option, way, depth + 1, above)


def _numbered(way: str, number: int) -> str:
    """What an alternative is called in its row."""
    if not way:
        return f"shape {number}"
    return f"{code(way)} shape {number}"


def _last_reference(contract: Contract, schema: Node) -> str:
    """Where a schema stands in the end; its own identity where it refers to nothing."""
    found = str(id(schema))
    while _said(schema, "$ref") not in ("", found):
        found = _said(schema, "$ref")
        schema = contract.document.schemas.at(referred(schema))
    return found


def _options(schema: Mapping[str, Node]) -> list[Node]:
    """The alternatives of a schema that have parts."""
    options = [*listing(schema, "oneOf"), *listing(schema, "anyOf")]
    return [option for option in options if isinstance(option, Mapping) and _has_parts(option)]


def _has_parts(option: Mapping[str, Node]) -> bool:
    return not option.keys().isdisjoint(("$ref", "properties", "items", "allOf"))


def _called(option: Node) -> str:
    """The name of an alternative."""
    name = _said(option, "$ref").rpartition("/")[2]
    if not name:
        return ""
    return code(name)

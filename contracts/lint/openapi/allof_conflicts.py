"""The parts of `allOf` can be kept together."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document.pointers import listing, mapping
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Schema


def check(node: Node) -> Iterator[Problem]:
    """A part whose type no other part allows."""
    allowed = _types(node.value)
    for index, part in enumerate(node.list("allOf")):
        own = _types(node.graph.resolve(part))
        if not own or not allowed:
            allowed = own or allowed
            continue
        if _are_apart(own, allowed):
            message = f"type {' or '.join(sorted(own))} and {' or '.join(sorted(allowed))} exclude each other"
            yield node.says(message, "allOf", index)
        allowed = own & allowed or allowed
    yield from _properties(node)


def _properties(node: Node) -> Iterator[Problem]:
    """A required property whose type in one part no other part allows."""
    parts = [node.graph.resolve(part) for part in node.list("allOf")]
    required = {str(name) for part in (node.value, *parts) for name in listing(part, "required")}
    allowed: dict[str, set[str]] = {}
    for index, part in enumerate(parts):
        for name, schema in mapping(part, "properties").items():
            own = _types(node.graph.resolve(schema))
            before = allowed.setdefault(name, own)
            if name in required and own and before and _are_apart(own, before):
                types = f"{' or '.join(sorted(own))} and {' or '.join(sorted(before))}"
                message = f"{name!r} is required, and its types exclude each other: {types}"
                yield node.says(message, "allOf", index)


def _are_apart(own: set[str], allowed: set[str]) -> bool:
    """Whether no value is of one of either types; an integer is a number, too."""
    if own & allowed:
        return False
    return not own | allowed <= {"integer", "number"}


def _types(schema: Schema) -> set[str]:
    declared = schema.get("type")
    if isinstance(declared, str):
        return {declared}
    return {str(type_) for type_ in listing(schema, "type")}


RULE = Rule(
    name="allof-conflicts",
    means="two parts of `allOf` have types that exclude each other, or give such to a required property",
    why="No value can keep both.",
    bad="components: {schemas: {A: {allOf: [{type: string}, {type: object}]}}}",
    good="components: {schemas: {A: {allOf: [{type: object}, {type: object}]}}}",
    level="error",
    sets="minimal recommended vacuum",
    on="schema",
    where="allOf",
    check=check,
    vacuum="allof-conflicts",
)

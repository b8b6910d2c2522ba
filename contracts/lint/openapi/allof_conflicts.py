"""The parts of `allOf` can be kept together."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Json


def check(node: Node) -> Iterator[Problem]:
    """A part whose type no other part allows."""
    allowed: set[str] | None = _types(node.value)
    for index, part in enumerate(node.list("allOf")):
        own = _types(node.graph.resolve(part))
        if own and allowed and not own & allowed and not ({"integer", "number"} >= own | allowed):
            message = f"type {' or '.join(sorted(own))} and {' or '.join(sorted(allowed))} exclude each other"
            yield node.says(message, "allOf", index)
        allowed = own & allowed or allowed if own and allowed else own or allowed


def _types(schema: dict[str, Json]) -> set[str] | None:
    declared = schema.get("type")
    types = [declared] if isinstance(declared, str) else declared if isinstance(declared, list) else []
    return {str(type_) for type_ in types} or None


RULE = Rule(
    name="allof-conflicts",
    means="two parts of `allOf` have types that exclude each other",
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

"""A parameter that is true or false is named like a question."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import HOUSE, Rule


def check(node: Node, prefixes: list[str] | None = None) -> Iterator[Problem]:
    """A boolean parameter whose name begins with none of the prefixes."""
    wanted = tuple(prefixes or PREFIXES)
    name = node.text("name")
    if node.graph.resolve(node.value.get("schema")).get("type") == "boolean" and not name.startswith(wanted):
        yield node.says(f"the boolean parameter {name!r} begins with none of: {', '.join(wanted)}")


PREFIXES = ["is", "has"]

RULE = Rule(
    name="boolean-parameter-prefixes",
    means="the name of a boolean parameter begins with none of the agreed prefixes",
    why="`isLit` is read as what it is.",
    bad="components: {parameters: {a: {name: lit, in: query, schema: {type: boolean}}}}",
    good="components: {parameters: {a: {name: isLit, in: query, schema: {type: boolean}}}}",
    level="note",
    sets=HOUSE,
    on="parameter",
    check=check,
    redocly="boolean-parameter-prefixes",
    options={"prefixes": PREFIXES},
)

"""Properties are written in one way."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

STYLES = {"camel": r"[a-z][a-zA-Z0-9]*", "snake": r"[a-z][a-z0-9_]*", "kebab": r"[a-z][a-z0-9-]*"}


def check(node: Node, style: str = "camel") -> Iterator[Problem]:
    """A property whose name is not of the style."""
    pattern = re.compile(STYLES.get(style, STYLES["camel"]))
    for name in node.map("properties"):
        if not pattern.fullmatch(name):
            yield node.says(f"the property {name!r} is not written in {style} case", "properties", name)


RULE = Rule(
    name="camel-case-properties",
    means="a property's name is not camelCase (or what the option `style` says)",
    why="One way to write them: nobody has to remember which.",
    bad="components: {schemas: {A: {properties: {first_name: {type: string}}}}}",
    good="components: {schemas: {A: {properties: {firstName: {type: string}}}}}",
    level="note",
    sets="vacuum",
    on="schema",
    where="properties",
    check=check,
    vacuum="camel-case-properties",
    options={"style": "camel"},
)

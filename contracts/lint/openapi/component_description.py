"""Every schema, parameter and so on under `components` is described."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

KINDS = ("schemas", "parameters", "requestBodies", "headers", "examples", "securitySchemes", "links")


def check(node: Node) -> Iterator[Problem]:
    """A component without `description`."""
    for section in KINDS:
        for name, component in node.map(section).items():
            if isinstance(component, dict) and "$ref" not in component and not component.get("description"):
                yield node.says(f"{name!r} has no `description`", section, name)


RULE = Rule(
    name="component-description",
    means="a component has no `description`",
    why="What is shared is read by many.",
    bad="components: {schemas: {A: {type: string}}}",
    good="components: {schemas: {A: {type: string, description: The name of a lamp.}}}",
    level="note",
    sets="vacuum",
    on="components",
    check=check,
    vacuum="component-description",
)

"""Every parameter is described."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `description`, or an empty one."""
    if not node.text("description").strip():
        yield node.says(f"the parameter {node.text('name')!r} has no `description`")


RULE = Rule(
    name="oas3-parameter-description",
    means="a parameter has no `description`",
    why="Its name seldom says what values do.",
    bad="components: {parameters: {q: {name: q, in: query, schema: {}}}}",
    good="components: {parameters: {q: {name: q, in: query, description: What to look for., schema: {}}}}",
    level="note",
    sets="vacuum",
    on="parameter",
    check=check,
    spectral="oas3-parameter-description",
    redocly="parameter-description",
    vacuum="oas3-parameter-description",
)

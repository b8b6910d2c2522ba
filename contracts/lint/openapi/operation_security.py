"""Every operation says who may call it."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """Neither the operation nor the document has `security`."""
    if "security" not in node.value and "security" not in node.graph.root.value:
        yield node.says("neither the operation nor the document says anything about `security`")


RULE = Rule(
    name="operation-security",
    means="neither an operation nor the document has `security`",
    why="Silence means public; `security: []` says that this is meant.",
    bad="paths: {/a: {get: {responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {security: [], responses: {default: {description: A.}}}}}",
    level="note",
    sets="redocly",
    on="operation",
    check=check,
    redocly="security-defined",
)

"""Every operation is described."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `description`, or an empty one."""
    if not node.text("description").strip():
        yield node.says_of("description", "the operation has no `description`")


RULE = Rule(
    name="operation-description",
    means="an operation has no `description`",
    why="A path and a method do not say what happens.",
    bad="paths: {/a: {get: {responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {description: Lists what there is., responses: {default: {description: A.}}}}}",
    level="note",
    sets="spectral vacuum",
    on="operation",
    check=check,
    spectral="operation-description",
    redocly="operation-description",
    vacuum="operation-description",
)

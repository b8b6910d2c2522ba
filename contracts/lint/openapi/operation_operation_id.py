"""Every operation has an `operationId`."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No `operationId`, or an empty one."""
    if not node.text("operationId"):
        yield node.says("the operation has no `operationId`")


RULE = Rule(
    name="operation-operationId",
    means="an operation has no `operationId`",
    why="It is the operation's name in generated code, in links, and in every promise that troth reports.",
    bad="paths: {/a: {get: {responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {operationId: listA, responses: {default: {description: A.}}}}}",
    sets="spectral redocly vacuum",
    on="operation",
    check=check,
    spectral="operation-operationId",
    redocly="operation-operationId",
    vacuum="operation-operationId",
)

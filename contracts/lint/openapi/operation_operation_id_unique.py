"""Every `operationId` is there once."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """The second and every further operation with one id."""
    seen: dict[str, Node] = {}
    for operation in [*node.graph.of("operation"), *node.graph.of("other-operation")]:
        name = operation.text("operationId")
        if name in seen and seen[name].pointer == operation.pointer:
            continue  # a path refers to it
        if name and name in seen:
            first = node.graph.document.locate(seen[name].pointer)
            yield operation.says(f"operationId {name!r} is taken already at {first}", "operationId")
        seen.setdefault(name, operation)


RULE = Rule(
    name="operation-operationId-unique",
    means="two operations have one `operationId`",
    why="Code generators name functions by it, and links refer to it: two cannot share one name.",
    bad="""paths:
  /a:
    get: {operationId: x, responses: {default: {description: A.}}}
    put: {operationId: x, responses: {default: {description: A.}}}""",
    good="""paths:
  /a:
    get: {operationId: x, responses: {default: {description: A.}}}
    put: {operationId: y, responses: {default: {description: A.}}}""",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="document",
    check=check,
    spectral="operation-operationId-unique",
    redocly="operation-operationId-unique",
    vacuum="operation-operationId-unique",
)

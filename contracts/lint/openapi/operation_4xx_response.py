"""Every operation says how it refuses."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No status of 4xx, and no `default`, among the responses."""
    statuses = node.map("responses")
    if not any(status.startswith("4") for status in statuses):
        yield node.says("no response with a status of 4xx", *(["responses"] if statuses else []))


RULE = Rule(
    name="operation-4xx-response",
    means="an operation documents no response of 4xx",
    why="Clients cannot be written for refusals that nobody describes.",
    bad="paths: {/a: {get: {responses: {'200': {description: Yes.}}}}}",
    good="paths: {/a: {get: {responses: {'200': {description: Yes.}, '404': {description: No.}}}}}",
    level="note",
    sets="redocly",
    on="operation",
    check=check,
    redocly="operation-4xx-response",
    vacuum="operation-4xx-response",
)

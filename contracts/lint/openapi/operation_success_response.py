"""Every operation says how it answers when all goes well."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """No status of 2xx or 3xx, no 101 (another protocol), and no `default` among the responses."""
    statuses = node.map("responses")
    if not any(status[:1] in ("2", "3") or status in ("101", "default") for status in statuses):
        yield node.says("no response with a status of 2xx or 3xx", *(["responses"] if statuses else []))


RULE = Rule(
    name="operation-success-response",
    means="an operation documents no response of 2xx or 3xx",
    why="Clients and mocks cannot know what success looks like.",
    bad="paths: {/a: {get: {responses: {'400': {description: No.}}}}}",
    good="paths: {/a: {get: {responses: {'200': {description: Yes.}}}}}",
    sets="recommended spectral redocly vacuum",
    on="operation",
    check=check,
    spectral="operation-success-response",
    redocly="operation-2xx-response",
    vacuum="operation-success-response post-response-success",
)

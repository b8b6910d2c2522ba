"""Refusals are problem details (RFC 9457)."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

MEDIA = "application/problem+json"


def check(node: Node) -> Iterator[Problem]:
    """A 4xx response without `application/problem+json`."""
    for status, response in node.map("responses").items():
        content = node.graph.resolve(response).get("content")
        if status.startswith("4") and (not isinstance(content, dict) or MEDIA not in content):
            yield node.says(f"the {status} response has no {MEDIA}", "responses", status)


RULE = Rule(
    name="operation-4xx-problem-details-rfc7807",
    means="a 4xx response has no `application/problem+json`",
    why="One shape of errors for all APIs, for those who have agreed on it.",
    bad="paths: {/a: {get: {responses: {'404': {description: No.}}}}}",
    good="""paths:
  /a: {get: {responses: {'404': {description: No., content: {application/problem+json: {}}}}}}""",
    level="note",
    on="operation",
    where="responses",
    check=check,
    redocly="operation-4xx-problem-details-rfc7807",
)

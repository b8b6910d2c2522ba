"""A webhook has no servers: the receiver says where it is."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`servers` in a webhook or one of its operations."""
    for key, inner in (("", node.value), *node.value.items()):
        if isinstance(inner, dict) and "servers" in inner:
            yield node.says("`servers` have no meaning in a webhook", *([key] if key else []), "servers")


RULE = Rule(
    name="oas3_1-servers-in-webhook",
    means="a webhook has `servers`",
    why="The address is the receiver's: what stands here is ignored.",
    bad="""openapi: 3.1.0
webhooks:
  made: {servers: [{url: 'https://a.test'}], post: {responses: {default: {description: A.}}}}""",
    good="openapi: 3.1.0\nwebhooks: {made: {post: {responses: {default: {description: A.}}}}}",
    sets="recommended spectral",
    on="webhook",
    check=check,
    versions=("3.1", "3.2"),
    spectral="oas3_1-servers-in-webhook",
)

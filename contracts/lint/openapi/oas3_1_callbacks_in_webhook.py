"""A webhook has no callbacks."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`callbacks` in an operation of a webhook."""
    if node.parent and node.parent.kind == "webhook":
        yield node.says("`callbacks` have no meaning in a webhook", "callbacks")


RULE = Rule(
    name="oas3_1-callbacks-in-webhook",
    means="a webhook has `callbacks`",
    why="No tool follows them.",
    bad="openapi: 3.1.0\nwebhooks: {made: {post: {callbacks: {}, responses: {default: {description: A.}}}}}",
    good="openapi: 3.1.0\nwebhooks: {made: {post: {responses: {default: {description: A.}}}}}",
    sets="recommended spectral",
    on="other-operation",
    where="callbacks",
    check=check,
    versions=("3.1", "3.2"),
    spectral="oas3_1-callbacks-in-webhook",
)

"""A callback has no callbacks."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`callbacks` in an operation of a callback."""
    path = node.parent
    if path and path.parent and path.parent.kind == "callback":
        yield node.says("`callbacks` inside of a callback", "callbacks")


RULE = Rule(
    name="oas3-callbacks-in-callbacks",
    means="an operation of a callback has callbacks of its own",
    why="No tool follows them.",
    bad="""paths:
  /a:
    post:
      callbacks: {done: {'{$url}': {post: {callbacks: {more: {}}, responses: {default: {description: A.}}}}}}
      responses: {default: {description: A.}}""",
    good="""paths:
  /a:
    post:
      callbacks: {done: {'{$url}': {post: {responses: {default: {description: A.}}}}}}
      responses: {default: {description: A.}}""",
    sets="recommended spectral",
    on="other-operation",
    where="callbacks",
    check=check,
    spectral="oas3-callbacks-in-callbacks",
)

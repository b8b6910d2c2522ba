"""GET, HEAD and DELETE have no body."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A body where HTTP gives it no meaning."""
    if node.name in ("get", "head", "delete"):
        yield node.says(f"a body of {node.name.upper()} has no meaning in HTTP", "requestBody")


RULE = Rule(
    name="no-request-body",
    means="GET, HEAD or DELETE with a request body",
    why="Clients, proxies and servers may drop it.",
    bad="""paths:
  /a: {get: {requestBody: {content: {text/plain: {}}}, responses: {default: {description: A.}}}}""",
    good="""paths:
  /a: {post: {requestBody: {content: {text/plain: {}}}, responses: {default: {description: A.}}}}""",
    level="note",
    sets="vacuum",
    on="operation",
    where="requestBody",
    check=check,
    vacuum="no-request-body",
)

"""The methods of a path stand in one order."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from troth.contracts.document.openapi import METHODS
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node, order: list[str] | None = None) -> Iterator[Problem]:
    """The first method that comes too late."""
    wanted = order or ORDER
    ranks = [(wanted.index(key), key) for key in node.value if key in METHODS and key in wanted]
    for (before, first), (after, second) in pairwise(ranks):
        if after < before:
            yield node.says(f"{second!r} comes before {first!r}", second)
            return


ORDER = ["get", "head", "post", "put", "patch", "delete", "options", "trace"]

RULE = Rule(
    name="path-http-verbs-order",
    means="the methods of a path are not in order",
    why="Readers find them where they expect them.",
    bad="""paths:
  /a:
    post: {responses: {default: {description: A.}}}
    get: {responses: {default: {description: A.}}}""",
    good="""paths:
  /a:
    get: {responses: {default: {description: A.}}}
    post: {responses: {default: {description: A.}}}""",
    level="note",
    on="path",
    check=check,
    redocly="path-http-verbs-order",
    options={"order": ORDER},
)

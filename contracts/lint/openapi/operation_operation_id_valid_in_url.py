"""An `operationId` can stand in a URL."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

SAFE = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]*")


def check(node: Node) -> Iterator[Problem]:
    """Characters that a URL cannot have."""
    name = node.text("operationId")
    if not SAFE.fullmatch(name):
        yield node.says(f"operationId {name!r} has characters that a URL cannot have", "operationId")


RULE = Rule(
    name="operation-operationId-valid-in-url",
    means="an `operationId` has characters that a URL cannot have",
    why="Documentation portals make addresses of it, code generators names.",
    bad="paths: {/a: {get: {operationId: list all, responses: {default: {description: A.}}}}}",
    good="paths: {/a: {get: {operationId: listAll, responses: {default: {description: A.}}}}}",
    sets="recommended spectral redocly vacuum",
    on="operation",
    where="operationId",
    check=check,
    spectral="operation-operationId-valid-in-url",
    redocly="operation-operationId-url-safe",
    vacuum="operation-operationId-valid-in-url",
)

"""No path ends in a slash."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A path with a slash at its end; `/` alone is one."""
    if len(node.name) > 1 and node.name.endswith("/"):
        yield node.says("the path ends in a slash")


RULE = Rule(
    name="path-keys-no-trailing-slash",
    means="a path ends in a slash",
    why="`/a` and `/a/` are two paths to some servers, one to others. Off: whole frameworks write them so.",
    bad="paths: {/a/: {}}",
    good="paths: {/a: {}}",
    sets="spectral redocly vacuum",
    on="path",
    check=check,
    spectral="path-keys-no-trailing-slash",
    redocly="no-path-trailing-slash",
    vacuum="path-keys-no-trailing-slash",
)

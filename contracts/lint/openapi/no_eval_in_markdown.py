"""No description carries code that is run."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`eval(` in a description or title."""
    for key in ("description", "title"):
        if "eval(" in node.text(key):
            yield node.says(f"`eval(` in a {key}", key)


RULE = Rule(
    name="no-eval-in-markdown",
    means="a description contains `eval(`",
    why="Portals render descriptions as HTML: code in them may be run in the reader's browser.",
    bad="info: {title: A, version: '1', description: 'Try eval(x).'}",
    good="info: {title: A, version: '1', description: Try it.}",
    sets="recommended spectral redocly vacuum",
    on="*",
    check=check,
    spectral="no-eval-in-markdown",
    redocly="no-unsafe-markdown",
    vacuum="no-eval-in-markdown",
)

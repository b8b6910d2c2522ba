"""No description carries a script."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """`<script` in a description or title."""
    for key in ("description", "title"):
        if "<script" in node.text(key).lower():
            yield node.says(f"`<script` in a {key}", key)


RULE = Rule(
    name="no-script-tags-in-markdown",
    means="a description contains a `<script>` tag",
    why="Portals render descriptions as HTML: the script would be run in the reader's browser.",
    bad="info: {title: A, version: '1', description: 'Hi <script>x()</script>'}",
    good="info: {title: A, version: '1', description: 'Hi <b>you</b>'}",
    sets="recommended spectral redocly vacuum",
    on="*",
    check=check,
    spectral="no-script-tags-in-markdown",
    redocly="no-unsafe-markdown",
    vacuum="no-script-tags-in-markdown",
)

"""No server URL ends in a slash."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.lint.nodes import Fix, Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A URL with a slash at its end; `/` alone is one."""
    url = node.text("url")
    if len(url) > 1 and url.endswith("/"):
        fix = Fix(f"{node.pointer}/url", url, url.rstrip("/") or "/")
        yield node.says("the server URL ends in a slash", "url", fix=fix)


RULE = Rule(
    name="oas3-server-trailing-slash",
    means="a server URL ends in a slash",
    why="Paths begin with one: together they make `//`, which many servers do not know.",
    bad="servers: [{url: 'https://a.test/'}]",
    good="servers: [{url: 'https://a.test'}]",
    sets="recommended spectral redocly",
    on="server",
    where="url",
    check=check,
    spectral="oas3-server-trailing-slash",
    redocly="no-server-trailing-slash",
    vacuum="oas3-server-trailing-slash",
    fixable=True,
)

"""A server is one that exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

EXAMPLE = re.compile(
    r"^(?:\w+:)?//(?:[\w.-]+\.)?(?:example\.(?:com|org|net)|localhost)(?:[:/]|$)", re.IGNORECASE
)


def check(node: Node) -> Iterator[Problem]:
    """A URL that leads to example.com or to localhost."""
    if EXAMPLE.match(node.text("url")):
        yield node.says("the server is an example, not a place", "url")


RULE = Rule(
    name="oas3-server-not-example.com",
    means="a server URL leads to example.com or localhost",
    why="It was left over from a template: nobody can call it.",
    bad="servers: [{url: 'https://example.com/v1'}]",
    good="servers: [{url: 'https://api.acme.test/v1'}]",
    level="note",
    sets="redocly",
    on="server",
    where="url",
    check=check,
    spectral="oas3-server-not-example.com",
    redocly="no-server-example.com",
    vacuum="oas3-host-not-example",
)

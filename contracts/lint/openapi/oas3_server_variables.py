"""A server URL and its variables agree."""

from __future__ import annotations

import re
from collections.abc import Iterator

from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule

NAME = re.compile(r"\{([^}]*)\}")


def check(node: Node) -> Iterator[Problem]:
    """Names without a variable, variables without a place, enums that are empty or lack the default."""
    names, variables = NAME.findall(node.text("url")), node.map("variables")
    for name in dict.fromkeys(names):
        if name not in variables:
            yield node.says(f"the variable {{{name}}} of the URL is not declared", "url")
    for name, variable in variables.items():
        if name not in names:
            yield node.says(f"the URL has no {{{name}}}", "variables", name)
        if not isinstance(variable, dict) or not isinstance(variable.get("enum"), list):
            continue
        if not variable["enum"]:
            yield node.says("an empty `enum` allows no value", "variables", name, "enum")
        elif "default" in variable and variable["default"] not in variable["enum"]:
            yield node.says("the default is not in the `enum`", "variables", name, "default")


RULE = Rule(
    name="oas3-server-variables",
    means="a server URL and its `variables` do not agree",
    why="No client can make a URL of it.",
    bad="servers: [{url: 'https://{region}.a.test'}]",
    good="servers: [{url: 'https://{region}.a.test', variables: {region: {default: eu}}}]",
    level="error",
    sets="minimal recommended spectral redocly",
    on="server",
    check=check,
    spectral="oas3-server-variables",
    redocly="no-undefined-server-variable no-server-variables-empty-enum",
)

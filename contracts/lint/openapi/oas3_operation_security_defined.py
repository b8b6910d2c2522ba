"""Every security requirement names a declared scheme."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document import did_you_mean
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule


def check(node: Node) -> Iterator[Problem]:
    """A name under `security` that `components.securitySchemes` does not have."""
    components = node.graph.root.map("components")
    schemes = components.get("securitySchemes")
    known = schemes if isinstance(schemes, dict) else {}
    for index, requirement in enumerate(node.list("security")):
        for name in requirement if isinstance(requirement, dict) else ():
            if name not in known:
                message = f"the security scheme {name!r} is not declared{did_you_mean(name, known)}"
                yield node.says(message, "security", index, name)


RULE = Rule(
    name="oas3-operation-security-defined",
    means="`security` names a scheme that `components.securitySchemes` does not declare",
    why="No client can find out how to authenticate.",
    bad="security: [{tokn: []}]\ncomponents: {securitySchemes: {token: {type: http, scheme: bearer}}}",
    good="security: [{token: []}]\ncomponents: {securitySchemes: {token: {type: http, scheme: bearer}}}",
    level="error",
    sets="minimal recommended spectral redocly vacuum",
    on="*",
    where="security",
    check=check,
    spectral="oas3-operation-security-defined",
    redocly="security-defined",
    vacuum="oas3-operation-security-defined",
)

"""Scopes are declared by their scheme."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document import did_you_mean
from troth.contracts.document.pointers import listing, mapping
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Schema


def check(node: Node) -> Iterator[Problem]:
    """A scope that none of the OAuth flows of the scheme has."""
    schemes = mapping(node.graph.root.map("components"), "securitySchemes")
    for index, requirement in enumerate(node.list("security")):
        if not isinstance(requirement, dict):
            continue
        for name in requirement:
            known = _scopes(node.graph.resolve(schemes.get(name)))
            if known is None:
                continue
            for at, scope in enumerate(listing(requirement, name)):
                if scope not in known:
                    message = f"{name!r} has no scope {scope!r}{did_you_mean(str(scope), known)}"
                    yield node.says(message, "security", index, name, at)


def _scopes(scheme: Schema) -> list[str] | None:
    """The scopes of all flows; None for a scheme that has none by its nature."""
    flows = scheme.get("flows")
    if scheme.get("type") != "oauth2" or not isinstance(flows, dict):
        return None
    return [scope for flow in flows.values() for scope in mapping(flow, "scopes")]


RULE = Rule(
    name="security-scopes-defined",
    means="`security` asks for a scope that the OAuth scheme does not declare",
    why="Clients would ask the authorization server for what it does not have.",
    bad="""security: [{o: [raed]}]
components:
  securitySchemes:
    o: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.test', scopes: {read: Read.}}}}""",
    good="""security: [{o: [read]}]
components:
  securitySchemes:
    o: {type: oauth2, flows: {clientCredentials: {tokenUrl: 'https://a.test', scopes: {read: Read.}}}}""",
    sets="recommended spectral redocly",
    on="*",
    where="security",
    check=check,
    spectral="oas3-operation-security-defined",
    redocly="security-scopes-defined",
)

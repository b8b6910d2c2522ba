"""Scopes are declared by their scheme."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.document import did_you_mean
from troth.contracts.lint.nodes import Node, Problem
from troth.contracts.lint.rule import Rule
from troth.contracts.model import Json


def check(node: Node) -> Iterator[Problem]:
    """A scope that none of the OAuth flows of the scheme has."""
    schemes = node.graph.root.map("components").get("securitySchemes")
    for index, requirement in enumerate(node.list("security")):
        for name, scopes in requirement.items() if isinstance(requirement, dict) else ():
            scheme = node.graph.resolve(schemes.get(name) if isinstance(schemes, dict) else None)
            known = _scopes(scheme)
            for at, scope in enumerate(scopes if isinstance(scopes, list) and known is not None else ()):
                if known is not None and scope not in known:
                    message = f"{name!r} has no scope {scope!r}{did_you_mean(str(scope), known)}"
                    yield node.says(message, "security", index, name, at)


def _scopes(scheme: dict[str, Json]) -> list[str] | None:
    """The scopes of all flows; None for a scheme that has none by its nature."""
    flows = scheme.get("flows")
    if scheme.get("type") != "oauth2" or not isinstance(flows, dict):
        return None
    found = (flow.get("scopes") for flow in flows.values() if isinstance(flow, dict))
    return [scope for scopes in found if isinstance(scopes, dict) for scope in scopes]


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

"""What connexion gets to see of a document: its operations and their security, as OpenAPI 3.0.

connexion 3.3 refuses 3.1 documents, inlines every ``$ref``, validates bodies by draft 4, and cannot route
some paths (a parameter ``x-id``, a value with ``%2F``). Bodies and parameters are checked by ``decide``, with
validators compiled once, so the projection carries no schemas and is the same for 3.0 to 3.2.
"""

from __future__ import annotations

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.credentials import PLACES, is_own_scheme
from troth.contracts.model import Node, Operation, Schema

_ACCEPT = "troth.mock_server.security.accept"
_ACCEPT_BASIC = "troth.mock_server.security.accept_basic"

ROUTED = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
"""The methods that connexion knows."""


def project(contract: Contract) -> dict[str, Node]:
    """A minimal OpenAPI 3.0 document with the same operations and the same security.

    Each operation has a path of its own without parameters, and a method that connexion knows: any name may
    stand in a path, and any method in OpenAPI 3.2.
    """
    paths: dict[str, Node] = {}
    for number, operation in enumerate(contract.operations.values()):
        paths[f"/{number}"] = {"post": _operation(contract, operation)}
    return {
        "openapi": "3.0.3",
        "info": {"title": contract.title, "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": _schemes(contract)},
    }


@remembered
def carriers_of(contract: Contract) -> tuple[str, ...]:
    """The headers in which credentials may come, and ``?`` for the query string."""
    found = {"authorization"}
    for scheme in _schemes(contract).values():
        if scheme["type"] == "apiKey":
            found.add({"header": scheme["name"].lower(), "cookie": "cookie"}.get(scheme["in"], "?"))
    return tuple(sorted(found))


def _operation(contract: Contract, operation: Operation) -> Node:
    return {
        "operationId": operation.id,
        "security": _security(contract, operation),
        "responses": {"default": {"description": "Any."}},
    }


def _security(contract: Contract, operation: Operation) -> list[Node]:
    """What the operation asks for, as far as its schemes are known."""
    if not operation.secured:
        return []
    node = contract.document.at(operation.pointer)
    required = node.get("security", contract.document.data.get("security", []))
    known = _schemes(contract)
    return [{name: [] for name in one if name in known} for one in required]


def own_schemes(contract: Contract) -> frozenset[str]:
    """The HTTP schemes of a document that connexion has no hook for."""
    http = [one for one in _schemes(contract).values() if one["type"] == "http"]
    return frozenset(one["scheme"] for one in http if is_own_scheme(one["scheme"]))


@remembered
def _schemes(contract: Contract) -> dict[str, Schema]:
    """Each scheme with the function that accepts its credentials."""
    found = {}
    components = contract.document.data.get("components") or {}
    for name in components.get("securitySchemes") or ():
        _, scheme = contract.document.resolve(f"/components/securitySchemes/{name}")
        projected = _scheme(scheme)
        if projected is not None:
            found[name] = projected
    return found


def _scheme(scheme: Node) -> Schema | None:
    """OAuth 2 and OpenID Connect are bearer; None: there is no such type."""
    if not isinstance(scheme, dict):
        return None
    kind = scheme.get("type")
    if kind == "apiKey":
        if all(("name" in scheme, scheme.get("in") in PLACES)):
            return {"type": kind, "in": scheme["in"], "name": scheme["name"], "x-apikeyInfoFunc": _ACCEPT}
        return None
    if kind == "http":
        return _http(str(scheme.get("scheme", "")).lower())
    if kind in ("oauth2", "openIdConnect"):
        return _http("bearer")
    return None


def _http(name: str) -> Schema:
    """A scheme of the header ``Authorization``; bearer where it has no name."""
    if name == "basic":
        return {"type": "http", "scheme": name, "x-basicInfoFunc": _ACCEPT_BASIC}
    if is_own_scheme(name):
        return {"type": "http", "scheme": name}
    return {"type": "http", "scheme": "bearer", "x-bearerInfoFunc": _ACCEPT}

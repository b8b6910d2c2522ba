"""What connexion gets to see of a document: paths, methods, parameter names and security, as OpenAPI 3.0.

connexion 3.3 refuses 3.1 documents, inlines every ``$ref`` and validates bodies by draft 4. It routes and
authenticates here; bodies and parameters are checked by ``decide``, with validators compiled once, so the
projection carries no schemas and is the same for 3.0 to 3.2.
"""

from __future__ import annotations

import re

from troth.contracts.contract import Contract
from troth.contracts.model import Node, Operation, Schema

_ACCEPT = "troth.mock_server.security.accept"
_ACCEPT_BASIC = "troth.mock_server.security.accept_basic"


ROUTED = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
"""The methods that connexion knows."""


def _general(operation: Operation) -> list[bool]:
    """Where a path has parameters: one that says more (``/pets/mine``) goes before (``/pets/{id}``)."""
    return ["{" in segment for segment in operation.path.split("/")]


def disguised(method: str, path: str) -> str:
    """The path under which connexion finds an operation whose method it does not know (``QUERY``)."""
    return f"/~{method}{path}"


def project(contract: Contract) -> dict[str, Node]:
    """A minimal OpenAPI 3.0 document with the same routes and the same security."""
    paths: dict[str, dict[str, Node]] = {}
    for operation in sorted(contract.operations.values(), key=_general):
        path, method = operation.path, operation.method.lower()
        if operation.method not in ROUTED:
            path, method = disguised(operation.method, operation.path), "post"
        paths.setdefault(path, {})[method] = _operation(contract, operation)
    return {
        "openapi": "3.0.3",
        "info": {"title": contract.title, "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": _schemes(contract)},
    }


def _operation(contract: Contract, operation: Operation) -> Node:
    names = re.findall(r"\{([^}]+)\}", operation.path)
    return {
        "operationId": operation.id,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ],
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
    return [{name: scopes for name, scopes in one.items() if name in known} for one in required]


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


def _scheme(scheme: Schema) -> Schema | None:
    """OAuth 2 and OpenID Connect are bearer; None: connexion knows no such scheme."""
    kind = scheme.get("type")
    if kind == "apiKey":
        return {"type": "apiKey", "in": scheme["in"], "name": scheme["name"], "x-apikeyInfoFunc": _ACCEPT}
    if kind == "http" and scheme.get("scheme", "").lower() == "basic":
        return {"type": "http", "scheme": "basic", "x-basicInfoFunc": _ACCEPT_BASIC}
    if kind in ("http", "oauth2", "openIdConnect"):
        return {"type": "http", "scheme": "bearer", "x-bearerInfoFunc": _ACCEPT}
    return None

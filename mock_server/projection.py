"""What connexion gets to see of a document: paths, methods, parameter names and security, as OpenAPI 3.0.

connexion 3.3 refuses 3.1 documents, inlines every ``$ref`` and validates bodies by draft 4. It routes and
authenticates here; bodies and parameters are checked by ``decide``, with validators compiled once, so the
projection carries no schemas and is the same for 3.0 to 3.2.
"""

from __future__ import annotations

import re
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.model import Json, Operation

_ACCEPT = "troth.mock_server.security.accept"


ROUTED = frozenset({"GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "TRACE"})
"""The methods that connexion knows."""


def _general(operation: Operation) -> list[bool]:
    """Where a path has parameters: one that says more (``/pets/mine``) goes before (``/pets/{id}``)."""
    return ["{" in segment for segment in operation.path.split("/")]


def disguised(method: str, path: str) -> str:
    """The path under which connexion finds an operation whose method it does not know (``QUERY``)."""
    return f"/~{method}{path}"


def project(contract: Contract) -> dict[str, Json]:
    """A minimal OpenAPI 3.0 document with the same routes and the same security."""
    paths: dict[str, dict[str, Json]] = {}
    for operation in sorted(contract.operations.values(), key=_general):
        plain = operation.method in ROUTED
        path = operation.path if plain else disguised(operation.method, operation.path)
        method = operation.method.lower() if plain else "post"
        paths.setdefault(path, {})[method] = _operation(contract, operation)
    return {
        "openapi": "3.0.3",
        "info": {"title": contract.title, "version": "1"},
        "paths": paths,
        "components": {"securitySchemes": _schemes(contract)},
    }


def _operation(contract: Contract, operation: Operation) -> dict[str, Json]:
    names = re.findall(r"\{([^}]+)\}", operation.path)
    node = contract.document.at(operation.pointer)
    security = node.get("security", contract.document.data.get("security", [])) if operation.secured else []
    known = _schemes(contract)
    return {
        "operationId": operation.id,
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names
        ],
        "security": [{k: v for k, v in one.items() if k in known} for one in security],
        "responses": {"default": {"description": "Any."}},
    }


def _schemes(contract: Contract) -> dict[str, dict[str, Any]]:
    """Each scheme with the function that accepts its credentials; OAuth 2 and OpenID Connect are bearer."""
    found: dict[str, dict[str, Any]] = {}
    declared = (contract.document.data.get("components") or {}).get("securitySchemes", {})
    for name in declared or ():
        _, scheme = contract.document.resolve(f"/components/securitySchemes/{name}")
        if scheme.get("type") == "apiKey":
            found[name] = {
                "type": "apiKey",
                "in": scheme["in"],
                "name": scheme["name"],
                "x-apikeyInfoFunc": _ACCEPT,
            }
        elif scheme.get("type") == "http" and scheme.get("scheme", "").lower() == "basic":
            found[name] = {
                "type": "http",
                "scheme": "basic",
                "x-basicInfoFunc": "troth.mock_server.security.accept_basic",
            }
        elif scheme.get("type") in ("http", "oauth2", "openIdConnect"):
            found[name] = {"type": "http", "scheme": "bearer", "x-bearerInfoFunc": _ACCEPT}
    return found

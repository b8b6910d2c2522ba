"""Which credentials the mock accepts: any that are not empty, or exactly the configured token."""

from __future__ import annotations

import hmac
from typing import Any

from connexion.lifecycle import ConnexionRequest

TOKEN = "troth_token"
"""Key of the configured token in the ASGI scope's extensions; None there: any token will do."""


def accept(token: str, request: ConnexionRequest) -> dict[str, Any] | None:
    """connexion's hook for bearer tokens and API keys."""
    wanted = request.scope.get("extensions", {}).get(TOKEN)
    if not token or (wanted is not None and not hmac.compare_digest(token.encode(), wanted.encode())):
        return None
    return {"sub": token, "active": True}


def accept_basic(username: str, password: str, request: ConnexionRequest) -> dict[str, Any] | None:
    """connexion's hook for HTTP basic: the password is the token."""
    return accept(password or username, request)

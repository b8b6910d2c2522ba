"""Which credentials the mock accepts: any that are not empty, or exactly the configured token."""

from __future__ import annotations

import hmac
import inspect
from typing import Any

from connexion.lifecycle import ConnexionRequest

ACCEPTED = "troth_accepted"
"""Key of the one accepted credential in the ASGI scope's extensions; None there: any will do."""


def accept(token: str, request: ConnexionRequest) -> dict[str, Any] | None:
    """connexion's hook for bearer tokens and API keys."""
    wanted = request.scope.get("extensions", {}).get(ACCEPTED)
    if not token:
        return None
    if wanted is not None and not same_secret(token, wanted):
        return None
    return {"sub": token, "active": True}


def accept_basic(username: str, password: str, request: ConnexionRequest) -> dict[str, Any] | None:
    """connexion's hook for HTTP basic: the password is the token."""
    return accept(password or username, request)


def same_secret(sent: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how far."""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))


for _hook in (accept, accept_basic):  # connexion asks for the signature in every request
    setattr(_hook, "__signature__", inspect.signature(_hook))  # noqa: B010

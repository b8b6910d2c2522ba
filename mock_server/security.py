"""Which credentials the mock accepts: any that are not empty, or exactly the configured token."""

from __future__ import annotations

import hmac
import inspect
from collections.abc import Callable
from typing import Any

from connexion.lifecycle import ConnexionRequest
from connexion.security import NO_VALUE, AbstractSecurityHandler

ACCEPTED = "troth_accepted"
"""Key of the one accepted credential in the ASGI scope's extensions; None there: any will do."""

REGISTERED = frozenset(
    {"concealed", "digest", "dpop", "gnap", "hoba", "mutual", "negotiate", "oauth", "privatetoken", "vapid"}
    | {"scram-sha-1", "scram-sha-256"}
)
"""Schemes besides Basic and Bearer of the HTTP Authentication Scheme Registry."""


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


class OwnScheme(AbstractSecurityHandler):  # type: ignore[misc]  # connexion is not typed
    """Credentials of any other scheme (RFC 9110, section 11): what follows its name is the token. By one that
    nobody has registered, an author may mean no more than a bearer token."""

    def get_fn(self, security_scheme: dict[str, Any], required_scopes: list[str]) -> Callable[..., Any]:
        """connexion's hook for a scheme of a document."""
        wanted, check = {security_scheme["scheme"]}, self._generic_check(accept, "not valid")
        if wanted.isdisjoint(REGISTERED):
            wanted.add("bearer")

        def verify(request: ConnexionRequest) -> Any:
            scheme, token = self.get_auth_header_value(request)
            return check(request, token) if scheme in wanted else NO_VALUE

        return verify


def same_secret(sent: str, wanted: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell how far."""
    return hmac.compare_digest(sent.encode("utf-8", "replace"), wanted.encode("utf-8", "replace"))


for _hook in (accept, accept_basic):  # connexion asks for the signature in every request
    setattr(_hook, "__signature__", inspect.signature(_hook))  # noqa: B010

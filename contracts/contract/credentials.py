"""How a token is sent, as the document's security schemes say."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from troth.contracts.contract.contract import Contract
from troth.contracts.document import join
from troth.contracts.model import Operation

VARIABLE = "$TROTH_TOKEN"
"""What commands show in place of the right token."""

PLACES = ("header", "query", "cookie")
"""Where an API key may come."""


class Credential(NamedTuple):
    """``place`` is header, query or cookie; ``prefix`` stands before the token (``Bearer``, ``Basic``)."""

    place: str
    name: str
    prefix: str = ""

    def value(self, token: str) -> str:
        """The value to send; for ``Basic`` the token is ``user:password``, or both at once."""
        if self.prefix == "Basic ":
            return self.prefix + base64.b64encode(_pair(token).encode()).decode()
        return self.prefix + token

    @property
    def challenge(self) -> str:
        """What an answer without a valid one asks for (``WWW-Authenticate``)."""
        scheme = self.prefix.strip()
        if scheme == "Bearer":
            return scheme
        return f'{scheme or "ApiKey"} realm="{self.name}"'

    def curl(self, token: str, *, pair: bool = False) -> list[str]:
        """Options of curl; a variable stays one, inside double quotes. ``pair``: it is ``user:password``."""
        if self.prefix == "Basic ":
            both = token if pair else _pair(token)
            return ["-u", f'"{both}"']
        if self.place == "cookie":
            return ["-b", f'"{self.name}={token}"']
        if self.place == "header":
            return ["-H", f'"{self.name}: {self.prefix}{token}"']
        return []


def is_own_scheme(name: str) -> bool:
    """Whether an HTTP scheme has another name than those of bearer tokens and passwords (``Digest``)."""
    return re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name) is not None and name.lower() not in ("basic", "bearer")


def _pair(token: str) -> str:
    """``user:password``, which a token without a colon is both of."""
    if ":" in token:
        return token
    return f"{token}:{token}"


def credentials_of(contract: Contract, operation: Operation) -> tuple[Credential, ...]:
    """What the first requirement of an operation asks for; bearer where it says nothing that is known."""
    if not operation.secured:
        return ()
    node = contract.document.at(operation.pointer)
    requirements = node.get("security", contract.document.data.get("security", []))
    for requirement in requirements:
        found = tuple(_known(contract, requirement))
        if found:
            return found
    return (Credential("header", "Authorization", "Bearer "),)


def _known(contract: Contract, requirement: Mapping[str, Any]) -> Iterator[Credential]:
    declared = contract.document.data.get("components", {}).get("securitySchemes", {})
    for name in requirement:
        if name not in declared:
            continue
        _, scheme = contract.document.resolve(join("/components/securitySchemes", name))
        if not isinstance(scheme, Mapping):
            continue
        kind, named = scheme.get("type"), str(scheme.get("scheme", ""))
        if kind == "apiKey":
            if all(("name" in scheme, scheme.get("in") in PLACES)):
                yield Credential(str(scheme["in"]), str(scheme["name"]))
        elif kind == "http" and named.lower() == "basic":
            yield Credential("header", "Authorization", "Basic ")
        elif kind == "http" and is_own_scheme(named):
            yield Credential("header", "Authorization", f"{named} ")
        else:
            yield Credential("header", "Authorization", "Bearer ")

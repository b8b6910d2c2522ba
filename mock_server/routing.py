"""connexion, asked two questions about a request: which operation is meant, and who may call it?"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connexion.exceptions import ProblemException
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.resolver import Resolution, Resolver
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from troth.contracts.model import Operation
from troth.mock_server.api import Api
from troth.mock_server.projection import ROUTED, disguised, project
from troth.mock_server.security import ACCEPTED


@dataclass(frozen=True)
class Match:
    """What a request is about. Without an operation ``allowed`` holds the methods of its path, if any."""

    api: Api
    operation: Operation | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    authenticated: bool = False
    allowed: tuple[str, ...] = ()
    near: tuple[str, ...] = ()


class Routes:
    """The routes and the security of several APIs in one connexion application."""

    def __init__(self, apis: Sequence[Api], token: str | None) -> None:
        self._apis, self._token = apis, token
        self._app = ConnexionMiddleware(_let_through, middlewares=[RoutingMiddleware, SecurityMiddleware])
        for api in apis:
            self._app.add_api(
                project(api.contract),
                base_path=api.prefix,
                name=api.prefix or "/",
                resolver=_Named(api.prefix),
            )

    async def match(self, scope: Scope) -> Match:
        """Route one request and look at its credentials; its body is not read and nothing is sent."""
        path: dict[str, str] = {}
        extensions: dict[str, Any] = {ACCEPTED: self._token}
        authenticated = True
        try:
            asked = {**self._disguise(scope), "path_params": path, "extensions": extensions}
            await self._app(asked, _receive_nothing, _send_nothing)
        except ProblemException:
            authenticated = False
        except HTTPException:  # the path is known, the method is not
            return self._unrouted(scope)
        routed = extensions.get("connexion_routing", {}).get("operation_id")
        if routed is None:
            return self._unrouted(scope)
        prefix, _, name = routed.rpartition("|")
        api = next(api for api in self._apis if api.prefix == prefix)
        return Match(api, api.contract.operations[name], path, authenticated)

    def _disguise(self, scope: Scope) -> Scope:
        """The request as connexion knows it: a POST to a path of its own for a method of OpenAPI 3.2."""
        method, prefix = scope["method"], self._api(scope["path"]).prefix
        if method in ROUTED:
            return scope
        path = prefix + disguised(method, scope["path"].removeprefix(prefix))
        return {**scope, "method": "POST", "path": path, "raw_path": path.encode("utf-8", "surrogateescape")}

    def _unrouted(self, scope: Scope) -> Match:
        path, api = scope["path"], self._api(scope["path"])
        allowed = {o.method for o in api.contract.operations.values() if _fits(api.prefix + o.path, path)}
        if "GET" in allowed:
            allowed.add("HEAD")
        if scope["method"] in allowed:  # the path has something that no route takes (a line break)
            allowed = set()
        known = {f"{a.prefix}{o.path}" for a in self._apis for o in a.contract.operations.values()}
        near = difflib.get_close_matches(path[:200], known, 3, 0.5)
        return Match(api, allowed=tuple(sorted(allowed)), near=tuple(near))

    def _api(self, path: str) -> Api:
        """The API whose prefix fits a path best; the first one where none does."""
        fitting = [api for api in self._apis if f"{path}/".startswith(f"{api.prefix}/")]
        return max(fitting, key=lambda api: len(api.prefix), default=self._apis[0])


class _Named(Resolver):  # type: ignore[misc]  # connexion is not typed
    """Operation ids of several APIs must not clash: each bears the prefix of its API."""

    def __init__(self, prefix: str) -> None:
        super().__init__()
        self.prefix = prefix

    def resolve(self, operation: Any) -> Resolution:
        return Resolution(lambda: None, f"{self.prefix}|{operation._operation['operationId']}")


def _fits(template: str, path: str) -> bool:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return False
    return all(map(_segment_fits, wanted, given))


def _segment_fits(pattern: str, segment: str) -> bool:
    if "{" in pattern:
        return segment != ""
    return segment == pattern


async def _let_through(scope: Scope, receive: Receive, send: Send) -> None:
    """What connexion calls when it has no objection."""


async def _receive_nothing() -> Message:
    return {"type": "http.request", "body": b""}


async def _send_nothing(message: Message) -> None:
    """connexion's own redirects (a slash too many) are not the vendor's."""

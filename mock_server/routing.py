"""Which operation a request means, and who may call it: connexion's answers, in a table of paths."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from http.cookies import CookieError
from typing import Any

from connexion.exceptions import ProblemException
from connexion.lifecycle import ConnexionRequest
from connexion.middleware.security import SecurityMiddleware
from connexion.resolver import Resolution, Resolver
from connexion.spec import Specification
from starlette.types import Receive, Scope, Send

from troth.contracts.document.hints import close
from troth.contracts.document.servers import hosts
from troth.contracts.model import Operation
from troth.mock_server.api import Api
from troth.mock_server.paths import Paths, segments, sent_path
from troth.mock_server.projection import carriers_of, own_schemes, project
from troth.mock_server.security import ACCEPTED, OwnScheme
from troth.mock_server.wire import host_name

KNOWN_CREDENTIALS = 4096
"""How many credentials are remembered as good or bad: to ask connexion takes as long as to decide."""

LONGEST = 500
"""Characters of a credential that is remembered as it is."""


@dataclass(frozen=True)
class Match:
    """What a request is about. Without an operation ``allowed`` holds the methods of its path, if any."""

    api: Api
    operation: Operation | None = None
    path: Mapping[str, str] = field(default_factory=dict)
    authenticated: bool = False
    allowed: tuple[str, ...] = ()
    near: tuple[str, ...] = ()
    root: str = ""
    """What stands before the paths of the API."""


@dataclass(frozen=True, eq=False)
class Route:
    """An operation where it is mounted; ``verify`` is connexion's check of its credentials."""

    api: Api
    operation: Operation
    verify: Callable[[ConnexionRequest], Awaitable[object]] | None
    carriers: tuple[str, ...]
    """The headers in which its credentials come, and ``?`` for the query."""


class Routes:
    """The routes and the security of several APIs, resolved by connexion once."""

    def __init__(self, apis: Sequence[Api], token: str | None) -> None:
        self._apis, self._token = apis, token
        self._paths: Paths[Mapping[str, Route]] = Paths()
        self._good: dict[tuple[object, ...], bool] = {}
        self._hosts = _hosts(apis)
        for api in apis:
            for template, methods in _by_path(api, _resolved(api)).items():
                self._paths.add(template, methods)

    def paths(self) -> Iterator[str]:
        """Every path that is served, parameters in braces."""
        for api in self._apis:
            for operation in api.contract.operations.values():
                yield from (api.mount + base + operation.path for base in operation.bases)

    async def match(self, scope: Scope, headers: Mapping[str, str]) -> Match:
        """Route one request and look at its credentials; the names of ``headers`` are in small letters."""
        path, root, mount = below_root(scope), scope.get("root_path", ""), ""
        if self._hosts:
            mount = self._hosts.get(host_name(headers.get("host", "")) or "", "")
        method, allowed = scope["method"], set[str]()
        for methods, values in self._paths.find(segments(mount + path)):
            route = _of_method(methods, method)
            if route is not None:
                authenticated = await self._authenticated(route, scope, headers)
                root += route.api.prefix.removeprefix(mount)
                return Match(route.api, route.operation, values, authenticated, root=root)
            allowed |= _methods(methods)
        return self._unrouted(mount + path, allowed)

    async def _authenticated(self, route: Route, scope: Scope, headers: Mapping[str, str]) -> bool:
        """Whether connexion takes the credentials of a request; asked once for the same ones."""
        if route.verify is None:
            return True
        sent = {"?": scope.get("query_string", b"")}
        key = (route, *(_in_short(sent.get(name, headers.get(name))) for name in route.carriers))
        known = self._good.get(key)
        if known is None:
            if len(self._good) >= KNOWN_CREDENTIALS:
                self._good.clear()
            known = self._good[key] = await self._verified(route.verify, scope)
        return known

    async def _verified(self, verify: Callable[[ConnexionRequest], Awaitable[object]], scope: Scope) -> bool:
        try:
            headers = [_without_quotes(name, value) for name, value in scope["headers"]]
            await verify(
                ConnexionRequest({**scope, "headers": headers, "extensions": {ACCEPTED: self._token}})
            )
        except (ProblemException, CookieError):
            return False
        return True

    def _unrouted(self, path: str, allowed: set[str]) -> Match:
        """A path that no operation has, or not with this method."""
        given = "/".join(("", *segments(path)))
        near: tuple[str, ...] = ()
        if not allowed:
            known = {f"{a.prefix}{o.path}": None for a in self._apis for o in a.contract.operations.values()}
            near = tuple(close(given, known, 3, 0.5))
        return Match(self._api(given), allowed=tuple(sorted(allowed)), near=near)

    def _api(self, path: str) -> Api:
        """The API whose prefix fits a path best; the first one where none does."""
        fitting = [api for api in self._apis if f"{path}/".startswith(f"{api.prefix}/")]
        return max(fitting, key=lambda api: len(api.prefix), default=self._apis[0])


def _hosts(apis: Sequence[Api]) -> dict[str, str]:
    """What stands before the paths of each of several APIs, by the host that names it: NAME.localhost, or
    what the servers of its document are called, unless that is this machine or two are called the same."""
    found: dict[str, set[str]] = {}
    for api in apis:
        if api.mount:
            found.setdefault(f"{api.mount[1:].lower()}.localhost", set()).add(api.mount)
            for name in hosts(api.contract.document.data):
                if re.search(r"\.[a-z]", name) and not name.endswith(".localhost"):
                    found.setdefault(name, set()).add(api.mount)
    return {name: mounts.pop() for name, mounts in found.items() if len(mounts) == 1}


def _without_quotes(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A header as connexion gets it: what quotes in cookies stand for may take endlessly (CVE-2024-7592)."""
    if name.lower() == b"cookie":
        return name, value.replace(b'"', b"")
    return name, value


def _in_short(value: str | bytes | None) -> str | bytes | None:
    """What stands for a value where it is remembered: many are, and they may be long."""
    if value is None or len(value) <= LONGEST:
        return value
    if isinstance(value, str):
        value = value.encode("utf-8", "replace")
    return blake2b(value).digest()


class _Named(Resolver):  # type: ignore[misc]  # connexion is not typed
    """The operation ids of the projection are those of the contract; nothing is to be called."""

    def resolve(self, operation: Any) -> Resolution:
        return Resolution(lambda: None, operation._operation["operationId"])


def _resolved(api: Api) -> Iterable[Route]:
    """The operations of an API as connexion knows them."""
    own = dict.fromkeys(own_schemes(api.contract), OwnScheme)
    middleware, document = SecurityMiddleware(_let_through), Specification.load(project(api.contract))
    found = middleware.add_api(document, base_path="", resolver=_Named(), security_map=own)
    for name, secured in found.operations.items():
        operation, verify = api.contract.operations[name], None
        if secured.security:
            verify = secured.verification_fn
        yield Route(api, operation, verify, carriers_of(api.contract))


def _by_path(api: Api, routes: Iterable[Route]) -> Mapping[str, Mapping[str, Route]]:
    """The operations of each path by method, at all servers that have them."""
    found: dict[str, dict[str, Route]] = {}
    for route in routes:
        operation = route.operation
        for base in operation.bases:
            found.setdefault(api.mount + base + operation.path, {})[operation.method] = route
    return found


def _of_method(methods: Mapping[str, Route], method: str) -> Route | None:
    """The operation of a method; HEAD is a GET without its content (RFC 9110, section 9.3.2)."""
    route = methods.get(method)
    if route is None and method == "HEAD":
        return methods.get("GET")
    return route


def _methods(methods: Mapping[str, Route]) -> set[str]:
    found = set(methods)
    if "GET" in found:
        found.add("HEAD")
    return found


def below_root(scope: Scope) -> str:
    """The path as it was sent, below where the application is mounted."""
    path, root = sent_path(scope["path"], scope.get("raw_path")), scope.get("root_path", "")
    if root and re.match(rf"{re.escape(root)}(/|$)", path):
        return path[len(root) :]
    return path


async def _let_through(scope: Scope, receive: Receive, send: Send) -> None:
    """What connexion would call when it has no objection."""

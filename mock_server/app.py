"""The ASGI application: CORS and control outside, connexion for routing and security, the contract inside."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any

from connexion.exceptions import ProblemException
from connexion.middleware import ConnexionMiddleware
from connexion.middleware.routing import RoutingMiddleware
from connexion.middleware.security import SecurityMiddleware
from connexion.resolver import Resolution, Resolver
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contracts import Contract, Outcome, Reply
from contracts.fixtures import seed_records
from contracts.model import Json, Operation
from contracts.replies import refuse
from mock_server.clock import VirtualClock
from mock_server.control import PREFIX, allowed, control
from mock_server.handler import Api, Request, answer, refusal, to_bytes
from mock_server.journal import Journal
from mock_server.projection import project
from mock_server.security import TOKEN
from mock_server.stores import MemoryStore

_EXPOSED = "X-Mock-Rule, X-Mock-Reason, Retry-After, Location, Preference-Applied"


class Mock:
    """Several contracts in one application; an ASGI callable.

    One contract is mounted where its ``servers`` entry says, several each under ``/<name>`` before that.
    ``token``: the only accepted credential (None: any). ``control_token``: what ``/__mock/`` asks for (None:
    loopback only).
    """

    def __init__(
        self,
        contracts: Sequence[Contract],
        *,
        token: str | None = None,
        control_token: str | None = None,
        cors: bool = True,
        seed: int = 0,
    ) -> None:
        self.clock, self.journal = VirtualClock(), Journal()
        self.token, self.control_token, self.cors = token, control_token, cors
        alone = len(contracts) == 1
        self.apis = [
            Api(c, c.base_path if alone else f"/{c.name}{c.base_path}", MemoryStore(seed)) for c in contracts
        ]
        self.reset()
        self._app = self._connexion()

    def _connexion(self) -> ConnexionMiddleware:
        """connexion routes and checks credentials; what it refuses is worded by :meth:`_guard`."""
        app = ConnexionMiddleware(
            self._serve, middlewares=[RoutingMiddleware, self._guard, SecurityMiddleware]
        )
        for api in self.apis:
            app.add_api(
                project(api.contract),
                base_path=api.prefix,
                name=api.prefix or "/",
                resolver=_Named(api),
            )
        return app

    def reset(self) -> dict[str, Json]:
        """Start again from the fixtures; the clock and the journal too."""
        self.clock.reset()
        self.journal.clear()
        for api in self.apis:
            api.store.reset(())
            records = seed_records(api.contract, api.store.view(self.clock.now()).fresh)
            api.store.reset(records.values())
            api.fixtures = {name: record.id for name, record in records.items()}
        return self.state()

    def state(self) -> dict[str, Json]:
        """Every record of every API, with its hidden variables."""
        return {
            api.contract.name: {
                name: [{**r.data, "hidden": r.hidden} for r in api.store.of(name)]
                for name in api.contract.resources
            }
            for api in self.apis
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if scope["path"].startswith(PREFIX):
            await self._control(scope, receive, send)
            return
        headers = _headers(scope)
        if self.cors and scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _send(send, 204, b"", _preflight(headers))
            return
        scope.setdefault("extensions", {})[TOKEN] = self.token
        outgoing = self._outgoing(headers, send)
        try:
            await self._app(scope, receive, outgoing)
        except HTTPException:  # the router knows the path, but not the method
            await self._wrong_method(scope, headers, outgoing)

    def _outgoing(self, headers: dict[str, str], send: Send) -> Send:
        """Adds CORS to every answer."""

        async def outgoing(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._cors(headers)]
            await send(message)

        return outgoing

    def _cors(self, headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
        if not self.cors or "origin" not in headers:
            return []
        return _raw({
            "Access-Control-Allow-Origin": headers["origin"],
            "Access-Control-Expose-Headers": _EXPOSED,
            "Vary": "Origin",
        })  # fmt: skip

    async def _wrong_method(self, scope: Scope, headers: dict[str, str], send: Send) -> None:
        api = self._api(scope["path"])
        known = sorted({o.method for o in _at(api, scope["path"])})
        outcome = refusal("invalid", 405, f"{scope['method']} is not taken here; valid: {', '.join(known)}")
        reply = refuse(api.contract, None, outcome)
        extra = {
            "Allow": ", ".join(known),
            **{k.decode(): v.decode() for k, v in self._cors(headers)},
        }
        await self._finish(api, None, scope, headers, outcome, reply, send, extra)

    def _guard(self, app: ASGIApp) -> ASGIApp:
        """Between routing and security: turns connexion's refusal into the contract's."""

        async def guard(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except ProblemException:
                await self._answer(scope, receive, send, authenticated=False)

        return guard

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._answer(scope, receive, send, authenticated=True)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, *, authenticated: bool) -> None:
        headers = _headers(scope)
        routed = scope.get("extensions", {}).get("connexion_routing", {}).get("operation_id")
        if routed is None:
            await self._unknown_path(scope, headers, send)
            return
        prefix, _, name = routed.rpartition("|")
        api = next(a for a in self.apis if a.prefix == prefix)
        operation = api.contract.operations[name]
        query = scope.get("query_string", b"").decode("latin-1")
        body = await _read(receive)
        request = Request(scope["method"], scope["path"], query, headers, body, scope.get("path_params", {}))
        outcome, reply = answer(api, operation, request, self.clock, authenticated=authenticated)
        await self._finish(api, operation, scope, headers, outcome, reply, send)

    async def _unknown_path(self, scope: Scope, headers: dict[str, str], send: Send) -> None:
        api = self._api(scope["path"])
        known = {f"{a.prefix}{o.path}" for a in self.apis for o in a.contract.operations.values()}
        near = difflib.get_close_matches(scope["path"], known, 3, 0.5)
        hint = f"; near: {', '.join(near)}" if near else ""
        outcome = refusal("missing", 404, f"no path of the document fits {scope['path']}{hint}")
        await self._finish(api, None, scope, headers, outcome, refuse(api.contract, None, outcome), send)

    def _api(self, path: str) -> Api:
        """The API whose prefix fits a path best."""
        return max(self.apis, key=lambda api: len(api.prefix) if path.startswith(api.prefix) else -1)

    async def _finish(
        self,
        api: Api,
        operation: Operation | None,
        scope: Scope,
        headers: dict[str, str],
        outcome: Outcome,
        reply: Reply,
        send: Send,
        extra: dict[str, str] | None = None,
    ) -> None:
        rule = rule_name(api.contract, operation, outcome)
        request = (scope["method"], scope["path"], headers)
        name = operation.id if operation else None
        self.journal.add(
            self.clock.now(), api.contract.name, request, name, reply.status, rule, outcome.emitted
        )
        body = to_bytes(reply)
        out = {
            "X-Mock-Rule": rule,
            **({"Content-Type": "application/json"} if body else {}),
            **reply.headers,
        }
        if outcome.detail:
            out["X-Mock-Reason"] = outcome.detail
        if any(emitted.failed for emitted in outcome.emitted):
            out["Preference-Applied"] = "fail-effect"
        await _send(send, reply.status, body, {**out, **(extra or {})})

    async def _control(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope["client"][0] if scope.get("client") else None
        if not allowed(client, _headers(scope), self.control_token):
            status, value = (
                403,
                {"error": "the control API is for this machine, or for X-Mock-Token"},
            )
        else:
            status, value = control(self, scope["method"], scope["path"], await _read(receive))
        body = to_bytes(Reply(status, value))
        await _send(send, status, body, {"Content-Type": "application/json", "Cache-Control": "no-store"})


class _Named(Resolver):
    """Operation ids of several APIs must not clash: each bears the prefix of its API."""

    def __init__(self, api: Api) -> None:
        super().__init__()
        self.prefix = api.prefix

    def resolve(self, operation: Any) -> Resolution:
        return Resolution(lambda: None, f"{self.prefix}|{operation._operation['operationId']}")


def rule_name(contract: Contract, operation: Operation | None, outcome: Outcome) -> str:
    """``pauseCampaign/transition (specs/puffle/openapi.yaml:85:9)``: which rule spoke and where it stands."""
    if operation is None or not outcome.cite:
        return f"http/{outcome.status}"
    _, _, inside = outcome.cite.partition("/x-contract/")
    where = outcome.cite.rpartition("/")[2]
    name = f"{operation.id}/{inside}" if inside else f"{operation.id}/{'ok' if outcome.succeeded else where}"
    return f"{name} ({contract.where(outcome.cite)})"


def _at(api: Api, path: str) -> list[Operation]:
    """The operations whose path template fits, whatever the method."""
    tokens = path.removeprefix(api.prefix).split("/")
    return [o for o in api.contract.operations.values() if _fits(o.path.split("/"), tokens)]


def _fits(template: list[str], tokens: list[str]) -> bool:
    return len(template) == len(tokens) and all(
        t == p or "{" in t for t, p in zip(template, tokens, strict=True)
    )


def _headers(scope: Scope) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}


def _raw(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    """Header bytes; whatever a header cannot carry (line breaks, other scripts) is escaped, and cut at 4 KB."""
    return [
        (
            name.encode(),
            value.encode("ascii", "backslashreplace").replace(b"\n", b" ").replace(b"\r", b" ")[:4000],
        )
        for name, value in headers.items()
    ]


def _preflight(headers: dict[str, str]) -> dict[str, str]:
    return {
        "Access-Control-Allow-Origin": headers.get("origin", "*"),
        "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
        "Access-Control-Allow-Headers": headers.get("access-control-request-headers", "*"),
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }


async def _read(receive: Receive) -> bytes:
    chunks = []
    while True:
        message = await receive()
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(chunks)


async def _send(send: Send, status: int, body: bytes, headers: dict[str, str]) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*_raw(headers), *length]})
    await send({"type": "http.response.body", "body": body})

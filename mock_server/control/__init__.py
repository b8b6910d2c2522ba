"""``/__mock/…``: the mock's own levers, for the machine it runs on and nobody else.

What there is stands in ``openapi.yaml`` beside this file; each operation is a function of the same name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, Protocol
from urllib.parse import parse_qsl

import jsonschema_rs
import orjson
import yaml
from anyio import to_thread
from starlette.types import Message, Receive, Scope, Send

from troth.contracts.document import did_you_mean
from troth.contracts.document.violation_texts import told
from troth.contracts.errors import ContractFault, UsageError
from troth.contracts.model import Json, Node
from troth.mock_server.bodies import from_json_bytes, to_json_bytes
from troth.mock_server.control import levers, records
from troth.mock_server.control.access import why_not
from troth.mock_server.control.asked import Asked, Controlled, Refused
from troth.mock_server.control.events import stream
from troth.mock_server.control.page import page, wants_page
from troth.mock_server.paths import Paths, segments
from troth.mock_server.routing import below_root
from troth.mock_server.sessions import Crowded, Session, are_few
from troth.mock_server.stores import AGAIN, StoreAway
from troth.mock_server.wire import SMALL, Request, Response, read_request, send_response

PREFIX = "/__mock/"
LIMIT, VALUES = 50_000_000, 2_000_000
"""Bytes and values of a control call's body: a snapshot may be large."""

_ABOUT_ALL = frozenset(
    {
        "clock",
        "deleteSnapshot",
        "exportSnapshot",
        "records",
        "reset",
        "restoreSnapshot",
        "saveSnapshot",
        "setClock",
        "state",
    }
)
"""What looks at every record that there is."""

_SAFE = frozenset({"GET", "HEAD"})

_STREAM = segments("/events")
"""What has no end, so that nobody can say how an answer would begin without being asked for all of it."""

_LONG = Lock()

_NONE: Mapping[str, str] = {}
_METHODS = ("get", "post", "put", "patch", "delete")


class Mocked(Controlled, Protocol):
    """The mock, which knows whose world a request is about."""

    async def session_of(self, scope: Scope, request: Request) -> Session: ...


class Lever(NamedTuple):
    """One operation of the control API."""

    name: str
    query: Mapping[str, Node]
    """The schemas of the parameters of its query."""
    body: Node
    """The schema of its body, if it takes one."""
    required: bool
    pull: Callable[[Asked], Json]


async def serve(mock: Mocked, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer one control call."""
    client = scope.get("client")
    request = await read_request(scope, receive, LIMIT, VALUES)
    send = _sender(request, send)
    forbidden = why_not(client[0] if client else None, request.headers, mock.control_token)
    if forbidden is not None:
        await _tell(send, 403, {"error": forbidden})
        return
    try:
        session = await mock.session_of(scope, request)
        lever, path = _lever(scope, request)
        if lever.name == "index" and wants_page(request):
            await send_response(send, page())
            return
        asked = Asked(mock, session, path, _query(lever, request), await _read(lever, request))
        answer = await _answered(lever, asked, writing=request.method not in _SAFE)
        if lever.name == "events":
            await stream(session, int(answer), receive, send)
            return
    except Refused as refused:
        shown: dict[str, Json] = {"error": refused.why}
        if refused.valid:
            shown["valid"] = list(refused.valid)
        await _tell(send, refused.status, shown)
    except (Crowded, StoreAway) as away:
        await _tell(send, 503, {"error": str(away)}, {"Retry-After": str(AGAIN)})
    except UsageError as error:
        await _tell(send, 400, {"error": str(error)})
    except ContractFault as fault:
        await _tell(send, 500, {"error": str(fault)})
    else:
        await _send(send, 200, answer)


async def _answered(lever: Lever, asked: Asked, *, writing: bool) -> bytes:
    """What a lever answers; where a world is shared or large, beside the event loop."""
    sessions, pull = asked.mock.sessions, partial(_pulled_now, lever, asked)
    if sessions.shared:
        run = partial(sessions.run, asked.session, pull, writing=writing, what=f"/__mock/ {lever.name}")
        return await to_thread.run_sync(run)
    if lever.name in _ABOUT_ALL and _is_large(asked):
        return await to_thread.run_sync(_one_after_the_other, pull)
    if asked.session.is_busy:
        return await to_thread.run_sync(pull)
    return pull()


def _pulled_now(lever: Lever, asked: Asked) -> bytes:
    return _written(lever.pull(asked))


def _one_after_the_other(run: Callable[[], bytes]) -> bytes:
    """Do what takes long while nothing else does that takes long."""
    with _LONG:
        return run()


def _is_large(asked: Asked) -> bool:
    """Whether there is so much that others would wait for it: in the session, or in what is sent or begun."""
    if asked.body is not None:
        if "state" in asked.body:
            return True
        if "scenario" in asked.body:
            return not asked.mock.sessions.is_small(asked.body["scenario"])
    return not are_few(asked.session.kept)


def _written(value: Json) -> bytes:
    """An answer as JSON: long lists, which stand in objects in objects, piece by piece."""
    if not isinstance(value, dict):
        return to_json_bytes(value)
    members = [to_json_bytes(name) + b":" + _written(member) for name, member in value.items()]
    return b"{" + b",".join(members) + b"}"


def _sender(request: Request, send: Send) -> Send:
    """What sends the answer to a request: to HEAD no body."""

    async def without_body(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    if request.method == "HEAD":
        return without_body
    return send


async def _tell(send: Send, status: int, why: Json, more: Mapping[str, str] = _NONE) -> None:
    """Answer a call of which nothing becomes."""
    await _send(send, status, to_json_bytes(why), more)


async def _send(send: Send, status: int, body: bytes, more: Mapping[str, str] = _NONE) -> None:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **more}
    await send_response(send, Response(status, headers, body))


def _lever(scope: Scope, request: Request) -> tuple[Lever, Mapping[str, str]]:
    """The operation that a request means, and the parameters of its path. Raises Refused."""
    given = segments("/" + below_root(scope).removeprefix("/__mock").strip("/"))
    method = request.method
    if method == "HEAD" and given != _STREAM:
        method = "GET"
    for methods, values in _table().find(given):
        if method in methods:
            return methods[method], values
    raise Refused(404, f"there is no {request.method} {request.path[:200]}", tuple(_index()))


async def _read(lever: Lever, request: Request) -> Any:
    """The body, a large one read beside the event loop. Raises Refused."""
    if len(request.body or b"") > SMALL:
        return await to_thread.run_sync(_body, lever, request)
    return _body(lever, request)


def _body(lever: Lever, request: Request) -> Any:
    """The body as the document declares it. Raises Refused."""
    if request.body is None:
        raise Refused(413, f"the body has more than {LIMIT:,} bytes")
    if not request.body and not lever.required:
        return None
    if not lever.body:
        return None
    if request.too_much:
        raise Refused(400, request.too_much)
    try:
        value = from_json_bytes(request.body)
    except ValueError as error:
        why = f"the body cannot be read as JSON ({error})"
        if "infinity" in str(error):
            why = f"a number is too large ({error})"
        raise Refused(400, f"{why}; {lever.name} takes {_shape(lever)}") from None
    for problem in _validator(lever.name).iter_errors(value):
        at = "/".join(map(str, problem.instance_path))
        raise Refused(400, f"/{at}: {told(problem)[:400]}; {lever.name} takes {_shape(lever)}")
    return value


def _shape(lever: Lever) -> str:
    """What a body may say, in short."""
    schema = _resolved(lever.body)
    names = ", ".join(schema.get("properties", {}))
    return f"a JSON object of {names}"


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document of the control API."""
    text = Path(__file__).with_name("openapi.yaml").read_text("utf-8")
    found: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    return found


def _operations() -> list[tuple[str, str, dict[str, Any]]]:
    """Method, path and operation of each."""
    found = []
    for path, item in document()["paths"].items():
        found += [
            (name.upper(), path, item[name])
            for name in ("get", "post", "put", "patch", "delete")
            if name in item
        ]
    return found


def _index() -> list[str]:
    return [f"{method} {PREFIX}{path.lstrip('/')}" for method, path, _ in _operations()]


def _resolved(schema: Node) -> dict[str, Any]:
    """A schema of the document."""
    while "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return dict(schema)


@cache
def _table() -> Paths[dict[str, Lever]]:
    """The operations by path and method."""
    by_path: dict[str, dict[str, Lever]] = {}
    for method, path, operation in _operations():
        sent = operation.get("requestBody", {})
        schema = sent.get("content", {}).get("application/json", {}).get("schema", {})
        name = operation["operationId"]
        lever = Lever(
            name,
            _parameters(document()["paths"][path], operation),
            schema,
            sent.get("required", False),
            _pulled(name),
        )
        by_path.setdefault(path, {})[method] = lever
    table: Paths[dict[str, Lever]] = Paths()
    for path, levers_ in by_path.items():
        table.add(path, levers_)
    return table


def _parameters(item: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Node]:
    """The parameters that the query of an operation may have."""
    declared = [*item.get("parameters", ()), *operation.get("parameters", ())]
    return {entry["name"]: entry["schema"] for entry in declared if entry["in"] == "query"}


def _query(lever: Lever, request: Request) -> dict[str, str]:
    """The query as the document declares it. Raises Refused."""
    found: dict[str, str] = {}
    for name, text in parse_qsl(request.query, keep_blank_values=True):
        if name not in lever.query:
            valid = tuple(lever.query)
            raise Refused(
                400, f"{lever.name} takes no {name!r} in its query{did_you_mean(name, valid)}", valid
            )
        value: Json = text
        kind = lever.query[name].get("type")
        if kind != "string":
            with suppress(orjson.JSONDecodeError):
                value = orjson.loads(text)
        for problem in jsonschema_rs.Draft202012Validator(lever.query[name]).iter_errors(value):
            raise Refused(400, f"`{name}`: {told(problem)}")
        found[name] = text
    return found


def _pulled(name: str) -> Callable[[Asked], Json]:
    """The function of an operation."""
    if name == "index":
        return lambda asked: _index()
    if name == "events":
        return lambda asked: asked.session.journal.number  # where the stream begins
    if name == "document":
        return lambda asked: document()
    snake = re.sub(r"([A-Z])", r"_\1", name).lower()
    found: Callable[[Asked], Json] = getattr(records, snake, None) or getattr(levers, snake)
    return found


@cache
def _validator(name: str) -> Any:
    """What holds the body of an operation against its schema."""
    for _, _, operation in _operations():
        if operation["operationId"] == name:
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            whole = {**schema, "components": document()["components"]}
            return jsonschema_rs.Draft202012Validator(whole)
    raise KeyError(name)

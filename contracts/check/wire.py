"""A call as it goes over the wire, and an answer as it comes from there."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlencode

import requests
from urllib3.filepost import encode_multipart_formdata

from troth.contracts.check.draws import Unavailable
from troth.contracts.check.troubles import Trouble
from troth.contracts.document.forms import MULTIPART
from troth.contracts.model import ABSENT, Absent, Json, Malformed, Operation, Parameter, Reply

_DOTS = frozenset({".", ".."})

_PLAIN = {
    "*/*": "application/octet-stream",
    "application/*": "application/octet-stream",
    "text/*": "text/plain",
    "image/*": "image/png",
    "audio/*": "audio/mpeg",
    "video/*": "video/mp4",
}
"""A media type that is meant by a range."""


def media_of(operation: Operation) -> str:
    """The type of a body as the document names it."""
    named = (media for media in operation.media_types if "json" in media)
    usual = "application/json"
    if operation.body is None and operation.media_types:
        usual = _PLAIN.get(operation.media_types[0], operation.media_types[0])
    return next(named, usual)


def path_of(operation: Operation, values: Mapping[str, Json]) -> str:
    """The path of a call. Raises Unavailable for one that would be another: `..` is the folder above, whether
    or not its dots are escaped (RFC 3986, sections 3.3 and 6.2.2)."""
    path = operation.path
    for name, value in values.items():
        path = path.replace("{" + name + "}", quote(str(value), safe="", errors="replace"))
    for dots in _DOTS & {*path.split("/")}:
        raise Unavailable(f"{operation.id} cannot be called with {dots!r} in its path: that is another path")
    return path


def query_of(operation: Operation, values: Mapping[str, Json]) -> str:
    """The query string; a list is sent as its items, one by one, an object as its parameter says."""
    pairs: list[tuple[str, str]] = []
    declared = {p.name: p for p in operation.parameters if p.place == "query"}
    for name, value in values.items():
        if isinstance(value, list):
            pairs += [(name, _query_text(item)) for item in value]
        elif isinstance(value, Mapping) and name in declared:
            pairs += _members(declared[name], value)
        else:
            pairs.append((name, _query_text(value)))
    if not pairs:
        return ""
    return "?" + urlencode(pairs, errors="replace")


def _members(parameter: Parameter, value: Mapping[str, Json]) -> list[tuple[str, str]]:
    """An object in a query: as JSON, or a field for each of its members."""
    if parameter.content is not None:
        return [(parameter.name, json.dumps(value))]
    if parameter.style == "deepObject":
        return [(f"{parameter.name}[{name}]", _query_text(one)) for name, one in value.items()]
    if parameter.explode:
        return [(name, _query_text(one)) for name, one in value.items()]
    pieces = [piece for name, one in value.items() for piece in (name, _query_text(one))]
    return [(parameter.name, ",".join(pieces))]


def texts(values: Mapping[str, Json]) -> dict[str, str]:
    """Values of headers or cookies."""
    return {name: _query_text(value) for name, value in values.items()}


def _query_text(value: Json) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return json.dumps(value)
    return str(value)


def payload_of(
    operation: Operation, body: Json | Absent | Malformed, raw: str | None, fields: Sequence[tuple[str, str]]
) -> tuple[bytes | None, str]:
    """A body as it goes over the wire, and its type."""
    media = media_of(operation)
    if raw is not None:
        return raw.encode(), media
    if body is ABSENT:
        return None, media
    if operation.body is None and isinstance(body, str):
        return body.encode(), media
    if operation.form is None:
        return _json(body), media
    if operation.form == MULTIPART:
        return encode_multipart_formdata(fields)
    return urlencode(fields, errors="replace").encode(), operation.form


def _json(body: Json | Absent | Malformed) -> bytes:
    """A body as JSON; half a surrogate pair only an escape can carry."""
    try:
        return json.dumps(body, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return json.dumps(body).encode()


def reply_of(response: requests.Response, what: str) -> Reply:
    """What an answer says; a body that is no JSON (RFC 8259) as text. Raises Trouble where none can tell."""
    headers = {name.lower(): value for name, value in response.headers.items()}
    if not response.content:
        return Reply(response.status_code, headers=headers)
    body: Json
    try:
        body = json.loads(response.content, parse_constant=_no_constant, parse_float=_number)
    except RecursionError:
        raise Trouble(f"{what}: the answer is nested too deep to be read", passes=False) from None
    except ValueError:
        body = _text(response)
    return Reply(response.status_code, body, headers)


def _no_constant(name: str) -> Json:
    raise ValueError(f"{name} is no JSON")


def _number(text: str) -> float:
    """A number; one that no double can hold is none that could be compared."""
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large")
    return number


def _text(response: requests.Response) -> str:
    try:
        return response.content.decode(response.encoding or "utf-8", "replace")
    except LookupError:
        return response.content.decode("utf-8", "replace")

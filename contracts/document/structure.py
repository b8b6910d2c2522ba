"""What stands where in an OpenAPI document, as far as reading it hangs on that: mappings, lists, texts.

The whole truth is the OpenAPI Initiative's schema, which ``troth lint`` asks. Here is what may not be another
kind of value, because it is looked into: such a value is left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from troth.contracts.document.pointers import join
from troth.contracts.model import Node, Pointer

Wrong: TypeAlias = tuple[Pointer, str]
"""A place whose value is left out, and why."""


@dataclass(frozen=True)
class Kind:
    """One kind of value: of what type it is, what its members must be, and which of them it must have."""

    type: type[object]
    called: str
    known: Mapping[str, Callable[[], Kind]] = field(default_factory=dict)
    each: Callable[[], Kind] | None = None
    needs: tuple[str, ...] = ()
    needs_by_type: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def _text() -> Kind:
    return Kind(str, "a text")


def _switch() -> Kind:
    return Kind(bool, "true or false")


def _any() -> Kind:
    return Kind(object, "anything")


def _object() -> Kind:
    return Kind(dict, "a mapping")


def _map(each: Callable[[], Kind]) -> Callable[[], Kind]:
    return lambda: Kind(dict, "a mapping", each=each)


def _list(each: Callable[[], Kind]) -> Callable[[], Kind]:
    return lambda: Kind(list, "a list", each=each)


def _variable() -> Kind:
    return Kind(dict, "a mapping", {"enum": _list(_any)})


def _server() -> Kind:
    return Kind(dict, "a mapping", {"url": _text, "variables": _map(_variable)}, needs=("url",))


def _header() -> Kind:
    return Kind(dict, "a mapping", {"content": _map(_media), "required": _switch, "examples": _map(_object)})


def _media() -> Kind:
    known = {"examples": _map(_object), "encoding": _map(_encoding)}
    return Kind(dict, "a mapping", known)


def _encoding() -> Kind:
    known = {"headers": _map(_header), "contentType": _text, "style": _text, "explode": _switch}
    return Kind(dict, "a mapping", known)


def _parameter() -> Kind:
    known = {
        "name": _text,
        "in": _text,
        "style": _text,
        "explode": _switch,
        "required": _switch,
        "allowReserved": _switch,
        "content": _map(_media),
        "examples": _map(_object),
    }
    return Kind(dict, "a mapping", known, needs=("name", "in"))


def _body() -> Kind:
    return Kind(dict, "a mapping", {"content": _map(_media), "required": _switch})


def _response() -> Kind:
    known = {"headers": _map(_header), "content": _map(_media), "links": _map(_link)}
    return Kind(dict, "a mapping", known)


def _link() -> Kind:
    return Kind(dict, "a mapping", {"operationId": _text, "operationRef": _text, "parameters": _object})


def _operation() -> Kind:
    known = {
        "operationId": _text,
        "tags": _list(_text),
        "summary": _text,
        "description": _text,
        "parameters": _list(_parameter),
        "requestBody": _body,
        "responses": _map(_response),
        "callbacks": _map(_map(_path_item)),
        "security": _list(_map(_list(_any))),
        "servers": _list(_server),
        "deprecated": _switch,
    }
    return Kind(dict, "a mapping", known)


def _path_item() -> Kind:
    methods = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
    known = dict.fromkeys(methods, _operation) | {
        "parameters": _list(_parameter),
        "servers": _list(_server),
        "additionalOperations": _map(_operation),
    }
    return Kind(dict, "a mapping", known)


def _scheme() -> Kind:
    known = {"type": _text, "in": _text, "name": _text, "scheme": _text, "flows": _map(_flow)}
    by_type = {"apiKey": ("name", "in"), "http": ("scheme",)}
    return Kind(dict, "a mapping", known, needs=("type",), needs_by_type=by_type)


def _flow() -> Kind:
    known = {"scopes": _map(_any), "tokenUrl": _text, "authorizationUrl": _text, "refreshUrl": _text}
    return Kind(dict, "a mapping", known)


def _components() -> Kind:
    known = {
        "schemas": _map(_any),
        "responses": _map(_response),
        "parameters": _map(_parameter),
        "examples": _map(_object),
        "requestBodies": _map(_body),
        "headers": _map(_header),
        "securitySchemes": _map(_scheme),
        "links": _map(_link),
        "callbacks": _map(_map(_path_item)),
        "pathItems": _map(_path_item),
        "mediaTypes": _map(_media),
    }
    return Kind(dict, "a mapping", known)


def _document() -> Kind:
    known = {
        "info": _object,
        "servers": _list(_server),
        "paths": _map(_path_item),
        "webhooks": _map(_path_item),
        "components": _components,
        "security": _list(_map(_list(_any))),
        "tags": _list(_object),
    }
    return Kind(dict, "a mapping", known)


def misplaced(data: Node) -> Iterator[Wrong]:
    """Every value that is of another kind than what is expected in its place; none within another."""
    for name, member in data.items():
        kind = _document().known.get(name)
        if kind is not None and name != "paths":  # what has no paths is no OpenAPI document at all
            yield from _wrong(member, kind(), join("", name))
    paths = data.get("paths")
    if isinstance(paths, dict):
        yield from _wrong(paths, _map(_path_item)(), "/paths")


def _wrong(value: Node, kind: Kind, at: Pointer) -> Iterator[Wrong]:
    if not isinstance(value, kind.type):
        yield at, f"found {_found(value)}, expected {kind.called}"
        return
    if isinstance(value, list):
        for index, item in enumerate(value):
            if kind.each is not None:
                yield from _wrong(item, kind.each(), join(at, index))
    if not isinstance(value, dict) or isinstance(value.get("$ref"), str):
        return
    missing = _missing(value, kind)
    if missing is not None:
        yield at, f"{missing!r} is missing{_places(missing, value)}"
        return
    for name, member in value.items():
        if isinstance(name, str) and name.startswith("x-"):
            continue
        expected = kind.known.get(name, kind.each)
        if expected is not None:
            yield from _wrong(member, expected(), join(at, name))


def _missing(value: Mapping[str, Node], kind: Kind) -> str | None:
    """A member that a value must have and has not."""
    needs = (*kind.needs, *kind.needs_by_type.get(str(value.get("type")), ()))
    return next((name for name in needs if name not in value), None)


def _places(name: str, value: Mapping[str, Node]) -> str:
    """What may stand under `in`: keys of an API are in no path."""
    if name != "in":
        return ""
    places = ["query", "header", "cookie"]
    if value.get("type") != "apiKey":
        places.insert(0, "path")
    return f"; valid: {', '.join(places)}"


def _found(value: Node) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)

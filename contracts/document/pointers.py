"""JSON Pointers (RFC 6901): written, taken apart, followed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote


def join(base: str, *tokens: str | int) -> str:
    """``join("/a", "b/c", 0)`` is ``/a/b~1c/0``."""
    return base + "".join("/" + str(t).replace("~", "~0").replace("/", "~1") for t in tokens)


def split(pointer: str) -> tuple[str, ...]:
    """The unescaped tokens of a pointer; the empty pointer has none."""
    if not pointer:
        return ()
    return tuple(t.replace("~1", "/").replace("~0", "~") for t in pointer.lstrip("/").split("/"))


def reference(pointer: str) -> dict[str, Any]:
    """A schema that is the one at a pointer (RFC 6901, section 6: ``%`` is written ``%25``)."""
    return {"$ref": "#" + pointer.replace("%", "%25")}


def referred(schema: Any) -> str:
    """The pointer of a ``$ref`` into the same document."""
    return unquote(str(schema["$ref"]).removeprefix("#"))


def step(value: Any, token: str) -> Any:
    """One token further; raises LookupError where there is nothing."""
    if isinstance(value, dict):
        return value[token]
    if isinstance(value, list) and token.isdigit():
        return value[int(token)]
    raise LookupError(token)


def walk(value: Any, tokens: Iterable[str]) -> Any:
    """Follow tokens from a value; raises LookupError where there is nothing."""
    for token in tokens:
        value = step(value, token)
    return value


def named_in(value: Any, place: Iterable[str | int]) -> tuple[str | int, ...]:
    """A place in a value as a validator tells it, to whom a name of digits is a number (``00`` is 0, too)."""
    found: list[str | int] = []
    for token in place:
        if isinstance(value, Mapping) and isinstance(token, int):
            alike = [name for name in value if len(name) < 99 and name.isdecimal() and int(name) == token]
            token = min(alike, key=len, default=str(token))
        found.append(token)
        try:
            value = value[token]
        except (LookupError, TypeError):
            value = None
    return tuple(found)


def mapping(node: Any, key: str) -> dict[str, Any]:
    """The mapping under a key of a node; empty where there is none."""
    if isinstance(node, Mapping):
        value = node.get(key)
        if isinstance(value, dict):
            return value
    return {}


def said(node: Any, key: str) -> Any:
    """What a node says under a key; None where it says nothing, or is no mapping."""
    if isinstance(node, Mapping):
        return node.get(key)
    return None


def listing(node: Any, key: str) -> list[Any]:
    """The list under a key of a node; empty where there is none."""
    if isinstance(node, Mapping):
        value = node.get(key)
        if isinstance(value, list):
            return value
    return []


def copied(value: Any) -> Any:
    """A value without aliases: whoever changes a part of it changes nothing else."""
    if isinstance(value, list):
        return [copied(item) for item in value]
    if not isinstance(value, dict):
        return value
    made = {}
    for key, item in value.items():
        if isinstance(item, (dict, list)):
            item = copied(item)
        made[key] = item
    return made


def leaves(value: Any) -> Iterator[Any]:
    """Every value in a body that has no parts."""
    parts: Iterable[Any] = ()
    if isinstance(value, Mapping):
        parts = value.values()
    elif isinstance(value, list):
        parts = value
    else:
        yield value
    for part in parts:
        yield from leaves(part)


def spread(value: Any, tokens: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every place that a pattern with ``*`` tokens selects, with its value; missing places are left out."""
    if not tokens:
        yield (), value
        return
    head, rest = tokens[0], tokens[1:]
    if head == "*":
        keys: Iterable[str] = map(str, range(len(value))) if isinstance(value, list) else ()
    else:
        keys = (head,)
    for key in keys:
        try:
            inner = step(value, key)
        except LookupError:
            continue
        for path, found in spread(inner, rest):
            yield (key, *path), found

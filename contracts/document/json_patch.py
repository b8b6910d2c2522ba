"""JSON Patch (RFC 6902): operations on a value, one after the other; all of them, or none."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from troth.contracts.document.equality import equal
from troth.contracts.document.pointers import copied, mapping
from troth.contracts.model import Json

MEDIA_TYPE = "application/json-patch+json"

MOST_OPERATIONS, LARGEST = 200, 100_000
"""Operations of one patch, and values in what comes out: copies of copies grow fast."""


_NO_ESCAPE = re.compile("~(?![01])")
_PLACE = re.compile(r"0|[1-9][0-9]{0,8}")


class PatchError(Exception):
    """What is wrong with a patch, or with what it is applied to."""


def patched(value: Json, operations: object) -> Json:
    """A value with a patch applied. Raises PatchError."""
    if not isinstance(operations, list):
        raise PatchError("a JSON Patch is a list of operations")
    if len(operations) > MOST_OPERATIONS:
        raise PatchError(f"a patch has {MOST_OPERATIONS} operations at most")
    holder: dict[str, Any] = {"": copied(value)}
    for number, operation in enumerate(operations):
        try:
            _apply(holder, operation)
        except (LookupError, ValueError, TypeError) as error:
            raise PatchError(f"operation {number}: {_worded(error)}") from None
        if _size(holder) > LARGEST:
            raise PatchError(f"operation {number}: what comes out is too large")
    if "" not in holder:
        raise PatchError("nothing is left")
    made: Json = holder[""]
    return made


def as_merge(before: Mapping[str, Json], after: Mapping[str, Json], *, deep: bool) -> dict[str, Json]:
    """The merge patch (RFC 7396) that makes one value of another; ``deep``: inside of objects, too."""
    made: dict[str, Json] = {name: None for name in before if name not in after}
    for name, value in after.items():
        old = before.get(name)
        if name in before and equal(old, value):  # a null that is there is none that is not
            continue
        made[name] = value
        if all((deep, isinstance(old, Mapping), isinstance(value, Mapping))):
            made[name] = as_merge(mapping(before, name), mapping(after, name), deep=True)
    return made


def _apply(holder: dict[str, Any], operation: Any) -> None:
    if not isinstance(operation, Mapping):
        raise TypeError("it is no object")
    name, path = str(operation.get("op")), operation.get("path")
    if name not in _OPERATIONS:
        raise ValueError(f"there is no {name!r}; valid: {', '.join(_OPERATIONS)}")
    _OPERATIONS[name](holder, _tokens(path), operation)


def _tokens(path: Any) -> tuple[str, ...]:
    """The way to a place; the whole value stands in its holder under an empty name."""
    if not isinstance(path, str) or path[:1] not in ("", "/"):
        raise ValueError(f"{path!r} is no JSON Pointer")
    if _NO_ESCAPE.search(path):
        raise ValueError(f"{path!r} is no JSON Pointer: `~` is followed by 0 or 1 (RFC 6901, section 3)")
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in path.split("/"))


def _at(value: Any, tokens: Sequence[str]) -> Any:
    for token in tokens:
        if not isinstance(value, (dict, list)):
            raise LookupError(token)
        value = value[_index(value, token)] if isinstance(value, list) else value[token]
    return value


def _index(items: list[Any], token: str) -> int:
    """A place in a list (RFC 6901, section 4)."""
    if _PLACE.fullmatch(token) is None:
        raise ValueError(f"{token!r} is no place in a list")
    if int(token) >= len(items):
        raise LookupError(token)
    return int(token)


def _put(holder: dict[str, Any], tokens: tuple[str, ...], value: Any) -> None:
    parent, last = _at(holder, tokens[:-1]), tokens[-1]
    if isinstance(parent, dict):
        parent[last] = value
    elif not isinstance(parent, list):
        raise LookupError(last)
    elif last in ("-", str(len(parent))):
        parent.append(value)
    else:
        parent.insert(_index(parent, last), value)


def _taken(holder: dict[str, Any], tokens: tuple[str, ...]) -> Any:
    parent, last = _at(holder, tokens[:-1]), tokens[-1]
    if isinstance(parent, list):
        return parent.pop(_index(parent, last))
    if not isinstance(parent, dict):
        raise LookupError(last)
    return parent.pop(last)


def _value(operation: Mapping[str, Any]) -> Any:
    if "value" not in operation:
        raise ValueError("'value' is missing")
    return copied(operation["value"])


def _add(holder: dict[str, Any], tokens: tuple[str, ...], operation: Mapping[str, Any]) -> None:
    _put(holder, tokens, _value(operation))


def _remove(holder: dict[str, Any], tokens: tuple[str, ...], _: Mapping[str, Any]) -> None:
    _taken(holder, tokens)


def _replace(holder: dict[str, Any], tokens: tuple[str, ...], operation: Mapping[str, Any]) -> None:
    value = _value(operation)
    parent, last = _at(holder, tokens[:-1]), tokens[-1]
    if isinstance(parent, list):
        parent[_index(parent, last)] = value
    else:
        _at(parent, [last])
        parent[last] = value


def _move(holder: dict[str, Any], tokens: tuple[str, ...], operation: Mapping[str, Any]) -> None:
    start = _tokens(operation.get("from"))
    if tokens == start:
        _at(holder, start)
        return
    if tokens[: len(start)] == start:
        raise ValueError("nothing moves into itself")
    _put(holder, tokens, _taken(holder, start))


def _copy(holder: dict[str, Any], tokens: tuple[str, ...], operation: Mapping[str, Any]) -> None:
    _put(holder, tokens, copied(_at(holder, _tokens(operation.get("from")))))


def _test(holder: dict[str, Any], tokens: tuple[str, ...], operation: Mapping[str, Any]) -> None:
    if not equal(_at(holder, tokens), _value(operation)):
        raise ValueError(f"{operation['path']} is another value than the one tested for")


_OPERATIONS: Mapping[str, Callable[[dict[str, Any], tuple[str, ...], Mapping[str, Any]], None]] = {
    "add": _add,
    "remove": _remove,
    "replace": _replace,
    "move": _move,
    "copy": _copy,
    "test": _test,
}


def _worded(error: Exception) -> str:
    if isinstance(error, LookupError):
        return f"there is no {error.args[0]!r}"
    return str(error)


def _size(value: Any) -> int:
    waiting, size = [value], 0
    while waiting:
        node = waiting.pop()
        size += 1
        if isinstance(node, dict):
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node
        if size > LARGEST:
            break
    return size

"""A PATCH of SCIM (RFC 7644, section 3.5.2): operations on attributes, one after the other; all, or none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from troth.contracts.document.equality import equal
from troth.contracts.document.json_patch import MOST_OPERATIONS, PatchError
from troth.contracts.document.pointers import copied, listing, mapping
from troth.contracts.model import Json

OPERATIONS = "Operations"
_MESSAGE = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
_PATH = re.compile(
    r"(?:(?P<extension>urn:[^\[\]]+):)?(?P<name>[\w$-]+)(?:\[(?P<filter>[^\[\]]*)\])?(?:\.(?P<sub>[\w$-]+))?"
)
_FILTER = re.compile(
    r'\s*(?P<name>[\w$-]+)\s+eq\s+(?P<value>"[^"\\]*"|true|false|-?\d{1,15})\s*', re.IGNORECASE
)


def is_scim_patch(body: object) -> bool:
    """Whether a body says of itself that it is such a patch."""
    return isinstance(body, Mapping) and _MESSAGE in listing(body, "schemas")


def scim_patched(record: Mapping[str, Json], body: Mapping[str, Json]) -> dict[str, Json]:
    """A record with a patch applied. Raises PatchError."""
    made: dict[str, Any] = copied(dict(record))
    operations = listing(body, OPERATIONS)
    if len(operations) > MOST_OPERATIONS:
        raise PatchError(f"a patch has {MOST_OPERATIONS} operations at most")
    for number, operation in enumerate(operations):
        try:
            for path, value in _changes(mapping({"": operation}, "")):
                _change(made, str(operation["op"]).lower(), path, copied(value))
        except (LookupError, ValueError, TypeError) as error:
            raise PatchError(f"operation {number}: {error.args[0]}") from None
    return made


def _changes(operation: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Paths with their values: without a path, the value has one for each of its members."""
    if str(operation.get("op")).lower() not in ("add", "remove", "replace"):
        raise ValueError(f"there is no {operation.get('op')!r}; valid: add, remove, replace")
    if "path" in operation:
        yield str(operation["path"]), operation.get("value")
        return
    if not isinstance(operation.get("value"), Mapping):
        raise ValueError("'path' is missing")
    yield from operation["value"].items()


def _change(made: dict[str, Any], does: str, path: str, value: Any) -> None:
    at = _PATH.fullmatch(path)
    if at is None:
        raise ValueError(f"{path!r} is no path of SCIM")
    holder = made
    if at["extension"]:
        holder = _object(made, at["extension"])
    if at["filter"] is not None:
        for item in _items(holder, at["name"], at["filter"], does):
            if at["sub"] is None and does == "remove":
                holder[_called(holder, at["name"])].remove(item)
            elif at["sub"] is None:
                item.update(mapping({"": value}, ""))
            else:
                _set(item, does, at["sub"], value)
    elif at["sub"] is not None:
        _set(_object(holder, at["name"]), does, at["sub"], value)
    else:
        _set(holder, does, at["name"], value)


def _set(holder: dict[str, Any], does: str, name: str, value: Any) -> None:
    """Change one attribute."""
    name = _called(holder, name)
    old = holder.get(name)
    if does == "remove":
        _remove(holder, name, value)
    elif does == "add" and isinstance(old, list):
        more = value if isinstance(value, list) else [value]
        holder[name] = [*old, *(one for one in more if one not in old)]
    elif isinstance(old, dict):
        holder[name] = {**old, **mapping({"": value}, "")}  # of an object, what is said
    else:
        holder[name] = value


def _remove(holder: dict[str, Any], name: str, value: Any) -> None:
    """Take an attribute away; of several, those that are named, where some are."""
    gone = [_told(one) for one in listing({"": value}, "")]
    if not gone:
        holder.pop(name, None)
        return
    holder[name] = [one for one in listing(holder, name) if _told(one) not in gone]


def _told(item: Json) -> Json:
    """What an item is known by."""
    return mapping({"": item}, "").get("value", item)


def _items(holder: dict[str, Any], name: str, filter: str, does: str) -> list[dict[str, Any]]:
    """The items of an attribute that a filter means; what is added to none of them makes one."""
    wanted = _FILTER.fullmatch(filter)
    if wanted is None:
        raise ValueError(f"of filters in paths only `… eq …` is known, not {filter!r}")
    key, value = wanted["name"], json.loads(wanted["value"])
    name = _called(holder, name)
    known = holder.setdefault(name, [])
    items = [one for one in known if isinstance(one, dict)]
    found = [one for one in items if equal(one.get(_called(one, key)), value)]
    if not found and does != "add":
        raise LookupError(f"no item of {name!r} has the {key} {value!r}")
    if not found:
        known.append({key: value})
        found = known[-1:]
    return found


def _object(holder: dict[str, Any], name: str) -> dict[str, Any]:
    """The object under a name; there is one from now on."""
    name = _called(holder, name)
    if not isinstance(holder.get(name), dict):
        holder[name] = {}
    found: dict[str, Any] = holder[name]
    return found


def _called(holder: Mapping[str, Any], name: str) -> str:
    """How an attribute is written there: in SCIM that may be in any letters (RFC 7643, section 2.1)."""
    return next((one for one in holder if one.lower() == name.lower()), name)

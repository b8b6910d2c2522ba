"""Where a record has its id: in a property, or in an object inside of it (``/metadata/name``)."""

from __future__ import annotations

import re
from collections.abc import Mapping

from troth.contracts.document import split
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping
from troth.contracts.document.schemas import Schemas
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Node, Resource

SINGLE = "the only one"
"""The id of the record of a resource that has no other."""


_OPAQUE = ("id", "uid", "uuid", "guid", "gid", "sid", "key")


def is_name(id: str) -> bool:
    """Whether what an id is called says that it is a name which people read: a slug, a username, a code."""
    plain = re.sub(r"[^a-z]", "", id_path(id)[-1].lower())
    return not plain.endswith(_OPAQUE)


def id_path(id: str) -> tuple[str, ...]:
    """The way to the id; one step where it is a property of the record itself."""
    if id.startswith("/"):
        return split(id)
    return (id,)


def id_of(id: str, data: Mapping[str, Json]) -> Json:
    """The id that some data has; None where it has none."""
    value: Json = data
    for token in id_path(id):
        if not isinstance(value, Mapping):
            return None
        value = value.get(token)
    return value


def typed(schema: Node, id: str) -> Json:
    """An id, which paths say as text, in the type of a property that holds it."""
    types = types_of(schema)
    if "string" in types or {"integer", "number"}.isdisjoint(types):
        return id
    if re.fullmatch(r"-?[0-9]+", id):
        return int(id)
    return id


def says_which(path: str, name: str) -> bool:
    """Whether a member of a body or a query says which thing is meant where a path tells only what is done
    with it: ``id``, ``userId`` or ``user`` of ``/users.info``."""
    things, own = letters(re.split("[./:]", f"//{path}")[-2]), letters(name)
    if things == "":
        return False
    if own == "id":
        return True
    if own.endswith("s"):
        return False  # many of them
    stem = own.removesuffix("id")
    return things in (stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies")


def with_id(resource: Resource, data: Mapping[str, Json], value: Json) -> dict[str, Json]:
    """Data with an id in its place, if it has one."""
    if resource.single:
        return dict(data)
    return _put(data, id_path(resource.id), value)


def with_value(at: str, data: Mapping[str, Json], value: Json) -> dict[str, Json]:
    """Data with a value where an id might stand: in a property, or in an object inside."""
    return _put(data, id_path(at), value)


def _put(data: Json, path: tuple[str, ...], value: Json) -> dict[str, Json]:
    made: dict[str, Json] = {}
    if isinstance(data, Mapping):
        made = dict(data)
    head, rest = path[0], path[1:]
    made[head] = value
    if rest:
        inner = data.get(head) if isinstance(data, Mapping) else None
        made[head] = _put(inner, rest, value)
    return made


def as_whole(schema: Node) -> Node:
    """The schema of an id; one that is called a number counts in whole ones."""
    if isinstance(schema, Mapping) and types_of(schema) == ("number",):
        return {**schema, "type": "integer"}
    return schema


def id_schema(schemas: Schemas, properties: Mapping[str, Node], id: str) -> Node:
    """The schema of an id; None where the properties have none."""
    first, *rest = id_path(id)
    schema = properties.get(first)
    for token in rest:
        schema = mapping(schemas.resolve(schema), "properties").get(token)
    return schema

"""``discriminator``: the value that names a schema, given to the schemas of which one is chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.document.pointers import listing, mapping, referred
from troth.contracts.document.schemas import Schemas
from troth.contracts.model import Node

_COMPONENTS = "#/components/schemas/"


def told_options(schemas: Schemas, schema: Mapping[str, Node], keyword: str) -> list[dict[str, Node]]:
    """The alternatives of a schema, each with the value by which it is told apart."""
    found = []
    for option in listing(schema, keyword):
        resolved = schemas.resolve(option)
        if isinstance(resolved, dict):
            found.append(_told(resolved, schema, option))
    return found


def told_itself(schemas: Schemas, written: Node, resolved: dict[str, Node]) -> dict[str, Node]:
    """A schema that is one of several by ``allOf``, or one that it stands for, with its value."""
    discriminator = mapping(resolved, "discriminator")
    if not discriminator or listing(resolved, "oneOf") or listing(resolved, "anyOf"):
        return resolved
    reference = _last_reference(schemas, written)
    if reference is None:
        return resolved
    for name, target in mapping(discriminator, "mapping").items():
        if _reference(target) == reference:
            return _with_value(resolved, discriminator, name)
    for name, target in mapping(discriminator, "mapping").items():
        if not _exists(schemas, target):
            continue
        other = schemas.resolve({"$ref": _reference(target)})
        if isinstance(other, dict):
            return _with_value(other, discriminator, name)
    return _with_value(resolved, discriminator, reference.rpartition("/")[2])


def _told(resolved: dict[str, Node], schema: Mapping[str, Node], option: Node) -> dict[str, Node]:
    discriminator = mapping(schema, "discriminator")
    if not discriminator or not isinstance(option, Mapping) or "$ref" not in option:
        return resolved
    reference = str(option["$ref"])
    for value in _names(discriminator, reference):
        return _with_value(resolved, discriminator, value)
    return resolved


def _names(discriminator: Mapping[str, Node], reference: str) -> Iterator[str]:
    """The values that name a schema: of the mapping first, else its own name."""
    for value, target in mapping(discriminator, "mapping").items():
        if _reference(target) == reference:
            yield value
    yield reference.rpartition("/")[2]


def _with_value(schema: dict[str, Node], discriminator: Mapping[str, Node], value: str) -> dict[str, Node]:
    """A schema whose discriminating property has its value, where it does not name one itself."""
    name = str(discriminator.get("propertyName", ""))
    known = mapping(schema, "properties")
    if not name:
        return schema
    own = known.get(name)
    if not _names_itself(own, value):
        own = {"const": value}
    required = [*listing(schema, "required"), name]
    return {
        **schema,
        "properties": {**known, name: own},
        "required": list(dict.fromkeys(required)),
    }


def _names_itself(own: Node, value: str) -> bool:
    """Whether a discriminating property says by itself which values it has."""
    if not isinstance(own, Mapping):
        return False
    values = listing(own, "enum")
    return "const" in own or len(values) == 1 or (bool(values) and value not in values)


def _last_reference(schemas: Schemas, schema: Node) -> str | None:
    found = None
    for _ in range(20):
        if not isinstance(schema, Mapping) or "$ref" not in schema:
            break
        found = str(schema["$ref"])
        schema = schemas.at(referred(schema))
    if found is None or not found.startswith(_COMPONENTS):
        return None
    return found


def _reference(target: Node) -> str:
    """A target of a mapping as a reference: names of components may stand alone."""
    if "/" in str(target) or "#" in str(target):
        return str(target)
    return f"{_COMPONENTS}{target}"


def _exists(schemas: Schemas, target: Node) -> bool:
    try:
        schemas.at(referred({"$ref": _reference(target)}))
    except LookupError:
        return False
    return True

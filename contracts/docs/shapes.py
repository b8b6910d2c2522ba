"""What parameters and bodies must look like, in a few words each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.docs.markup import code, plain
from troth.contracts.document.schemas import types_of
from troth.contracts.model import Json, Operation

_BOUNDS = {
    "minimum": "at least {}",
    "maximum": "at most {}",
    "exclusiveMinimum": "more than {}",
    "exclusiveMaximum": "less than {}",
    "multipleOf": "a multiple of {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "minProperties": "at least {} properties",
    "maxProperties": "at most {} properties",
}
_LONGEST = 90


def parameters(contract: Contract, operation: Operation) -> list[list[str]]:
    """A row for each declared parameter."""
    rows = []
    for parameter in operation.parameters:
        node = contract.document.at(parameter.pointer)
        needed = "required, " if parameter.required else ""
        about = plain(node.get("description") or "")
        rows.append(
            [code(parameter.name), parameter.place, needed + shape(contract, parameter.schema), about]
        )
    return rows


def properties(contract: Contract, operation: Operation) -> list[list[str]]:
    """A row for each declared property of the body."""
    schemas = contract.document.schemas
    body = schemas.resolve(operation.body) if operation.body else {}
    required = body.get("required", ()) if isinstance(body, Mapping) else ()
    rows = []
    for name, schema in contract.body_properties(operation).items():
        inner = schemas.resolve(schema)
        about = inner.get("description") or "" if isinstance(inner, Mapping) else ""
        needed = "required, " if name in required else ""
        rows.append([code(name), needed + shape(contract, schema), plain(about)])
    return rows


def shape(contract: Contract, schema: Json) -> str:
    """A schema in words: its type, its bounds, its values."""
    schema = contract.document.schemas.resolve(schema)
    if not isinstance(schema, Mapping):
        return "anything"
    return ", ".join(_parts(contract, schema)) or "anything"


def _parts(contract: Contract, schema: Mapping[str, Json]) -> Iterator[str]:
    types = [type_ for type_ in types_of(schema) if type_ != "null"]
    if types == ["array"] and "items" in schema:
        yield f"list of ({shape(contract, schema['items'])})"
    elif types:
        yield " or ".join(types)
    if "null" in types_of(schema):
        yield "may be null"
    for keyword, words in _WORDS.items():
        if keyword in schema:
            yield words(schema[keyword])


def _bound(words: str) -> Callable[[Json], str]:
    return words.format


def _values(values: Json) -> str:
    shown = [code(value) for value in values if value is not None] if isinstance(values, list) else []
    return "one of " + " ".join(shown)


def _pattern(value: Json) -> str:
    text = str(value)
    return "like " + code(text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…")


_WORDS: Mapping[str, Callable[[Json], str]] = {
    "const": lambda value: f"always {code(value)}",
    "enum": _values,
    **{keyword: _bound(words) for keyword, words in _BOUNDS.items()},
    "format": code,
    "pattern": _pattern,
    "default": lambda value: f"{code(value)} where it is left out",
    "oneOf": lambda shapes: f"one of {len(shapes)} shapes",
    "anyOf": lambda shapes: f"any of {len(shapes)} shapes",
}

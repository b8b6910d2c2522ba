"""What parameters and bodies must look like, in a few words each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.docs.markup import code, plain
from troth.contracts.document.typing import types_of
from troth.contracts.model import Node, Operation, Schema

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
        about = plain(node.get("description") or "")
        shown = shape(contract, parameter.schema)
        if parameter.required:
            shown = f"required, {shown}"
        rows.append([code(parameter.name), parameter.place, shown, about])
    return rows


def described(contract: Contract, schema: Node) -> str:
    """What a document says of a schema."""
    return _description(contract.document.schemas.resolve(schema))


def _description(schema: Node) -> str:
    if not isinstance(schema, Mapping):
        return ""
    return str(schema.get("description") or "")


def shape(contract: Contract, schema: Node) -> str:
    """A schema in words: its type, its bounds, its values."""
    schema = contract.document.schemas.resolve(schema)
    if not isinstance(schema, Mapping):
        return "anything"
    return ", ".join(_parts(contract, schema)) or "anything"


def _parts(contract: Contract, schema: Schema) -> Iterator[str]:
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


def _bound(words: str) -> Callable[[Node], str]:
    return words.format


def _values(values: Node) -> str:
    if not isinstance(values, list):
        return "one of "
    return "one of " + " ".join(code(value) for value in values if value is not None)


def _pattern(value: Node) -> str:
    text = str(value)
    if len(text) > _LONGEST:
        text = text[: _LONGEST - 1] + "…"
    return f"like {code(text)}"


_WORDS: Mapping[str, Callable[[Node], str]] = {
    "const": lambda value: f"always {code(value)}",
    "enum": _values,
    **{keyword: _bound(words) for keyword, words in _BOUNDS.items()},
    "format": code,
    "pattern": _pattern,
    "default": lambda value: f"{code(value)} where it is left out",
    "oneOf": lambda shapes: f"one of {len(shapes)} shapes",
    "anyOf": lambda shapes: f"any of {len(shapes)} shapes",
}

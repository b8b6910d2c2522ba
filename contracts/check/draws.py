"""Values that nobody fixed: drawn by Hypothesis from schemathesis' strategies for the document's schemas."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.generation.value import GeneratedValue

from troth.contracts.check.trimming import trim
from troth.contracts.contract import Contract
from troth.contracts.document.equality import known_by
from troth.contracts.document.pointers import copied, said
from troth.contracts.document.typing import types_of
from troth.contracts.model import Absent, Json, Node, Operation, Schema
from troth.contracts.promises.calls import as_read, wrapped
from troth.contracts.words.rules import keeps_scoped_rules

_SAFE = 2**53
"""Integers beyond it are not the same in every JSON parser (RFC 8259 section 6)."""


class Unavailable(Exception):
    """A probe cannot be made: what it needs is not there. The text says what."""


class Draws:
    """Strategies per body property, per list item and per broken body of a contract's operations."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._value = cache(self._value_of)
        self._item = cache(self._item_of)
        self._strategy = cache(self._strategy_of)

    def value(self, operation: Operation, name: str) -> st.SearchStrategy[Json]:
        """Values of one body property that keep its schema and the rules on it."""
        return self._value(operation, name)

    def item(self, operation: Operation, name: str) -> st.SearchStrategy[Json]:
        """Items of one list property, each keeping its schema and the rules on it."""
        return self._item(operation, name)

    def all_differ(self, operation: Operation, name: str) -> bool:
        """Whether a list may have no item twice: it would be refused for that, and not for its length."""
        schema = self._contract.document.schemas.resolve(self._contract.body_properties(operation).get(name))
        return said(schema, "uniqueItems") is True

    def different(self, operation: Operation, name: str, number: int) -> st.SearchStrategy[tuple[Json, ...]]:
        """So many items of a list, no two the same."""
        items = st.lists(self._item(operation, name), min_size=number, max_size=number, unique_by=known_by)
        return items.map(tuple)

    def whole(self, operation: Operation) -> st.SearchStrategy[Json]:
        """Whole bodies that keep their schema."""
        assert operation.body_pointer is not None
        pointer, schemas = operation.body_pointer, self._contract.document.schemas
        found = self._strategy(("body", operation.id, ""), GenerationMode.POSITIVE)
        return found.map(_tidy).filter(lambda body: schemas.valid(pointer, body))

    def broken(self, operation: Operation) -> st.SearchStrategy[Json]:
        """Bodies that break their schema, also once they are sent: a form makes texts of everything."""
        assert operation.body_pointer is not None
        pointer = operation.body_pointer
        schemas = self._contract.document.schemas

        def wrong(body: Json | bytes) -> bool:
            if isinstance(body, bytes):
                return False
            if operation.form is not None and not _plain(body):
                return False
            sent = as_read(self._contract, operation, body)
            assert not isinstance(sent, Absent)
            return any(not violation.soft for violation in schemas.broken_by_request(pointer, sent))

        found = self._strategy(("body", operation.id, ""), GenerationMode.NEGATIVE)
        return found.map(_tidy).filter(wrong)

    def _value_of(self, operation: Operation, name: str) -> st.SearchStrategy[Json]:
        found = self._strategy(("value", operation.id, name), GenerationMode.POSITIVE)
        values = found.map(lambda drawn: _tidy(drawn["v"]))
        if self._has_members(operation, name):
            values = values.filter(lambda value: value != {})  # merged or put there, that looks the same
        return self._accepted(operation, values, lambda v: {name: v})

    def _has_members(self, operation: Operation, name: str) -> bool:
        """Whether a property of the body is an object that may have members."""
        schema = self._contract.document.schemas.resolve(self._contract.body_properties(operation)[name])
        if types_of(schema)[:1] != ("object",) or "maxProperties" in schema:
            return False
        return bool(schema.get("properties")) or schema.get("additionalProperties", True) is not False

    def _item_of(self, operation: Operation, name: str) -> st.SearchStrategy[Json]:
        found = self._strategy(("item", operation.id, name), GenerationMode.POSITIVE)
        return self._accepted(operation, found.map(lambda drawn: _tidy(drawn["v"])), lambda v: {name: [v]})

    def _accepted(
        self, operation: Operation, found: st.SearchStrategy[Json], body: Callable[[Json], dict[str, Json]]
    ) -> st.SearchStrategy[Json]:
        """Only values that the whole contract takes: tidying and rules may have spoilt some."""
        return found.filter(lambda value: self.accepts(operation, body(value)))

    def accepts(self, operation: Operation, sent: Mapping[str, Json]) -> bool:
        """Whether the contract takes the value of the one property that is sent."""
        contract, (name,) = self._contract, sent
        schemas, pointer = contract.document.schemas, contract.record_pointer(operation)
        assert pointer is not None
        if any(violation.path[:1] == (name,) for violation in schemas.violations(pointer, sent)):
            return False
        whole = wrapped(contract, operation, sent)
        assert not isinstance(whole, Absent)
        return keeps_scoped_rules(contract, operation, whole)

    def _strategy_of(self, key: tuple[str, str, str], mode: GenerationMode) -> st.SearchStrategy[Any]:
        path = "/" + "/".join(_safe(part) for part in key)
        try:
            drawn = self._schema[path]["POST"]
            config = drawn.schema.config.generation_for(operation=drawn, phase="fuzzing")
            # the body alone: a whole case around it makes the draws of a run half as dear again
            found: st.SearchStrategy[Any] = drawn.body[0].get_strategy(drawn, config, mode)
        except schemathesis.errors.SchemathesisError as error:
            raise Unavailable(f"schemathesis cannot draw it: {error}") from None
        return found.map(_bare)

    @cached_property
    def _schema(self) -> Any:
        """The document with one synthetic operation for each thing that can be drawn."""
        schemas = self._contract.document.schemas
        data, paths = schemas.data, dict[str, Node]()
        for operation in self._contract.operations.values():
            if operation.body_pointer is None:
                continue
            _add(paths, ("body", operation.id, ""), copied(schemas.at(operation.body_pointer)))
            for name, schema in self._contract.body_properties(operation).items():
                _add(paths, ("value", operation.id, name), _object(_closed(schema)))
                inner = schemas.resolve(schema)
                if isinstance(inner, Mapping) and "items" in inner:
                    _add(paths, ("item", operation.id, name), _object(_closed(inner["items"])))
        components = _closed(data.get("components", {}))
        components.pop("securitySchemes", None)
        document = {**data, "openapi": "3.1.0", "paths": paths, "components": components, "servers": []}
        document.pop("security", None)
        trim(document)
        return schemathesis.openapi.from_dict(document)


def _bare(drawn: Any) -> Any:
    """What is drawn, without schemathesis' notes on how it was broken."""
    if isinstance(drawn, GeneratedValue):
        return drawn.value
    return drawn


def _plain(body: Json) -> bool:
    """Whether every server reads the same out of it as a form: texts, and lists of them; empty ones may as
    well not be there."""
    if not isinstance(body, Mapping):
        return False
    for value in body.values():
        texts = value if isinstance(value, list) else [value]
        if not texts or not all(_is_told(text) for text in texts):
            return False
    return True


def _is_told(value: Json) -> bool:
    """Whether a value is a text in a form, and not nothing."""
    if isinstance(value, (list, Mapping)):
        return False
    return value not in (None, "")


def _safe(part: str) -> str:
    return part.replace("/", "~").replace("{", "(").replace("}", ")") or "-"


def _add(paths: dict[str, Node], key: tuple[str, str, str], schema: Node) -> None:
    content = {"application/json": {"schema": schema}}
    paths["/" + "/".join(_safe(part) for part in key)] = {
        "post": {
            "requestBody": {"required": True, "content": content},
            "responses": {"200": {"description": "Any."}},
        }
    }


def _object(schema: Node) -> Schema:
    return {"type": "object", "required": ["v"], "additionalProperties": False, "properties": {"v": schema}}


def _closed(value: Node, *, names: bool = False) -> Node:
    """Objects without properties that nobody declared: what a server does with those is open."""
    if isinstance(value, list):
        return [_closed(item) for item in value]
    if not isinstance(value, dict):
        return value
    result = {key: _closed(item, names=key == "properties" and not names) for key, item in value.items()}
    if not names and isinstance(result.get("properties"), dict):
        result.setdefault("additionalProperties", False)
    return result


def _tidy(value: Json) -> Json:
    """Text that servers store as it is (printable, NFC, not padded), numbers that survive JSON."""
    if isinstance(value, str):
        return _tidy_text(value)
    if isinstance(value, float):
        return _tidy_number(value)
    if isinstance(value, int) and abs(value) > _SAFE:
        return value % _SAFE
    if isinstance(value, list):
        return [_tidy(item) for item in value]
    if isinstance(value, dict):
        return {_tidy_text(key): _tidy(item) for key, item in value.items()}
    return value


def _tidy_text(text: str) -> str:
    stored = [c for c in text if c.isprintable() and unicodedata.category(c) not in ("Co", "Cn")]
    return unicodedata.normalize("NFC", "".join(stored)).strip()


def _tidy_number(number: float) -> float:
    if not math.isfinite(number) or abs(number) >= _SAFE:
        return 0.5
    plain = round(number, 3)
    if plain.is_integer():
        return int(plain)
    return plain

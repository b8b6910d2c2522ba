"""Values that nobody fixed: drawn by Hypothesis from schemathesis' strategies for the document's schemas."""

from __future__ import annotations

import math
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import cache, cached_property
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.errors import HypothesisException
from schemathesis import GenerationMode
from schemathesis.errors import SchemathesisError

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

POOL = 16
"""So many examples of one thing are drawn, and used by all probes."""

WORK = 300
"""At most so much is drawn for them: each one, and one more for every hundred characters of it."""


class Unavailable(Exception):
    """A probe cannot be made: what it needs is not there. The text says what."""


class _Enough(BaseException):
    """Enough was drawn; Hypothesis catches every Exception."""


class Draws:
    """Strategies per body property, per list item and per broken body of a contract's operations.

    To draw a value takes longer than to send it: a few are drawn of each, and what is drawn for probes is one
    of them. ``finely``: any that there are, which Hypothesis makes small.
    """

    def __init__(self, contract: Contract, seed: int) -> None:
        self._contract, self._seed = contract, seed
        self.finely = False
        self._accepted = cache(self._accepted_of)
        self._strategy = cache(self._strategy_of)
        self._few = cache(self._few_of)

    def value(self, operation: Operation, name: str) -> st.SearchStrategy[Json]:
        """Values of one body property that keep its schema and the rules on it."""
        return self._accepted("value", operation, name, self.finely)

    def item(self, operation: Operation, name: str) -> st.SearchStrategy[Json]:
        """Items of one list property, each keeping its schema and the rules on it."""
        return self._accepted("item", operation, name, self.finely)

    def all_differ(self, operation: Operation, name: str) -> bool:
        """Whether a list may have no item twice: it would be refused for that, and not for its length."""
        schema = self._contract.document.schemas.resolve(self._contract.body_properties(operation).get(name))
        return said(schema, "uniqueItems") is True

    def different(self, operation: Operation, name: str, number: int) -> st.SearchStrategy[tuple[Json, ...]]:
        """So many items of a list, no two the same."""
        items = st.lists(self.item(operation, name), min_size=number, max_size=number, unique_by=known_by)
        return items.map(tuple)

    def whole(self, operation: Operation) -> st.SearchStrategy[Json]:
        """Whole bodies that keep their schema."""
        assert operation.body_pointer is not None
        pointer, schemas = operation.body_pointer, self._contract.document.schemas
        found = self._drawn(("body", operation.id, ""), GenerationMode.POSITIVE)
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

        found = self._drawn(("body", operation.id, ""), GenerationMode.NEGATIVE)
        return found.map(_tidy).filter(wrong)

    def _accepted_of(
        self, kind: str, operation: Operation, name: str, finely: bool
    ) -> st.SearchStrategy[Json]:
        """Only values that the whole contract takes: tidying and rules may have spoilt some."""
        assert finely is self.finely
        found = self._drawn((kind, operation.id, name), GenerationMode.POSITIVE)
        values = found.map(lambda drawn: _tidy(drawn["v"]))
        if kind == "item":
            return values.filter(lambda value: self.accepts(operation, {name: [value]}))
        if self._has_members(operation, name):
            values = values.filter(lambda value: value != {})  # merged or put there, that looks the same
        return values.filter(lambda value: self.accepts(operation, {name: value}))

    def _has_members(self, operation: Operation, name: str) -> bool:
        """Whether a property of the body is an object that may have members."""
        schema = self._contract.document.schemas.resolve(self._contract.body_properties(operation)[name])
        if types_of(schema)[:1] != ("object",) or "maxProperties" in schema:
            return False
        return bool(schema.get("properties")) or schema.get("additionalProperties", True) is not False

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

    def _drawn(self, key: tuple[str, str, str], mode: GenerationMode) -> st.SearchStrategy[Any]:
        if self.finely:
            return self._strategy(key, mode)
        return st.sampled_from(self._few(key, mode))

    def _few_of(self, key: tuple[str, str, str], mode: GenerationMode) -> Sequence[Any]:
        """A few examples of what can be drawn, the plainest first. Raises Unavailable: there are none."""
        found: dict[str, Any] = {}
        work = 0

        @seeded(zlib.crc32(f"{self._seed}/{key}/{mode.name}".encode()))
        @settings(
            max_examples=POOL,
            database=None,
            deadline=None,
            derandomize=False,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(self._strategy(key, mode))
        def collect(value: Any) -> None:
            nonlocal work
            found.setdefault(repr(value), value)
            work += 1 + len(repr(value)) // 100
            if work > WORK:
                raise _Enough

        try:
            with suppress(_Enough):
                collect()
        except (HypothesisException, SchemathesisError) as error:
            if not found:
                raise Unavailable(f"nothing can be drawn: {str(error)[:200]}") from None
        return tuple(found.values())

    def _strategy_of(self, key: tuple[str, str, str], mode: GenerationMode) -> st.SearchStrategy[Any]:
        path = "/" + "/".join(_safe(part) for part in key)
        try:
            found: st.SearchStrategy[Any] = self._schema[path]["POST"].as_strategy(generation_mode=mode)
        except schemathesis.errors.SchemathesisError as error:
            raise Unavailable(f"schemathesis cannot draw it: {error}") from None
        return found.map(lambda case: case.body)

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

"""A call on its way through a contract: what words look at and change."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Protocol, TypeVar

from troth.contracts.contract import Contract, cel
from troth.contracts.errors import ContractFault
from troth.contracts.model import (
    ABSENT,
    MALFORMED,
    Call,
    Consequence,
    Json,
    Operation,
    Pointer,
    Record,
    Resource,
    Schema,
    Unknown,
    World,
)

T = TypeVar("T")


class Choose(Protocol):
    """Takes one of several allowed ways; the mock takes the first, the oracle walks them all."""

    def __call__(self, *options: T) -> T: ...


@dataclass(frozen=True)
class Step(Consequence):
    """A call on its way through the contract, with what it has done so far."""

    contract: Contract
    operation: Operation
    call: Call
    world: World
    choose: Choose
    resource: Resource | None = None
    parent: Record | None = None
    source: Record | None = None
    """The record that a new one is a copy of."""
    ignored: frozenset[str] = frozenset()
    valid: bool = True

    @property
    def lost(self) -> bool:
        """Whether the call is about a record that is not there."""
        return self.before is None and self.operation.names_record

    @property
    def body(self) -> Mapping[str, Json]:
        """The body's properties; empty where there is no object."""
        if isinstance(self.call.body, Mapping):
            return self.call.body
        return {}

    @cached_property
    def request(self) -> Mapping[str, Json]:
        """What expressions call ``request``."""
        call = self.call
        return {"path": call.path, "query": call.query, "headers": call.headers, "body": self._typed_body()}

    def _typed_body(self) -> Json:
        """The body as expressions see it; nothing is known of one that is not JSON."""
        body = self.call.body
        if body is MALFORMED:
            return cel.UNKNOWN
        if body is ABSENT:
            body = {}
        typed: Json = self.contract.document.schemas.typed(self.operation.body, body, fill=False)
        return typed

    def made(self, text: str) -> Json:
        """The value that an expression makes of the record as it is: no ``default`` is filled in."""
        record = self.after or self.before
        if record is None:
            return self.value(text, self=None)
        return self.value(text, record, self=record.data)

    def value(self, text: str, record: Record | None = None, /, **names: Json) -> Json:
        """The value of an expression about a record (the new one where none is given)."""
        known = self._known(record or self.after or self.before, cel.reads(text))
        try:
            return cel.evaluate(text, known | names)
        except ContractFault:
            if self._tells(text):
                raise
            return cel.UNKNOWN

    def _known(
        self, record: Record | None, read: Mapping[str, frozenset[str] | None]
    ) -> dict[str, Json | datetime]:
        """The variables that an expression reads, with their values."""
        known: dict[str, Json | datetime] = {"hidden": {}, "now": self.world.moment}
        if record is not None:
            known["hidden"] = record.hidden
        if "self" in read:
            known["self"] = self._typed(record, read["self"])
        if "oldSelf" in read:
            known["oldSelf"] = self._typed(self.before, read["oldSelf"])
        if "request" in read:
            known["request"] = self.request
        if "parent" in read and self.parent is not None:
            known["parent"] = self._typed_parent(self.parent)
        return known

    def _tells(self, text: str) -> bool:
        """Whether an expression must have a value: of a body that breaks its schema, of no record, and of no
        parent nothing can be said."""
        if not self.valid or self.lost:
            return False
        return self.parent is not None or "parent" not in cel.reads(text)

    def _typed_parent(self, parent: Record) -> Json:
        above = self.contract.resources[parent.resource]
        whole = {**parent.data, **_computed(above, parent, None)}
        data: Schema = self.contract.document.schemas.typed(above.schema, whole)
        return {"hidden": parent.hidden, **data}

    def _typed(self, record: Record | None, properties: frozenset[str] | None) -> Json:
        """A record as expressions see it, with those of its properties that are read."""
        if record is None or self.resource is None:
            return None
        data = {**cel.narrowed(record.data, properties), **_computed(self.resource, record, properties)}
        typed: Json = self.contract.document.schemas.typed(self.resource.schema, data)
        return typed

    def holds(self, text: str, record: Record | None = None, /, **names: Json) -> bool:
        """Whether a condition holds; both ways where it hangs on something not known."""
        result = self.value(text, record, **names)
        if isinstance(result, Unknown):
            return self.choose(False, True)
        return result is True

    def put(self, cite: Pointer, **fields: Json) -> Step:
        """The step with properties of the record set, and who said so."""
        assert self.after is not None
        after = replace(self.after, data={**self.after.data, **fields})
        if self._moves(fields):
            after = replace(after, since=self.world.now)
        return replace(self, after=after, touched={**self.touched, **dict.fromkeys(fields, cite)})

    def _moves(self, fields: Mapping[str, Json]) -> bool:
        """Whether setting these properties brings the record into another state."""
        assert self.after is not None
        state = self.resource.state if self.resource else None
        if state is None or state not in fields:
            return False
        return bool(fields[state] != self.after.data.get(state))


def _computed(resource: Resource, record: Record, properties: frozenset[str] | None) -> dict[str, Json]:
    """Those of a resource's computed properties that are read, as far as they can be computed."""
    found: dict[str, Json] = {}
    known = {"self": record.data, "hidden": record.hidden}
    for name, text in resource.computed.items():
        if properties is not None and name not in properties:
            continue
        with suppress(ContractFault):
            found[name] = cel.evaluate(text, known)
    return found

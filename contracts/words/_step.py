"""A call on its way through a contract: what words look at and change."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
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
        return self.call.body if isinstance(self.call.body, Mapping) else {}

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
        return self.contract.document.schemas.typed(self.operation.body, body, fill=False)

    def made(self, text: str) -> Json:
        """The value that an expression makes of the record as it is: no ``default`` is filled in."""
        record = self.after or self.before
        return self.value(text, record, self=record.data if record else None)

    def value(self, text: str, record: Record | None = None, /, **names: Json) -> Json:
        """The value of an expression about a record (the new one where none is given)."""
        record, read = record or self.after or self.before, cel.reads(text)
        known: dict[str, Json] = {"hidden": record.hidden if record else {}, "now": self.world.moment}
        if "self" in read:
            known["self"] = self._typed(record, read["self"])
        if "oldSelf" in read:
            known["oldSelf"] = self._typed(self.before, read["oldSelf"])
        if "request" in read:
            known["request"] = self.request
        if "parent" in read and self.parent is not None:
            above = self.contract.resources[self.parent.resource]
            data = self.contract.document.schemas.typed(above.schema, self.parent.data)
            known["parent"] = {"hidden": self.parent.hidden, **data}
        try:
            return cel.evaluate(text, known | names)
        except ContractFault:
            if self.valid and not self.lost and (self.parent or "parent" not in read):
                raise
            return cel.UNKNOWN  # of a body that breaks its schema, of no record, nothing can be said

    def _typed(self, record: Record | None, properties: frozenset[str] | None) -> Json:
        if record is None or self.resource is None:
            return None
        data = {**cel.narrowed(record.data, properties), **self._computed(record, properties)}
        return self.contract.document.schemas.typed(self.resource.schema, data)

    def _computed(self, record: Record, properties: frozenset[str] | None) -> dict[str, Json]:
        """Those of the resource's computed properties that are read, as far as they can be computed."""
        found: dict[str, Json] = {}
        for name, text in self.resource.computed.items() if self.resource else ():
            if properties is None or name in properties:
                with suppress(ContractFault):
                    known = {"self": record.data, "hidden": record.hidden}
                    found[name] = cel.evaluate(text, known)
        return found

    def holds(self, text: str, record: Record | None = None, /, **names: Json) -> bool:
        """Whether a condition holds; both ways where it hangs on something not known."""
        result = self.value(text, record, **names)
        return self.choose(False, True) if isinstance(result, Unknown) else result is True

    def put(self, cite: Pointer, **fields: Json) -> Step:
        """The step with properties of the record set, and who said so."""
        assert self.after is not None
        after = replace(self.after, data={**self.after.data, **fields})
        state = self.resource.state if self.resource else None
        if state in fields and fields[state] != self.after.data.get(state):
            after = replace(after, since=self.world.now)
        return replace(self, after=after, touched={**self.touched, **dict.fromkeys(fields, cite)})

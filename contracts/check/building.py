"""From a planned call to a request: what the promise fixes, what the record gives, what is drawn."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from random import Random
from typing import Any

from hypothesis import strategies as st

from troth.contracts.check.bodies import BodyBuilder
from troth.contracts.check.draws import Draws
from troth.contracts.check.records import Pool
from troth.contracts.check.stand_ins import StandIns
from troth.contracts.contract import Contract
from troth.contracts.document.casting import kinds_of
from troth.contracts.document.samples import sample
from troth.contracts.model import ABSENT, Absent, Call, Json, Operation, Record
from troth.contracts.promises.calls import as_read, required, wrapped
from troth.contracts.promises.promise import PlannedCall


class CallBuilder:
    """Builds the calls of probes."""

    def __init__(self, contract: Contract, pool: Pool, draws: Draws, seed: int) -> None:
        self._contract, self._pool = contract, pool
        random = Random(f"check/{seed}")  # not the ids that a mock with this seed gives
        self._stand_ins = StandIns(contract, pool, random)
        self._bodies = BodyBuilder(contract, pool, draws, self._stand_ins, random)

    def strategy(self, planned: PlannedCall, record: Record | None) -> st.SearchStrategy[Any] | None:
        """What is drawn for a planned call on a record; None where everything is fixed."""
        return self._bodies.strategy(self._contract.operations[planned.operation], planned, record)

    def build(self, planned: PlannedCall, record: Record | None, drawn: Mapping[str, Any]) -> Call:
        """The call that was planned. Raises Unavailable where a value that it needs has never been seen."""
        operation = self._contract.operations[planned.operation]
        body = self._bodies.body(operation, planned, record, drawn)
        if operation.body is None and planned.raw is None:
            body = _text(self._contract, operation)
        if not planned.whole and "body" not in drawn:
            body = wrapped(self._contract, operation, body)
        path = self._path(operation, planned, record)
        query = {name: self._stand_ins.value(value, record, {}) for name, value in planned.query.items()}
        headers = self._stand_ins.headers(operation, planned, record)
        return Call(
            operation.id,
            path,
            _as_texts(self._contract, operation, _said(required(self._contract, operation, "query") | query)),
            _sent(required(self._contract, operation, "header") | headers),
            as_read(self._contract, operation, body),
            None,
            planned.token == "right",  # noqa: S105
            cookies=required(self._contract, operation, "cookie"),
        )

    def with_new_key(self, call: Call) -> Call:
        """A call that was made before, or thought of, as one that is not taken for that."""
        key = self._stand_ins.new_key(self._contract.operations[call.operation])
        return replace(call, headers={**call.headers, **key}) if key else call

    def plain_values(self, planned: PlannedCall) -> dict[str, Any]:
        """The plainest values for what would be drawn of a call without a record; unique ones are new."""
        return self._bodies.plain_values(self._contract.operations[planned.operation], planned)

    def spare(self, planned: PlannedCall) -> frozenset[str]:
        """The properties that may be sent besides what a planned call needs."""
        operation = self._contract.operations[planned.operation]
        return frozenset(self._bodies.spare_names(operation, planned))

    def vary(self, number: int) -> None:
        """From now on plain values differ from the plainest ones, each number in another way; 0: not."""
        self._bodies.variety = number

    @property
    def variety(self) -> int:
        """In which way plain values differ from the plainest ones."""
        return self._bodies.variety

    def candidates(self, planned: PlannedCall, record: Record | None) -> list[dict[str, Any]]:
        """Plain values for what would be drawn of a call; none where only chance will do."""
        return self._bodies.candidates(self._contract.operations[planned.operation], planned, record)

    def renewed(self, operation: str, values: Mapping[str, Json]) -> dict[str, Json]:
        """Values of body properties; new ones of those that no two records share."""
        return {**values, **self._bodies.new_values(self._contract.operations[operation], values.keys())}

    def renew_token(self) -> None:
        """From now on another token stands in for what must be new to the API."""
        self._stand_ins.renew_token()

    def unused(self, resource: str) -> str:
        """An id of a resource that no record has."""
        return self._stand_ins.unused(resource)

    def _path(self, operation: Operation, planned: PlannedCall, record: Record | None) -> dict[str, Json]:
        found = required(self._contract, operation, "path")
        if record is not None:
            found |= self._pool.ancestors(operation, record) | _names(operation, record)
            if record.resource == operation.resource:
                found |= self._stand_ins.linked(operation, planned, record, "path")
        for name, value in planned.path.items():
            found |= self._stand_ins.in_path(operation, name, value, found.get(name), record)
        return found


def _sent(values: Mapping[str, Json | Absent]) -> dict[str, Json]:
    """Parameters without those that are to be left out."""
    return {name: value for name, value in values.items() if not isinstance(value, Absent)}


def _said(values: Mapping[str, Json | Absent]) -> dict[str, Json]:
    """The same of a query, which cannot say null."""
    return {name: value for name, value in _sent(values).items() if value is not None}


def _as_texts(contract: Contract, operation: Operation, query: Mapping[str, Json]) -> dict[str, Json]:
    """A query with numbers and truth values as texts, where their parameters take nothing else: so they are
    sent, and so a server reads them."""
    found = dict(query)
    for parameter in operation.parameters:
        value = query.get(parameter.name)
        if parameter.place != "query":
            continue
        if not isinstance(value, (int, float)):
            continue
        if set(kinds_of(contract.document.schemas, parameter.schema)) == {"string"}:
            found[parameter.name] = json.dumps(value)
    return found


def _names(operation: Operation, record: Record) -> dict[str, Json]:
    """The path parameters that name a record, as the thing itself or as the parent, and its own parent."""
    parent, found = operation.parent, dict[str, Json]()
    if record.resource == operation.resource:
        if operation.own or operation.names_record:
            found |= operation.item(record.id)
        if parent is not None and record.parent is not None:
            found |= operation.item(record.parent, parent.by)
    elif parent is not None and record.resource == parent.resource:
        found |= operation.item(record.id, parent.by)
    return found


def _text(contract: Contract, operation: Operation) -> Json | Absent:
    """A body that is neither JSON nor a form, where there must be one."""
    if not operation.body_required:
        return ABSENT
    if not operation.contents:
        return ABSENT
    text = sample(contract.document.schemas, operation.contents[0].schema)
    if isinstance(text, str):
        return text or "text"
    return "text"

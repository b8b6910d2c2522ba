"""``scenarios``: named beginnings for the mock: which records there are, what time it is, what goes wrong.

``{busy: {records: {Order: 1000}, faults: [{operation: pay, status: 503, times: 2}]}}``. ``fixtures`` names
those that are there (all where nothing is said, none for ``[]``), ``records`` says how many records of a
resource there are, made-up ones included, ``set`` gives every record of a resource the same properties,
``clock`` is ``{advance: seconds, frozen: true}``, ``limits: false`` counts no quota, ``faults`` are calls
that fail, wait or break off. Every document has ``default`` (all fixtures) and ``empty`` (no record). A
scenario says nothing of the API: checks, docs and diff do not look at it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from troth.contracts.contract import Contract
from troth.contracts.contract.scenarios import FAULT, Fault, Scenario, fault_of
from troth.contracts.document import did_you_mean, join
from troth.contracts.model import Finding, Json, Node, Operation, Pointer
from troth.contracts.promises.facts import SAFE, Compatibility, Fact
from troth.contracts.words._binding import Binding
from troth.contracts.words._word import Site, Word

_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


class Scenarios(Word):
    """Says what a mock may begin with."""

    name = "scenarios"
    places = ("document",)
    schema = {
        "type": "object",
        "propertyNames": {"pattern": _NAME},
        "additionalProperties": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "says": {"type": "string"},
                "fixtures": {"type": "array", "items": {"type": "string"}},
                "records": {
                    "type": "object",
                    "additionalProperties": {"type": "integer", "minimum": 0, "maximum": 1_000_000},
                },
                "set": {"type": "object", "additionalProperties": {"type": "object"}},
                "clock": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "advance": {"type": "number", "minimum": 0},
                        "frozen": {"type": "boolean"},
                    },
                },
                "limits": {"type": "boolean"},
                "faults": {"type": "array", "items": FAULT},
            },
        },
    }

    def parse(self, value: Node, site: Site) -> Mapping[str, Scenario]:
        return {name: _scenario(name, entry, join(site.pointer, name)) for name, entry in value.items()}

    def errors(self, contract: Contract) -> Iterator[Finding]:
        said: Mapping[str, Scenario] = contract.words.get(self.name, {})
        for scenario in said.values():
            yield from _errors(contract, scenario)

    def advice(self, contract: Contract) -> Iterator[Finding]:
        """C11: a fault answers with a status that the operation does not document."""
        said: Mapping[str, Scenario] = contract.words.get(self.name, {})
        for scenario in said.values():
            for place, fault in enumerate(scenario.faults):
                yield from _undocumented(contract, fault, join(scenario.pointer, "faults", place))

    def bind(self, contract: Contract, operation: Operation) -> Binding | None:
        return None

    def judge(self, old: Fact | None, new: Fact | None) -> Compatibility:
        return SAFE, "it is about the mock"


def _scenario(name: str, entry: Mapping[str, Any], pointer: Pointer) -> Scenario:
    fixtures, clock = entry.get("fixtures"), entry.get("clock", {})
    if fixtures is not None:
        fixtures = tuple(fixtures)
    return Scenario(
        name,
        entry.get("says", ""),
        fixtures,
        entry.get("records", {}),
        entry.get("set", {}),
        clock.get("advance", 0),
        clock.get("frozen", False),
        entry.get("limits", True),
        tuple(fault_of(fault) for fault in entry.get("faults", ())),
        pointer,
    )


def _errors(contract: Contract, scenario: Scenario) -> Iterator[Finding]:
    """Names that do not exist, and values that a property cannot have."""
    at = scenario.pointer
    fixtures = [fixture.name for resource in contract.resources.values() for fixture in resource.fixtures]
    for place, name in enumerate(scenario.fixtures or ()):
        yield from _unknown(contract, "fixture", name, fixtures, join(at, "fixtures", place))
    for name in scenario.records:
        yield from _unknown(contract, "resource", name, contract.resources, join(at, "records", name))
    for name, values in scenario.set.items():
        yield from _unknown(contract, "resource", name, contract.resources, join(at, "set", name))
        if name in contract.resources:
            yield from _unfit(contract, name, values, join(at, "set", name))
    for place, fault in enumerate(scenario.faults):
        if not fault.does_something:
            message = "nothing goes wrong by this fault: it takes one of `status`, `delay`, `cut` and `rate`"
            yield contract.document.finding("C04", message, join(at, "faults", place))
        for name in fault.operations:
            yield from _unknown(
                contract, "operation", name, contract.operations, join(at, "faults", place, "operation")
            )


def _unknown(
    contract: Contract, kind: str, name: str, known: Iterable[str], pointer: Pointer
) -> Iterator[Finding]:
    """C08: the name of nothing."""
    if name not in known:
        message = f"there is no {kind} {name!r}{did_you_mean(name, known)}"
        yield contract.document.finding("C08", message, pointer)


def _unfit(contract: Contract, name: str, values: Mapping[str, Json], pointer: Pointer) -> Iterator[Finding]:
    """C08, C04: what every record of a resource is to have, but cannot."""
    schemas, resource = contract.document.schemas, contract.resources[name]
    properties = contract.properties(resource)
    for key, value in values.items():
        if key not in properties:
            message = f"{name} has no property {key!r}{did_you_mean(key, properties)}"
            yield contract.document.finding("C08", message, join(pointer, key))
        elif not schemas.fits(properties[key], value):
            message = f"{value!r} is nothing that {name}.{key} can be"
            yield contract.document.finding("C04", message, join(pointer, key))


def _undocumented(contract: Contract, fault: Fault, pointer: Pointer) -> Iterator[Finding]:
    if fault.status is None:
        return
    for name in fault.operations:
        operation = contract.operations.get(name)
        if operation is not None and operation.response(fault.status) is None:
            message = f"{name} does not document {fault.status}: what the mock answers is its own"
            yield contract.document.finding("C11", message, join(pointer, "status"), "warning")

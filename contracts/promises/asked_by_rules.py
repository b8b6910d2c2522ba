"""Parameters that only rules ask for: values with which these hold, and values with which they do not."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract, cel
from troth.contracts.contract.word_values import Rule, rules_of
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.model import ABSENT, Absent, Json, Operation, Parameter

_NAMES = {"query": "query", "header": "headers"}
"""How expressions call the places of parameters."""


def asked_by_rules(contract: Contract, operation: Operation, place: str) -> dict[str, Json]:
    """A value for each parameter of a place without which a rule about nothing else does not hold."""
    found: dict[str, Json] = {}
    for rule in rules_of(operation):
        for parameter in _spoken_of(operation, rule, place):
            if _holds(rule, parameter, ABSENT):
                continue
            for value in _values(contract, parameter):
                if _holds(rule, parameter, value):
                    found[parameter.name] = value
                    break
    return found


def breaking_values(
    contract: Contract, operation: Operation, rule: Rule
) -> Iterator[tuple[Parameter, Json | Absent]]:
    """Values of a parameter with which a rule does not hold that asks for others; ABSENT: it is not sent."""
    for place in _NAMES:
        for parameter in _spoken_of(operation, rule, place):
            values: list[Json | Absent] = [ABSENT, *_values(contract, parameter)]
            kept = [value for value in values if _holds(rule, parameter, value)]
            if kept:
                yield from ((parameter, value) for value in values if value not in kept)


def _spoken_of(operation: Operation, rule: Rule, place: str) -> Iterator[Parameter]:
    """The parameters of a place that a rule about nothing but them may speak of."""
    names = {path[:2] for path in cel.names(rule.text)}
    if names != {("request", _NAMES.get(place, ""))}:
        return
    for parameter in operation.parameters:
        if (parameter.place, parameter.required) == (place, False):
            yield parameter


def _values(contract: Contract, parameter: Parameter) -> list[Json]:
    schema = contract.document.schemas.resolve(parameter.schema)
    return list(schema.get("enum", [sample(contract.document.schemas, schema)]))


def _holds(rule: Rule, parameter: Parameter, value: Json | Absent) -> bool:
    name = parameter.name.lower() if parameter.place == "header" else parameter.name
    sent = {} if value is ABSENT else {name: value}
    try:
        return cel.evaluate(rule.text, {"request": {_NAMES[parameter.place]: sent}}) is True
    except ContractFault:
        return False

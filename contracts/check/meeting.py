"""Values that meet conditions: what a new record needs so that an operation takes it later."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from random import Random

from troth.contracts.check.variants import variants
from troth.contracts.contract import Contract, cel
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.model import Json, Node
from troth.contracts.promises.promise import Given


def meeting_values(
    contract: Contract, properties: Mapping[str, Node], required: Container[str], conditions: Iterable[str]
) -> dict[str, Json]:
    """For each property of which alone a condition speaks that the plainest body does not meet: a value that
    does."""
    found: dict[str, Json] = {}
    for text in conditions:
        name = _only_property(text)
        if name in properties:
            found.update(_meeting(contract, name, properties[name], text, sent=name in required))
    return found


def hangs_on_server(contract: Contract, given: Given) -> bool:
    """Whether a condition asks for what only the server says of a new record."""
    operation = contract.acting(given.resource, "create")
    if operation is None:
        return False
    return bool(properties_asked(given) - contract.body_properties(operation).keys())


def properties_asked(given: Given) -> set[str]:
    """The properties of a record that its conditions speak of."""
    return {path[1] for text, _ in given.where for path in cel.names(text) if path[0] == "self" and path[1:]}


def _only_property(text: str) -> str:
    """The one property that a condition speaks of; empty where it speaks of more, or of something else."""
    names = {path[:2] for path in cel.names(text)}
    if len(names) != 1:
        return ""
    variable, *path = names.pop()
    if variable != "self":
        return ""
    return "".join(path)


def _meeting(contract: Contract, name: str, schema: Node, text: str, *, sent: bool) -> dict[str, Json]:
    plain, *others = _values(contract, schema)
    if sent and _holds(text, name, plain):
        return {}
    for value in (plain, *others):
        if _holds(text, name, value):
            return {name: value}
    return {}


def _values(contract: Contract, schema: Node) -> Iterator[Json]:
    schemas = contract.document.schemas
    plain = sample(schemas, schema)
    yield plain
    if isinstance(plain, list):
        yield [sample(schemas, schemas.resolve(schema).get("items", {}))]
    yield from variants(schemas, schema, Random(0))


def _holds(text: str, name: str, value: Json) -> bool:
    try:
        return cel.evaluate(text, {"self": {name: value}, "hidden": {}}) is True
    except ContractFault:
        return False

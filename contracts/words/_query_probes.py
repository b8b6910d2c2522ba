"""How what `query` says is tried: each filter with a value that some record has, and sorting both ways."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract
from troth.contracts.contract.asked import Asked, Question
from troth.contracts.contract.identity import id_path
from troth.contracts.document import join
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Node, Operation, Pointer, Resource
from troth.contracts.promises.denial import Denial
from troth.contracts.promises.promise import Aspect, Given, PlannedCall, Probe, Promise, Stored, Subject
from troth.contracts.words._starts import having_property

_NUMBERS = (("integer",), ("number",))


def query_promises(
    contract: Contract, operation: Operation, question: Question, pointer: Pointer
) -> Iterator[Promise]:
    """What is promised of each parameter of a list that selects or sorts."""
    resource = contract.resource_of(operation)
    if resource is None or operation.verb != "list":
        return
    known = contract.properties(resource)
    for name, asked in question.parameters.items():
        at = join(pointer, "parameters", name)
        if (
            asked.role == "filter"
            and name in question.plain_filters()
            and id_path(asked.of or "")[0] in known
            and not _asks_for_a_part(contract, operation, resource, name, asked)
        ):
            partner = next((pair for pair in _filters(question, known) if pair[0] != name), None)
            yield _filtered(contract, operation, resource, name, asked, at, partner)
        if asked.role == "sort":
            yield from _sorted(contract, operation, resource, question, name, at)


def _asks_for_a_part(
    contract: Contract, operation: Operation, resource: Resource, name: str, asked: Asked
) -> bool:
    """Whether a parameter takes no list, and selects by one: it names something in that."""
    parameter = operation.parameter("query", name)
    if parameter is None or types_of(contract.field_schema(resource, asked.of or ""))[:1] != ("array",):
        return False
    return types_of(contract.document.schemas.resolve(parameter.schema))[:1] != ("array",)


def _filters(question: Question, known: Mapping[str, Node]) -> Iterator[tuple[str, str]]:
    """The filters by a property, each with that."""
    for name, asked in question.parameters.items():
        if asked.role == "filter" and asked.of in known:
            yield name, str(asked.of)


def _filtered(
    contract: Contract,
    operation: Operation,
    resource: Resource,
    name: str,
    asked: Asked,
    at: Pointer,
    partner: tuple[str, str] | None,
) -> Promise:
    """Of a parameter that selects: alone, and beside another one, where both are to hold."""
    probes = selecting_probes(contract, operation, resource, name, id_path(asked.of or ""), partner)
    says = f"{operation.id} shows what has {asked.of} {asked.by} what {name} asks for"
    return _promise(operation, name, says, at, probes)


def selecting_probes(
    contract: Contract,
    operation: Operation,
    resource: Resource,
    name: str,
    path: tuple[str, ...],
    partner: tuple[str, str] | None,
    company: Given | None = None,
) -> tuple[Probe, ...]:
    """Lists with a parameter that selects: by the value of one record, by that of another, and each of them
    beside a further one that selects, with the property that this is about."""
    given = having_property(contract, resource, path[0])
    values = [Stored(path)]
    if len(path) == 1:
        values.append(Stored(path, elsewhere=True))
    beside = Probe((), given, beside=2, differing=path[0])
    probes = [_selecting(beside, operation, {name: value}, company) for value in values]
    if partner is not None:
        other, of = partner
        where = (*given.where, *having_property(contract, resource, of).where)
        both = replace(beside, given=replace(given, where=where))
        for value in values:
            further = Stored(
                (of,), elsewhere=value.elsewhere and path == (of,)
            )  # a limit on the same from below
            probes.append(_selecting(both, operation, {name: value, other: further}))
    return tuple(probes)


def _selecting(
    like: Probe, operation: Operation, query: Mapping[str, Stored], company: Given | None = None
) -> Probe:
    """A list that is asked for in some way, of records as another probe needs them."""
    return replace(like, calls=(PlannedCall(operation.id, query=query),), company=company)


def _sorted(
    contract: Contract, operation: Operation, resource: Resource, question: Question, name: str, at: Pointer
) -> Iterator[Promise]:
    for key in _sortable(contract, resource):
        queries = list(_orders(operation, question, name, key))
        if not queries:
            continue
        calls = tuple(PlannedCall(operation.id, query=query) for query in queries)
        given = having_property(contract, resource, key)
        probe = Probe(calls, given, beside=3, differing=key)
        yield _promise(operation, name, f"{operation.id} is sorted as {name} says", at, (probe,))
        return


def _sortable(contract: Contract, resource: Resource) -> list[str]:
    """The properties of numbers, those that a new record gets from its maker first."""
    creating = contract.acting(resource.name, "create")
    given = contract.body_properties(creating) if creating is not None else {}
    known = contract.properties(resource)
    kinds = {name: types_of(contract.field_schema(resource, name))[:1] for name in known}
    numbers = [name for name, kind in kinds.items() if kind in _NUMBERS]
    return sorted(numbers, key=lambda name: name not in given)


def _orders(operation: Operation, question: Question, name: str, key: str) -> Iterator[Mapping[str, Json]]:
    """Queries that sort by a property: upwards, and downwards where the document says how."""
    schemas = {p.name: p.schema for p in operation.parameters if p.place == "query"}
    values: list[Json] = _enum(schemas.get(name)) or [key]
    direction = question.named("direction")
    ways: list[Mapping[str, Json]] = [{}]
    if direction is not None:
        ways += [{direction: way} for way in _enum(schemas.get(direction))]
    met = set()
    for value in values:
        for way in ways:
            query = {name: value, **way}
            order = question.order(query, [key])
            if order and order[0] not in met:
                met.add(order[0])
                yield query


def _enum(schema: Node) -> list[Json]:
    """The values that a schema names."""
    if not isinstance(schema, Mapping):
        return []
    found: list[Json] = [*schema.get("enum", ())]
    return found


def _promise(operation: Operation, name: str, says: str, at: Pointer, probes: tuple[Probe, ...]) -> Promise:
    others = tuple(p for p in operation.parameters if (p.place, p.name) != ("query", name))
    denial = Denial(f"{name} is ignored", replace(operation, parameters=others), judged=False)
    subject = Subject(operation.id, Aspect.QUERY, name)
    id = f"{operation.id}/query/{name}"
    return Promise(id, operation.id, says, at, probes, operation.assumed, denials=(denial,), subject=subject)

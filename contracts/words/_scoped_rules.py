"""Rules that stand on schemas: where a body meets them, and the values on both sides of their edges."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, cel, remembered
from troth.contracts.contract.word_values import Rule, rules_of
from troth.contracts.document import join
from troth.contracts.document.carriers import KEY, carriers
from troth.contracts.document.pointers import reference, referred
from troth.contracts.document.samples import sample
from troth.contracts.errors import ContractFault
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Node, Operation, Pointer, Resource, Schema
from troth.contracts.promises.edges import Edge, edges
from troth.contracts.words._values import status_of


def parsed_rules(value: Node, pointer: Pointer) -> tuple[Rule, ...]:
    """The rules that a value of the word holds."""
    return tuple(
        Rule(
            name,
            entry["rule"],
            join(pointer, name),
            entry.get("message"),
            status_of(entry.get("status")),
            entry.get("assumed", False),
        )
        for name, entry in value.items()
    )


@remembered
def rules_on_schemas(contract: Contract) -> Mapping[Pointer, tuple[Rule, ...]]:
    """The rules that stand on schemas, by the schema's pointer."""
    found = {}
    for pointer, place in carriers(contract.document):
        if place != "schema":
            continue
        value = contract.document.at(join(pointer, KEY)).get("rules")
        if value:
            found[pointer] = parsed_rules(value, join(pointer, KEY, "rules"))
    return found


def invariants(contract: Contract, resource: Resource) -> tuple[Rule, ...]:
    """The rules on a resource's own schema: they hold for every record after every write."""
    return rules_on_schemas(contract).get(referred(resource.schema), ())


@remembered
def occurrences(contract: Contract, operation: Operation) -> tuple[Rule, ...]:
    """The operation's own rules and those of every schema that its body is made of, with their places."""
    own, scoped = rules_of(operation), rules_on_schemas(contract)
    if operation.body_pointer is None or not scoped:
        return own
    return (*own, *_search(contract, operation.body_pointer, (), scoped, frozenset()))


def _search(
    contract: Contract,
    pointer: Pointer,
    path: tuple[str, ...],
    scoped: Mapping[Pointer, tuple[Rule, ...]],
    seen: frozenset[Pointer],
) -> Iterator[Rule]:
    schema = contract.document.schemas.at(pointer)
    if pointer in seen or not isinstance(schema, dict):
        return
    for rule in scoped.get(pointer, ()):
        yield replace(rule, path=path, schema=pointer)
    for place, inner in _parts(pointer, schema, path):
        yield from _search(contract, place, inner, scoped, seen | {pointer})


def _parts(
    pointer: Pointer, schema: Schema, path: tuple[str, ...]
) -> Iterator[tuple[Pointer, tuple[str, ...]]]:
    """The schemas that one is made of, one hop on; an alternative only where it is the only one."""
    if "$ref" in schema:
        yield referred(schema), path
    for index in range(len(schema.get("allOf", ()))):
        yield join(pointer, "allOf", index), path
    for keyword in ("anyOf", "oneOf"):
        real = [index for index, part in enumerate(schema.get(keyword, ())) if part != {"type": "null"}]
        if len(real) == 1:
            yield join(pointer, keyword, real[0]), path
    for name in schema.get("properties", {}):
        yield join(pointer, "properties", name), (*path, name)
    if "items" in schema:
        yield join(pointer, "items"), (*path, "*")


def properties_read(text: str) -> frozenset[str]:
    """The properties of ``self`` that a rule reads."""
    found = set()
    for path in cel.names(text):
        match path:
            case ("self", name, *_):
                found.add(name)
    return frozenset(found)


@remembered
def rule_edges(contract: Contract, text: str, schema: Pointer) -> tuple[Edge, ...]:
    """Neighbouring nodes of which one keeps a rule and the other breaks it; both valid by their schema."""
    schemas = contract.document.schemas
    near = frozenset(int(number) for number in re.findall(r"(?<![\w.])(\d{1,9})(?:\.0+)?(?![\w.])", text))

    def holds(node: Mapping[str, Json]) -> bool:
        return rule_holds(contract, text, schema, node)

    found = []
    for edge in edges(schemas, _reference(schema), properties_read(text), holds, near):
        if not schemas.valid(schema, edge.good) or not schemas.valid(schema, edge.bad):
            continue
        if _evaluated(contract, text, schema, edge.bad) is False:
            found.append(edge)
    return tuple(found)


def rule_holds(contract: Contract, text: str, schema: Pointer, node: Json) -> bool:
    """Whether a node keeps a rule."""
    return _evaluated(contract, text, schema, node) is True


def sample_holds(contract: Contract, text: str, schema: Pointer) -> bool:
    """Whether the sample of a schema keeps a rule."""
    return rule_holds(contract, text, schema, sample(contract.document.schemas, _reference(schema)))


def unguarded(contract: Contract, text: str, schema: Pointer) -> list[str]:
    """Properties that may be absent, and without which the rule cannot be evaluated."""
    schemas, read = contract.document.schemas, properties_read(text)
    resolved = schemas.resolve(_reference(schema))
    properties, required = resolved.get("properties", {}), resolved.get("required", ())
    node = {name: sample(schemas, properties[name]) for name in {*read, *required} & properties.keys()}
    if _evaluated(contract, text, schema, node) is None:
        return []
    found = []
    for name in sorted(read & node.keys() - {*required}):
        rest = {other: value for other, value in node.items() if other != name}
        if _evaluated(contract, text, schema, rest) is None:
            found.append(name)
    return found


def _evaluated(contract: Contract, text: str, schema: Pointer, node: Json) -> Json:
    """What a rule says of a node; None where it fails."""
    try:
        return cel.evaluate(text, {"self": contract.document.schemas.typed(_reference(schema), node)})
    except ContractFault:
        return None


def _reference(schema: Pointer) -> Schema:
    return reference(schema)

"""Lists of things that are sent with the thing around them: each item is a record of its own, or gets an id.

Only where all of it is a guess that a mock makes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.embedded import Belonging, belonging, embedded
from troth.contracts.contract.identity import id_of, with_id
from troth.contracts.contract.scopes import own_id, placed
from troth.contracts.document.pointers import mapping
from troth.contracts.document.typing import types_of
from troth.contracts.frozen import replace
from troth.contracts.model import Change, Delete, Json, Node, Operation, Put, Record
from troth.contracts.words._step import Step


def with_nested(step: Step) -> Step:
    """The step with the items of lists that were sent as records of their own, and ids of the others."""
    after, resource = step.after, step.resource
    if after is None or resource is None:
        return step
    data, changes = dict(after.data), list[Change]()
    for name, schema in _ids_of_items(step.contract, step.operation).items():
        if name in step.body and isinstance(data.get(name), list):
            data[name] = [_with_own_id(step, item, schema) for item in _items(data[name])]
    for one in embedded(step.contract, resource.name):
        if one.property in step.body and isinstance(data.get(one.property), list):
            changes += _records(step, after, one.of, _items(data[one.property]))
            data[one.property] = []
    if data == after.data:
        return step
    return replace(step, after=replace(after, data=data), changes=(*step.changes, *changes))


@remembered
def _ids_of_items(contract: Contract, operation: Operation) -> Mapping[str, Node]:
    """The lists of a body whose items get an id when they are stored: the schemas of these ids."""
    resource, schemas = contract.resource_of(operation), contract.document.schemas
    if resource is None:
        return {}
    found = {}
    for name in contract.body_properties(operation):
        kept = mapping(schemas.resolve(contract.field_schema(resource, name)), "items")
        known = mapping(schemas.whole(kept), "properties")
        if "id" in known and set(types_of(schemas.resolve(known["id"]))) <= {"string", "integer"}:
            found[name] = schemas.resolve(known["id"])
    return found


def _items(values: Json) -> list[Json]:
    """The items of a list; nothing of what is none."""
    return list(values) if isinstance(values, list) else []


def _with_own_id(step: Step, item: Json, schema: Node) -> Json:
    """An item of a list with an id, where it has none."""
    if not isinstance(item, Mapping) or item.get("id") is not None:
        return item
    return {"id": step.world.fresh(schema, None), **item}


def _records(step: Step, around: Record, link: Belonging, items: list[Json]) -> Iterator[Change]:
    """What makes the records that belong to one those that were sent: others go."""
    contract, resource = step.contract, step.contract.resources[link.resource]
    there = (
        {}
        if step.before is None
        else {str(id_of(resource.id, one.data)): one for one in belonging(contract, step.world, link, around)}
    )
    for item in items:
        if not isinstance(item, Mapping):
            continue
        identity = id_of(resource.id, item)
        if identity is None:
            identity = step.world.fresh(contract.field_schema(resource, resource.id), None)
        known = there.pop(str(identity), None)
        data = with_id(resource, {**step.world.initial(resource), **item}, identity)
        field = link.field
        if field is None and resource.parent is not None:
            field = resource.parent.field
        if field is not None:
            data[field] = id_of(contract.resources[around.resource].id, around.data)
        if known is not None:
            yield Put(replace(known, data=data))
            continue
        made = Record(resource.name, str(identity), data, since=step.world.now)
        if link.field is None and resource.parent is not None:
            path = {**step.call.path, resource.parent.by: own_id(contract, around)}
            made = placed(contract, replace(made, parent=around.id), path)
        yield Put(made)
    yield from (Delete(gone) for gone in there.values())

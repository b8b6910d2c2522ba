"""Properties that hold the id of another thing, as their names say: ``thread_id`` where there are threads.

Only in documents without words: what refers to something made up there refers to something that is there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.contract.identity import typed
from troth.contracts.contract.scopes import own_id
from troth.contracts.document.known_names import singular
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import mapping
from troth.contracts.frozen import replace
from troth.contracts.model import Json, Record, Resource

_SAYS = ("example", "examples", "default", "enum", "const")
"""Where an author says himself what a property holds."""


@remembered
def references(contract: Contract, name: str) -> Mapping[str, str]:
    """The properties of a resource that hold ids of others, with what those are."""
    resource, resolve, called = contract.resources[name], contract.document.schemas.resolve, _called(contract)
    found: dict[str, str] = {}
    for property, schema in contract.properties(resource).items():
        other = called.get(letters(property), name)
        if other != name and not any(word in resolve(schema) for word in _SAYS):
            found[property] = other
    for own in (resource.id, resource.parent.field if resource.parent else None):
        found.pop(own or "", None)
    return found


@remembered
def _called(contract: Contract) -> Mapping[str, str]:
    """The resources by what properties are called that hold an id of one."""
    found: dict[str, str] = {}
    for resource in contract.resources.values():
        for name in names_of_ids(contract, resource):
            found.setdefault(name, resource.name)
            found.setdefault(f"{name}s", resource.name)
    return found


def names_of_ids(contract: Contract, resource: Resource) -> Iterator[str]:
    """What properties are called that hold the id of one: as its paths name it, or after its collection."""
    if resource.single:
        return
    if not contract.document.guessed:
        return
    reading, names = contract.acting(resource.name, "read"), [f"{resource.name}id"]
    item = reading.item_parameter if reading is not None else None
    if reading is not None and item is not None:
        collection = reading.path.partition("/{" + item)[0].rpartition("/")[2]
        names += [item, f"{singular(collection)}id"]
    yield from (name for name in map(letters, names) if len(name) > 2 and name.endswith("id"))


def reference(contract: Contract, name: str, property: str, record: Record) -> Json:
    """What a property of a resource says that refers to a record, or lists one; None where it cannot."""
    schema = contract.field_schema(contract.resources[name], property)
    items = mapping(schema, "items")
    value: Json = typed(items or schema, own_id(contract, record))
    if items:
        value = [value]
    if contract.document.schemas.fits(schema, value):
        return value
    return None


def referring(contract: Contract, records: Mapping[str, Record]) -> dict[str, Record]:
    """The records from the start, so that what refers to another thing refers to one of those."""
    there: dict[str, list[Record]] = {}
    for record in records.values():
        there.setdefault(record.resource, []).append(record)
    places = {id(record): place for group in there.values() for place, record in enumerate(group)}
    found = {}
    for key, record in records.items():
        data = dict(record.data)
        for property, other in references(contract, record.resource).items():
            others = there.get(other)
            if others and isinstance(data.get(property), str | int | list):
                target = others[places[id(record)] % len(others)]
                value = reference(contract, record.resource, property, target)
                data[property] = data[property] if value is None else value
        found[key] = replace(record, data=data)
    return found

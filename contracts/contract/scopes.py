"""What a path says of a record besides its id: the namespace in ``/namespaces/{namespace}/pods/{name}``, the
parent in ``/repos/{repo}/labels/{name}``.

Only in documents without words. Two records may have one name there, in two namespaces, or below two parents,
where clients give the names; what a record is known by is made of both.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from troth.contracts.contract.contract import Contract, remembered
from troth.contracts.contract.identity import id_of, with_value
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.pointers import join, mapping
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Operation, Parent, Record, Resource

BETWEEN = "/"
"""Between the parts of what a record is known by."""

_CALLED = ("login", "username", "slug", "key", "code", "name", "id", "uuid")
"""Properties by which a path means the object in which they are (`owner`), what people type first."""

_IN_PARENT = "/parent/"
_ABOUT = ("metadata", "meta", "parent")
"""Objects in which a record says where it belongs."""


@dataclass(frozen=True)
class Scope:
    """A path parameter that says where a record belongs, and the property that holds it."""

    parameter: str
    property: str


@remembered
def scopes(contract: Contract, name: str) -> tuple[Scope, ...]:
    """Where the records of a resource belong, as every path that names one says it."""
    reading = contract.acting(name, "read")
    if not contract.document.guessed:
        return ()
    if reading is None:
        return ()
    resource = contract.resources[name]
    items = [o for o in contract.operations.values() if o.resource == name and o.names_record]
    known = {reading.item_parameter}
    if resource.parent is not None:
        known.add(resource.parent.by)
    found = []
    for parameter in reading.parameters:
        if parameter.place != "path" or parameter.name in known:
            continue
        at = _property(contract, resource, parameter.name)
        if at is not None and all(_has(operation, parameter.name) for operation in items):
            found.append(Scope(parameter.name, at))
    return tuple(found)


@remembered
def named_below(contract: Contract, name: str) -> Parent | None:
    """The parent below which the records of a resource have their names: clients give these, and every path
    that names one names that, too. None where names are given to all of a resource."""
    resource = contract.resources[name]
    parent, reading = resource.parent, contract.acting(name, "read")
    if not contract.document.guessed:
        return None
    if reading is None:
        return None
    if parent is None:
        return None
    naming = [o for o in contract.operations.values() if o.resource == name and o.verb != "list"]
    given = resource.id not in resource.managed
    if contract.acting(name, "create") is None:
        given = any(operation.method == "PUT" for operation in naming)
    if all([given, *(_has(operation, parent.by) for operation in naming)]):
        return parent
    return None


@remembered
def told_by_path(contract: Contract, operation: Operation) -> tuple[Scope, ...]:
    """What else the path of a list or of a create says of the records, by the names of its parameters
    (``/projects/{project_id}/documents``, where nothing is known of projects)."""
    resource = contract.resource_of(operation)
    if resource is None or not contract.document.guessed or operation.verb not in ("list", "create"):
        return ()
    known = {scope.parameter for scope in scopes(contract, resource.name)}
    parents = (resource.parent, operation.parent)  # a path may call the parameter otherwise
    known |= {parent.by for parent in parents if parent is not None}
    names = [parameter.name for parameter in operation.parameters if parameter.place == "path"]
    places = {name: _property(contract, resource, name) for name in names if name not in known}
    own = contract.properties(resource)
    kept = {name: str(at) for name, at in places.items() if at in own or str(at).startswith(_IN_PARENT)}
    return tuple(Scope(name, at) for name, at in kept.items())


def _has(operation: Operation, name: str) -> bool:
    return operation.parameter("path", name) is not None


def _property(contract: Contract, resource: Resource, parameter: str) -> str | None:
    """The property of a record that is called like a parameter, its own or that of what tells of it."""
    schemas = contract.document.schemas
    known = contract.properties(resource)
    places = {name: name for name in known}
    for outer in _ABOUT:
        for name in mapping(schemas.resolve(known.get(outer)), "properties"):
            places.setdefault(join("", outer, name), name)
    found = [at for at, name in places.items() if letters(name) == letters(parameter)]
    at = next((at for at in found if at != resource.id), None)
    inner = mapping(schemas.resolve(known.get(str(at))), "properties")
    for name in _CALLED:
        if types_of(schemas.resolve(inner.get(name)))[:1] == ("string",):
            return join("", str(at), name)
    return at


def known_as(contract: Contract, name: str, path: Mapping[str, Json], id: Json) -> str:
    """What the record is known by that a path names."""
    parts = [*(str(path.get(scope.parameter)) for scope in scopes(contract, name)), str(id)]
    above = named_below(contract, name)
    if above is not None:
        parts.insert(0, known_as(contract, above.resource, path, path.get(above.by)))
    return BETWEEN.join(parts)


def known_by(contract: Contract, record: Record, parent: str | None) -> str:
    """What a record is known by that shows its own id; ``parent``: what its parent is known by."""
    parts = [*(str(id_of(scope.property, record.data)) for scope in scopes(contract, record.resource))]
    if parent is not None:
        parts.insert(0, parent)
    return BETWEEN.join([*parts, record.id])


def below(contract: Contract, record: Record, parent: Record) -> Record:
    """A record from the start as one that belongs to another: known by that, too, if names are given so."""
    id = record.id
    if named_below(contract, record.resource) is not None:
        id = BETWEEN.join([parent.id, id])
    return replace(record, id=id, parent=parent.id)


def own_id(contract: Contract, record: Record) -> str:
    """The id that a record shows, of what it is known by."""
    return _parts(contract, record)[-1]


def _parts(contract: Contract, record: Record) -> list[str]:
    """What a record is known by below its parent: its scopes, and its own id."""
    known = record.id
    if named_below(contract, record.resource) is not None:
        known = known.removeprefix(f"{record.parent}{BETWEEN}")
    return known.split(BETWEEN, len(scopes(contract, record.resource)))


def placed(contract: Contract, record: Record, path: Mapping[str, Json]) -> Record:
    """A record where a path puts it: known by that, and showing it."""
    record, above = _scoped(contract, record, path), named_below(contract, record.resource)
    if above is None:
        return record
    parent = known_as(contract, above.resource, path, path.get(above.by))
    return replace(record, id=BETWEEN.join([parent, record.id]), parent=parent)


def _scoped(contract: Contract, record: Record, path: Mapping[str, Json]) -> Record:
    """The same of what is no parent."""
    known, data = [record.id], record.data
    for scope in reversed(scopes(contract, record.resource)):
        value = path.get(scope.parameter)
        known.insert(0, str(value))
        data = with_value(scope.property, data, value)
    return replace(record, id=BETWEEN.join(known), data=data)


def beside(contract: Contract, record: Record, id: str) -> str:
    """What a record is known by that has another id and belongs where a record does."""
    return record.id.removesuffix(own_id(contract, record)) + id


def where_it_was(contract: Contract, record: Record) -> Mapping[str, Json]:
    """The data of a record, which belongs where it is known, whatever was written of that."""
    data, known = record.data, scopes(contract, record.resource)
    for scope, part in zip(known, _parts(contract, record), strict=False):
        if str(id_of(scope.property, data)) != part:
            data = with_value(scope.property, data, part)
    return data


def in_paths(contract: Contract, record: Record) -> dict[str, str]:
    """What paths say of a record besides its id, by parameter."""
    known, parts = scopes(contract, record.resource), _parts(contract, record)
    found = {scope.parameter: part for scope, part in zip(known, parts, strict=False)}
    above = contract.resources[record.resource].parent
    if above is not None and record.parent is not None:
        found |= _naming(contract, above, record.parent)
    return found


def _naming(contract: Contract, above: Parent, known: str) -> dict[str, str]:
    """What paths say of a parent, of what that is known by."""
    names = [above.by]
    while above is not None:
        names = [*(scope.parameter for scope in scopes(contract, above.resource)), *names]
        further = named_below(contract, above.resource)
        if further is None:
            break
        above, names = further, [further.by, *names]
    return dict(zip(names, known.split(BETWEEN, len(names) - 1), strict=False))


def is_in(contract: Contract, record: Record, path: Mapping[str, Json]) -> bool:
    """Whether a record belongs where a path leads; one that says less leads to all of them."""
    for scope in scopes(contract, record.resource):
        asked = path.get(scope.parameter)
        if asked is not None and str(id_of(scope.property, record.data)) != str(asked):
            return False
    return True


def from_start(contract: Contract, records: Mapping[str, Record]) -> Iterator[tuple[str, Record]]:
    """Records that a mock begins with, each where it belongs: all of a resource in one place."""
    places: dict[str, dict[str, Json]] = {}
    for name, record in records.items():
        if record.resource not in places:
            path = {
                s.parameter: _usual(contract, s, record, records) for s in scopes(contract, record.resource)
            }
            places[record.resource] = path
        yield name, _scoped(contract, record, places[record.resource])


def _path(contract: Contract, name: str) -> str:
    """Where a record of a resource is read, with what may come below it."""
    reading = contract.acting(name, "read")
    if reading is None:
        return ""
    return f"{reading.path}/"


def _usual(contract: Contract, scope: Scope, record: Record, records: Mapping[str, Record]) -> Json:
    """Where records are from the start: in the first one that the path names before them."""
    path = _path(contract, record.resource)
    for other in records.values():
        above = _path(contract, other.resource)
        if above.endswith(f"{{{scope.parameter}}}/") and path.startswith(above):
            return id_of(contract.resources[other.resource].id, other.data)
    if letters(scope.parameter) == "namespace":
        return "default"
    return id_of(scope.property, record.data) or "1"

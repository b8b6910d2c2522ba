"""Ids that clients give: in the body of a create, or in the path of a PUT that makes what is not there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from random import Random

from troth.contracts.contract import Contract, remembered
from troth.contracts.contract.identity import id_of, id_path
from troth.contracts.contract.references import names_of_ids
from troth.contracts.contract.scopes import known_as, own_id, scopes
from troth.contracts.document.equality import equal
from troth.contracts.document.list_dialects import letters
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import listing
from troth.contracts.document.typing import types_of
from troth.contracts.model import Json, Operation, Record, Resource, Unknown
from troth.contracts.words._step import Step

_OPAQUE = ("id", "uuid", "guid")
"""Names of ids that say nothing: who sends one does not mean it as a name."""

_TRIES = 1000

_TITLES = ("title", "name", "headline", "label", "subject")


def given_id(step: Step) -> Json:
    """The id of a new record where the client is the one who gives it; else None."""
    resource = step.resource
    if resource is None:
        return None
    if upserts(step.contract, step.operation):
        return step.call.path.get(step.operation.item_parameter or "")
    if step.operation.verb != "create":
        return None
    asked = step.call.query.get(_named_in_query(step.contract, step.operation))
    if asked is not None:
        return str(asked)
    return _given_in_body(step, resource)


def _given_in_body(step: Step, resource: Resource) -> Json:
    """The id that a body says, where that is the client's to say."""
    if resource.id in resource.managed:
        return None
    if id_path(resource.id)[0] not in step.contract.body_properties(step.operation):
        return None
    given = id_of(resource.id, step.body)
    if given is None:
        return None
    if _is_no_matter(step, resource, str(given)) or _leads_nowhere(step, resource, str(given)):
        return None
    return str(given)


@remembered
def _named_in_query(contract: Contract, operation: Operation) -> str:
    """The query parameter that gives the id of what is made: `POST /books?bookId=war` (AIP-133)."""
    resource = contract.resource_of(operation)
    if resource is None:
        return ""
    called = set(names_of_ids(contract, resource))
    asked = [p.name for p in operation.parameters if p.place == "query"]
    return next((name for name in asked if letters(name) in called), "")


def fresh_id(step: Step, resource: Resource) -> Json:
    """An id that no other record has; what a server gives, a tester does not know."""
    schema = step.contract.field_schema(resource, resource.id)
    made: Json = None
    for _ in range(_TRIES):
        made = step.world.fresh(schema, None)
        if isinstance(made, Unknown) or _named(step, resource, made) is None:
            break
    return made


def named_after(step: Step) -> Json:
    """The slug of a new record, made of its title: only where all of it is a guess."""
    resource = step.resource
    if resource is None:
        return None
    if not step.contract.document.guessed:
        return None
    if not id_path(resource.id)[-1].lower().endswith("slug"):
        return None
    slug = slug_of(step)
    if slug is None:
        return None
    number, found = 1, slug
    while _named(step, resource, found) is not None:
        number += 1
        found = f"{slug}-{number}"
    return found


def slug_of(step: Step) -> str | None:
    """What is made of the title of a new record: letters and digits with dashes between them."""
    title = next((step.body[name] for name in _TITLES if isinstance(step.body.get(name), str)), "")
    return re.sub(r"[^a-z0-9]+", "-", str(title).lower()).strip("-") or None


def taken_by(step: Step, given: Json) -> Record | None:
    """The record that has an id already, and keeps it."""
    if step.resource is None:
        return None
    if given is None or step.operation.verb != "create":
        return None
    known = _named(step, step.resource, given)
    if known is None:
        return None
    if _gives_way(step, known):
        return None
    return known


def version_before(step: Step, id: Json) -> int:
    """The version of the record that a new one takes the place of; 0 where there is none."""
    assert step.resource is not None
    known = _named(step, step.resource, id)
    if known is None:
        return 0
    return known.version


def where_made(step: Step, resource: Resource) -> dict[str, Json]:
    """Where a new record belongs: as the path says, else the body, else where the first one does."""
    found: dict[str, Json] = {**step.call.path}
    for scope in scopes(step.contract, resource.name):
        told = [step.call.path.get(scope.parameter), id_of(scope.property, step.body)]
        told += [id_of(scope.property, record.data) for record in step.world.of(resource.name)[:1]]
        found[scope.parameter] = next((value for value in told if value is not None), None)
    return found


def _named(step: Step, resource: Resource, id: Json) -> Record | None:
    """The record of an id, where the new one would be."""
    return step.world.get(
        resource.name, known_as(step.contract, resource.name, where_made(step, resource), id)
    )


def upserts(contract: Contract, operation: Operation) -> bool:
    """Whether a PUT makes what is not there (RFC 9110, section 9.3.4), or a POST (``POST /users/{name}``):
    only where all of it is a guess, and the document says that something is created, or of a PUT knows no
    other way to make one."""
    if not contract.document.guessed or operation.verb != "update":
        return False
    if not operation.names_record:
        return False
    keys = {response.key for response in operation.responses}
    if "201" in keys:
        return operation.method in ("PUT", "POST")
    if operation.method != "PUT":
        return False
    if not keys.isdisjoint({"404", "410"}):
        return False
    return contract.acting(operation.resource or "", "create") is None


def _is_no_matter(step: Step, resource: Resource, given: str) -> bool:
    """Whether an id that is taken gives way to a new one: where all is a guess, and none need be sent."""
    if not step.contract.document.guessed or id_path(resource.id)[-1].lower().lstrip("_") not in _OPAQUE:
        return False
    if _named(step, resource, given) is None:
        return False
    body = step.contract.document.schemas.resolve(step.operation.body)
    return resource.id not in listing(body, "required")


def _leads_nowhere(step: Step, resource: Resource, given: str) -> bool:
    """Whether paths take numbers, and an id is none: where all is a guess, it is then no name."""
    if not step.contract.document.guessed:
        return False
    parameter = step.contract.naming_parameter(resource)
    if parameter is None or given.isdecimal():
        return False
    return types_of(step.contract.document.schemas.resolve(parameter.schema)) == ("integer",)


def _gives_way(step: Step, known: Record) -> bool:
    """Whether a record from the start gives way to one that the document shows as made by this request: the
    author's own example succeeds."""
    resource = step.resource
    if resource is None or not step.contract.document.guessed or known.version != 1:
        return False
    if not any(_has(known, fixture.data) for fixture in resource.fixtures):
        return False
    return own_id(step.contract, known) in _documented_ids(step.contract, step.operation)


def _has(record: Record, data: Mapping[str, Json]) -> bool:
    """Whether a record has all of some data: whatever else it has was made for it."""
    return all(equal(record.data.get(name), value) for name, value in data.items())


@remembered
def _documented_ids(contract: Contract, operation: Operation) -> frozenset[str]:
    """The ids that the examples of a request give to what it makes."""
    resource = contract.resource_of(operation)
    if resource is None:
        return frozenset()
    found = set()
    for body in _examples(contract, operation):
        for token in operation.inside:
            body = body.get(token) if isinstance(body, Mapping) else None
        if isinstance(body, Mapping):
            found.add(str(id_of(resource.id, body)))
    return frozenset(found)


def _examples(contract: Contract, operation: Operation) -> Iterator[Json]:
    yield from operation.examples.values()
    if operation.body_pointer is not None:
        yield plausible(contract.document.schemas, operation.body_pointer, Random(0))

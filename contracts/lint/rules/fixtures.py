"""C16: a fixture (with the schema's example under it) that breaks the schema, or two with one id."""

from __future__ import annotations

from collections.abc import Iterator

from troth.contracts.contract import Contract
from troth.contracts.document.pointers import referred
from troth.contracts.document.samples import sample
from troth.contracts.model import Finding, Fixture, Json, Pointer, Resource


def _made(contract: Contract, resource: Resource, name: str) -> Json:
    """What the mock puts where a fixture says nothing of a managed property."""
    return sample(contract.document.schemas, contract.field_schema(resource, name))


def check(contract: Contract) -> Iterator[Finding]:
    """Every fixture against its schema; managed members that a fixture leaves out are made by the mock."""
    for resource in contract.resources.values():
        seen: dict[str, str] = {}
        for fixture in resource.fixtures:
            place = f"{resource.pointer}/fixtures/{fixture.name}"
            yield from _violations(contract, resource, fixture, place)
            id_ = str(fixture.data.get(resource.id, fixture.name))
            if id_ in seen:
                message = f"fixtures {seen[id_]!r} and {fixture.name!r} have the same {resource.id}"
                yield contract.document.finding("C16", message, place, "error")
            seen[id_] = fixture.name


def _violations(
    contract: Contract, resource: Resource, fixture: Fixture, place: Pointer
) -> Iterator[Finding]:
    data = {**resource.example, **fixture.data}
    for name in resource.managed:
        if not name.startswith("/") and name not in data:
            data[name] = _made(contract, resource, name)
    at = referred(resource.schema)
    for violation in contract.document.schemas.violations(at, data):
        where = "".join(f"/{part}" for part in violation.path) or "the top"
        message = f"fixture {fixture.name!r} breaks the schema at {where}: {violation.message}"
        yield contract.document.finding("C16", message, place, "error")

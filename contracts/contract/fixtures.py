"""Records to start from, and fresh values in the shape that a schema asks for."""

from __future__ import annotations

import re
import uuid
from collections.abc import Container, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from math import ceil, floor
from random import Random
from typing import TypeGuard

from troth.contracts.contract.contract import Contract
from troth.contracts.contract.identity import SINGLE, id_of, with_id
from troth.contracts.contract.references import referring
from troth.contracts.contract.scopes import below, from_start
from troth.contracts.document.pointers import listing
from troth.contracts.document.samples import like, matches
from troth.contracts.document.typing import types_of
from troth.contracts.model import Fixture, Json, Node, Record, Resource, Schema

_STAMP = re.compile(r"^\d{4}-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)?$")

_SOON = timedelta(seconds=2)
"""What is written twice in a second: a second, and another one for those that ran ahead by milliseconds."""

_ANY_TIME = datetime(2026, 1, 1, tzinfo=UTC)

_PLAIN: Mapping[str, Json] = {"object": {}, "array": [], "boolean": False, "number": 0}


def seed_records(contract: Contract) -> dict[str, Record]:
    """The fixtures of every resource by name: the schema's example with the fixture's overrides.

    A resource without fixtures gets its example as ``<resource>``. The first fixture without an id has that
    of the example; others, and those whose id comes twice, have one that their name decides: always the same.
    """
    found: dict[str, Record] = {}
    for resource in contract.resources.values():
        if resource.single:
            for fixture in _named(resource)[:1]:
                data = {**resource.example, **fixture.data}
                found[fixture.name] = Record(resource.name, SINGLE, data, dict(fixture.hidden), 1)
            continue
        ids = _ids(contract, resource)
        for fixture in _named(resource):
            own, hidden = ids[fixture.name], dict(fixture.hidden)
            data = with_id(resource, {**resource.example, **fixture.data}, own)
            found[fixture.name] = Record(resource.name, str(own), data, hidden, 1, fixture.parent)
    found = dict(from_start(contract, referring(contract, found)))
    return {name: _below(contract, record, found) for name, record in found.items()}


def _ids(contract: Contract, resource: Resource) -> dict[str, Json]:
    """The id of each fixture by its name: the one that it says, that of the example, else one of its own."""
    found: dict[str, Json] = {}
    taken: set[str] = set()
    for fixture in _named(resource):
        said = id_of(resource.id, fixture.data)
        if said is not None and str(said) not in taken:
            found[fixture.name] = said
            taken.add(str(said))
    example = id_of(resource.id, resource.example)
    for fixture in _named(resource):
        if fixture.name in found:
            continue
        own = example
        if own is None or str(own) in taken:
            own = _own_id(contract, resource, fixture, taken)
        found[fixture.name] = own
        taken.add(str(own))
    return found


def _own_id(contract: Contract, resource: Resource, fixture: Fixture, taken: Container[str]) -> Json:
    """An id that no other fixture has, and this one always."""
    schema, model = contract.field_schema(resource, resource.id), id_of(resource.id, resource.example)
    random, made = Random(f"{resource.name}/{fixture.name}"), model
    for _ in range(1000):
        made = fresh_value(schema, model, _ANY_TIME, random)
        if str(made) not in taken:
            break
    return made


def _named(resource: Resource) -> tuple[Fixture, ...]:
    """The fixtures of a resource; where it has none, its example, if that can stand alone."""
    if resource.fixtures:
        return resource.fixtures
    if resource.single:
        return (Fixture(resource.name, {}, resource.hidden),)
    if resource.example and resource.parent is None and not resource.empty:
        return (Fixture(resource.name, {}, resource.hidden),)
    return ()


def _below(contract: Contract, record: Record, named: Mapping[str, Record]) -> Record:
    """A record whose parent is named by its fixture, with the parent's id."""
    parent = named.get(record.parent or "")
    if parent is None:
        return record
    parent = _below(contract, parent, named)
    above, data = contract.resources[record.resource].parent, record.data
    if above is not None and above.field:
        data = {**data, above.field: id_of(contract.resources[parent.resource].id, parent.data)}
    return below(contract, replace(record, data=data), parent)


def fresh_value(schema: Node, old: Json, now: datetime, random: Random) -> Json:
    """A value that was not there before: an id in the shape of its example, the present as a timestamp."""
    if not isinstance(schema, Mapping):
        schema = {}
    schema = _usual(schema)
    model = _model(schema, old)
    text = _text(model)
    if schema.get("format") == "date-time" or _STAMP.match(text):
        return stamp(now, text, old, exactly="pattern" in schema)
    if schema.get("format") == "unix-time":
        return int(now.timestamp())
    if schema.get("enum"):
        first: Json = schema["enum"][0]
        return first
    return _new(schema, model, random)


def _new(schema: Schema, model: Json, random: Random) -> Json:
    """A new identifier, of the type that the schema names."""
    kinds = types_of(schema) or ("string",)
    if "string" in kinds:
        return _identifier(schema, _text(model), random)
    if model is None:
        model = _PLAIN.get(kinds[0])
    if "integer" in kinds:
        low, high = _bounds(schema)
        model = random.randint(low, high)
    return model


def _bounds(schema: Schema) -> tuple[int, int]:
    """Between what a number lies that nobody has had: large ones, where those are allowed."""
    least, most = schema.get("minimum"), schema.get("maximum")
    if isinstance(schema.get("exclusiveMinimum"), (int, float)):
        least = schema["exclusiveMinimum"] + 1
    if isinstance(schema.get("exclusiveMaximum"), (int, float)):
        most = schema["exclusiveMaximum"] - 1
    high = 10**9 - 1 if most is None else floor(most)
    low = min(10**6, max(high - 10**6, 1)) if high > 0 else high - 10**6
    if least is not None:
        low = max(low, ceil(least))
    return low, max(low, high)


def _usual(schema: Schema) -> Schema:
    """Of a schema that is one thing or null (``anyOf: [date-time, null]``), the one thing."""
    if "type" in schema or "format" in schema:
        return schema
    options = [*listing(schema, "anyOf"), *listing(schema, "oneOf")]
    for option in options:
        if isinstance(option, Mapping) and types_of(option) != ("null",) and "$ref" not in option:
            return {**schema, **option}
    return schema


def _text(model: Json) -> str:
    """A model that is a text; empty for anything else."""
    if isinstance(model, str):
        return model
    return ""


def is_stamp(value: Json) -> TypeGuard[str]:
    """Whether a value is a text that is a point in time."""
    return isinstance(value, str) and _STAMP.match(value) is not None


def stamp(now: datetime, model: str | None, old: Json = None, *, exactly: bool = False) -> str:
    """A point in time, written as the model is (separator, fraction, zone), and later than the old one: where
    that is of the same second, with milliseconds, unless all must be written ``exactly`` so."""
    match = _STAMP.match(model or "") or _STAMP.match("2026-01-01T00:00:00.000Z")
    assert match is not None
    fraction, zone = match[2] or "", match[3] or ""
    digits = min(max(len(fraction) - 1, 0), 6)
    soonest = _next(old, timedelta(microseconds=10 ** (6 - digits)))
    if soonest is not None and now < soonest <= now + _SOON and not exactly:
        digits = max(digits, 3)
        soonest = _next(old, timedelta(microseconds=10 ** (6 - digits)))
    moment = max(now, soonest or now)
    if zone not in ("", "Z") and int(zone[1:3]) < 24:  # else it only looks like a point in time
        moment = moment.astimezone(datetime.fromisoformat(f"2026-01-01T00:00:00{zone}").tzinfo)
    text = moment.isoformat(match[1], "microseconds")
    end = 20 + digits if digits else 19
    return text[:end] + zone


def _next(old: Json, unit: timedelta) -> datetime | None:
    """One unit after a timestamp; None for what is none."""
    if not isinstance(old, str) or not _STAMP.match(old):
        return None
    try:
        moment = datetime.fromisoformat(old) + unit
    except (ValueError, OverflowError):  # the 30th of February, the end of all years
        return None
    if moment.tzinfo is None:
        return moment.replace(tzinfo=UTC)
    return moment


def _model(schema: Schema, old: Json) -> Json:
    """The value that a new one is to look like."""
    models: list[Json] = [schema.get("example"), *(schema.get("examples") or ())[:1], old]
    for model in models:
        if model is not None:
            return model
    return None


def _identifier(schema: Schema, model: str, random: Random) -> str:
    """A new identifier that the schema takes: like its model, if that is possible."""
    as_uuid = str(uuid.UUID(int=random.getrandbits(128), version=4))
    if schema.get("format") == "uuid" or re.fullmatch(r"[0-9a-fA-F-]{36}", model):
        return as_uuid
    pattern, least, most = schema.get("pattern"), schema.get("minLength", 0), schema.get("maxLength", 10**6)
    otherwise = None
    for candidate in _candidates(as_uuid, schema, model, random):
        if least <= len(candidate) <= most and (not pattern or matches(pattern, candidate)):
            return candidate
        otherwise = otherwise or candidate
    return otherwise or as_uuid


def new_identifiers(schema: Schema, random: Random) -> Iterator[str]:
    """What nobody else has and a schema may take: by its format, its example, its pattern."""
    as_uuid = str(uuid.UUID(int=random.getrandbits(128), version=4))
    yield from _candidates(as_uuid, schema, _text(_model(schema, None)), random)


_FORMATS = {
    "email": ("a@example.com", r"^[^@]+"),
    "hostname": ("a.example.com", r"^[^.]+"),
    "uri": ("https://example.com/a", r"[^/]*$"),
    "url": ("https://example.com/a", r"[^/]*$"),
}
"""An identifier of each format, and the part by which another one differs."""


def _candidates(as_uuid: str, schema: Schema, model: str, random: Random) -> Iterator[str]:
    """What an identifier may look like, what is most like its model first."""
    usual, changing = _FORMATS.get(str(schema.get("format")), ("", ""))
    if usual:
        name = _drawn("abcdefghijklmnopqrstuvwxyz", 10, random)
        yield re.sub(changing, name, model or usual, count=1)
    if model:
        yield _alike(model, random)
    yield as_uuid
    yield _drawn("0123456789abcdef", 24, random)
    yield str(random.randrange(10**6, 10**7))
    pattern, most = schema.get("pattern"), schema.get("maxLength", 10**6)
    made = like(pattern, schema.get("minLength", 0), most, random) if pattern else None
    if made:
        yield re.sub(r"[^\w.:~-]", "x", made)  # one that paths take, if possible
        yield made


def _alike(model: str, random: Random) -> str:
    """Digits become digits, hexadecimal text stays hexadecimal, the rest stands."""
    if model.isdigit():
        return str(random.randrange(1, 10)) + _drawn("0123456789", len(model) - 1, random)
    if re.fullmatch(r"[0-9a-f]{8,}", model):
        return _drawn("0123456789abcdef", len(model), random)
    mark = model.rfind("_")
    if mark < 0:
        mark = model.rfind("-")
    prefix = model[: mark + 1]
    rest = model[mark + 1 :] or model
    return prefix + _drawn("0123456789abcdefghijklmnopqrstuvwxyz", max(8, len(rest)), random)


def _drawn(alphabet: str, length: int, random: Random) -> str:
    return "".join(random.choice(alphabet) for _ in range(length))

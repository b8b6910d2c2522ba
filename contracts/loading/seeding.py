"""Resources of a document without words: what the server sets, and the records that they are served with."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from random import Random
from typing import NamedTuple

from troth.contracts.contract.identity import id_of, id_schema, is_name, typed
from troth.contracts.document import Document, join
from troth.contracts.document.plausible import plausible
from troth.contracts.document.pointers import listing, mapping, reference, referred
from troth.contracts.document.shapes import alike, lists_shown
from troth.contracts.loading.naming import component, properties_of
from troth.contracts.loading.written import LISTED, wrapped, written_records
from troth.contracts.model import Json, Node, Operation, Parameter

RECORDS = 3
"""How many of each resource there are from the start."""

_MADE = re.compile(r"^(created|creation|create_?time|date_?created)", re.IGNORECASE)
_CHANGED = re.compile(
    r"^(updated|modified|last_?(modified|edited|updated|changed)|update_?time|date_?(updated|modified))",
    re.IGNORECASE,
)


class Seen(NamedTuple):
    """A thing that paths name: its schema, id and parameter, and the operations that show, make, name it."""

    schema: str
    key: str
    parameter: str
    reading: Operation | None
    listing: Operation | None
    making: Operation | None
    naming: Operation | None


def resource_words(document: Document, seen: Seen, seed: int) -> dict[str, Node]:
    """What ``resources`` says of a thing."""
    schema, key, reading = seen.schema, seen.key, seen.reading
    managed = _managed(document, schema, key, seen.making)
    written = written_records(document, reading, seen.listing, {"$ref": component(schema)}, key)
    written = [_in_paths(document, reading, seen.parameter, record, key) for record in written]
    declared = _declared(seen.naming, seen.parameter)
    resource = _resource(document, seen, seed, managed, written, declared)
    known = _with_known_id(document, reading, seen.parameter)
    if known is None or written or key.startswith("/"):
        return resource
    if _takes(document, schema, key, known):
        next(iter(resource["fixtures"].values()))[key] = known
    return resource


def _managed(document: Document, schema: str, key: str, making: Operation | None) -> dict[str, str]:
    """What the server sets: the id, unless the client gives it, and when a record was made and changed."""
    properties = properties_of(document, schema)
    managed = {}
    for name in dict.fromkeys([key, *(properties.keys() & {"id", "uuid"})]):  # it may be called by its name
        if making is None or not _is_given(document, making, schema, name):
            managed[name] = "create"
    managed |= {name: "create" for name in properties if _MADE.match(name)}
    managed |= {name: "write" for name in properties if _CHANGED.match(name)}
    return managed


def _is_given(document: Document, making: Operation, schema: str, key: str) -> bool:
    """Whether who makes a record says its id: the body has it, and not for answers only."""
    body = document.schemas.whole(making.body)
    for token in wrapped(document, making, properties_of(document, schema)):
        body = document.schemas.whole(mapping(body, "properties").get(token))
    inner = document.schemas.resolve(id_schema(document.schemas, mapping(body, "properties"), key))
    return isinstance(inner, dict) and inner.get("readOnly") is not True


def _resource(
    document: Document,
    seen: Seen,
    seed: int,
    managed: dict[str, str],
    written: list[dict[str, Json]],
    parameter: Parameter | None,
) -> dict[str, Node]:
    """A resource with the records that it is served with: the author's own, else made-up ones."""
    schema, key = seen.schema, seen.key
    at = join("/components/schemas", schema)
    chance, name = Random(f"{seed} {schema}"), _fixture_name(schema)
    known = properties_of(document, schema).keys() - {"hidden"}  # that means something in a fixture
    records: list[dict[str, Json]] = list(written)
    names = listing(document.schemas.resolve(parameter.schema), "enum") if parameter else []
    for number in range(RECORDS):
        made = plausible(document.schemas, at, chance, first=number == 0)
        if len(written) <= number and not (written and written[0].get(LISTED)):
            keep = any((key not in managed, is_name(key), names))
            told = _told(made, key, keep=keep)
            told = _as_listed(document, seen, told, Random(f"{seed} {schema} {number}"))
            if not _is_written(document, schema, key, told.get(key)):
                told = _findable(document, schema, parameter, key, told, chance)
            records.append(_in_scopes(document, seen, told, chance))
    if names:
        records = list(_each_once(key, records, names))
    fixtures = {}
    for number, record in enumerate(records, 1):
        fixtures[f"{name}_{number}"] = {k: v for k, v in record.items() if k in known}
    return {"id": key, "managed": managed, "fixtures": fixtures}


def _in_scopes(document: Document, seen: Seen, record: dict[str, Json], chance: Random) -> dict[str, Json]:
    """A made-up record with such values as paths take that say besides where it belongs."""
    if seen.naming is None:
        return record
    besides = {p.name: p for p in seen.naming.parameters if p.place == "path"}
    besides.pop(seen.parameter, None)
    for name in sorted(besides.keys() & record.keys()):
        parameter = besides[name]
        if _fits_in_paths(document, parameter, record[name]):
            continue
        other = plausible(document.schemas, str(parameter.schema_pointer), chance, first=False)
        if document.schemas.fits(properties_of(document, seen.schema)[name], other):
            record = {**record, name: other}
    return record


def _as_listed(document: Document, seen: Seen, record: dict[str, Json], chance: Random) -> dict[str, Json]:
    """A made-up record with values that its list shows, too, where that knows fewer of them (an ``enum``)."""
    success = seen.listing.success if seen.listing else None
    body = success.schema_pointer if success else None
    own, schemas = {"$ref": component(seen.schema)}, document.schemas
    known = properties_of(document, seen.schema)
    for place in lists_shown(document, body):
        if place.pointer == referred(own) or not alike(document, reference(place.pointer), own, seen.key):
            continue
        shown = mapping(schemas.whole(reference(place.pointer)), "properties")
        wrong = [name for name in shown if name in record and not schemas.fits(shown[name], record[name])]
        if not wrong:
            continue
        model = mapping({"": plausible(schemas, place.pointer, chance, first=False)}, "")
        for name in wrong:
            if name in model and schemas.fits(known.get(name, {}), model[name]):
                record = {**record, name: model[name]}
    return record


def _declared(reading: Operation | None, name: str) -> Parameter | None:
    """The parameter of a path that names a record."""
    return reading.parameter("path", name) if reading else None


def _is_written(document: Document, schema: str, key: str, value: Json) -> bool:
    """Whether an id is one that the author has given for an example."""
    node = document.schemas.resolve(id_schema(document.schemas, properties_of(document, schema), key))
    if not isinstance(node, dict):
        return False
    return value in (node.get("example"), *listing(node, "examples"))


def _findable(
    document: Document,
    schema: str,
    parameter: Parameter | None,
    key: str,
    record: dict[str, Json],
    chance: Random,
) -> dict[str, Json]:
    """A record whose id paths take: where they do not take the one it has, another one of theirs."""
    if parameter is None or parameter.schema_pointer is None:
        return record
    if key not in record:
        return record
    schemas = document.schemas
    if _fits_in_paths(document, parameter, record[key]):
        return record
    other = plausible(schemas, parameter.schema_pointer, chance, first=False)
    if not schemas.fits(parameter.schema, other):
        return record
    for way in (other, str(other)):
        if _takes(document, schema, key, way):
            return {**record, key: way}
    return record


def _fits_in_paths(document: Document, parameter: Parameter, id: Json) -> bool:
    """Whether a path takes an id, which it says as text."""
    ways = (id, str(id), typed(parameter.schema, str(id)))
    return any(document.schemas.fits(parameter.schema, way) for way in ways)


def _each_once(key: str, records: Iterable[dict[str, Json]], names: list[Json]) -> Iterator[dict[str, Json]]:
    """Records of which each has another one of some ids: paths take no others."""
    free = {str(name): name for name in names}
    for record in sorted(records, key=lambda record: str(record.get(key)) not in free):
        own = str(record.get(key))
        if own not in free:
            own = next(iter(free), "")
        if own in free:
            yield {**record, key: free.pop(own)}


def _in_paths(
    document: Document, reading: Operation | None, parameter: str, record: dict[str, Json], key: str
) -> dict[str, Json]:
    """A record without its id, where no path takes that."""
    declared = _declared(reading, parameter)
    if declared is None or _fits_in_paths(document, declared, id_of(key, record)):
        return record
    return {name: value for name, value in record.items() if name != key}


def _takes(document: Document, schema: str, key: str, value: Json) -> bool:
    """Whether an id is of the type that the property has."""
    return document.schemas.fits(id_schema(document.schemas, properties_of(document, schema), key), value)


def _told(record: Json, key: str, *, keep: bool) -> dict[str, Json]:
    """What a fixture says: not the id, where the server makes it."""
    if not isinstance(record, dict):
        return {}
    return {name: value for name, value in record.items() if keep or name != key}


def _with_known_id(document: Document, reading: Operation | None, parameter: str) -> Json:
    """The id that the documentation of a path takes for its example; None where there is none."""
    declared = _declared(reading, parameter)
    if declared is None:
        return None
    node = document.at(declared.pointer)
    for example in (node.get("example"), declared.schema.get("example")):
        if isinstance(example, (str, int)) and document.schemas.fits(declared.schema, example):
            return example
    return None


def single_words(document: Document, schema: str, seed: int) -> dict[str, Node]:
    """What ``resources`` says of what there is one of only."""
    at = join("/components/schemas", schema)
    made = plausible(document.schemas, at, Random(f"{seed} {schema}"))
    known = properties_of(document, schema).keys() - {"hidden"}
    data = {name: value for name, value in _told(made, "", keep=True).items() if name in known}
    return {"single": True, "fixtures": {_fixture_name(schema): data}}


def _fixture_name(schema: str) -> str:
    name = re.sub(r"\W+", "_", schema).strip("_").lower()
    if not name:
        return "record"
    if name[0].isalpha():
        return name
    return f"r_{name}"
